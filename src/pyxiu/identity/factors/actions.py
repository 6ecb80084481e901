"""The hash that stands for one action, so that a proof made for it proves nothing else.

    action_hash("withdrawal", id="W1", amount="0.5", address="bc1…", network="bitcoin")

Invariant: two actions have the same hash only if their kind and all their fields are the same: the text that is hashed
is JSON with sorted names. Limit: callers give fields in the form that they store (amounts as the texts or integers
they mean); "1" and "1.0" are different actions.
"""

import hashlib
from typing import Final

import msgspec

_encoder: Final = msgspec.json.Encoder(order="sorted")


def action_hash(kind: str, **fields: str | int | bool | list[str] | None) -> str:
    """64 hex digits. Floats are not taken: they have no one way to be written."""
    assert not any(isinstance(value, float) for value in fields.values()), f"{kind}: a float in {sorted(fields)}"
    return hashlib.sha256(_encoder.encode(["pyxiu-action-1", kind, fields])).hexdigest()
