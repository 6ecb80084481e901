"""Recovery codes: a printed way in when the authenticator is lost.

Invariant: 80 random bits each, so that a plain hash of one, with the user's number, is enough at rest. Limit: shape and
hash only; single use is the store's.
"""

import hashlib
import secrets
from typing import Final

COUNT: Final = 10
_GROUPS: Final = 4
_GROUP_LENGTH: Final = 4
#: 32 signs, without i, l, o and 1, which look like others in print.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz023456789"
_CODE_LENGTH: Final = _GROUPS * _GROUP_LENGTH


def new_codes() -> tuple[str, ...]:
    """Ten codes as `abcd-efgh-jkmn-pqrs`."""
    return tuple(_shown("".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))) for _ in range(COUNT))


def code_hash(code: str, user_id: int) -> bytes | None:
    """What is stored of a code, however it was typed; None for what can be no code."""
    letters = "".join(letter for letter in code.lower() if letter not in "- \t")
    if len(letters) != _CODE_LENGTH or not set(letters) <= set(_ALPHABET):
        return None
    return hashlib.sha256(f"pyxiu-recovery:{user_id}:{letters}".encode()).digest()


def _shown(letters: str) -> str:
    return "-".join(letters[start : start + _GROUP_LENGTH] for start in range(0, _CODE_LENGTH, _GROUP_LENGTH))
