"""The hash that stands for one withdrawal: what a second factor proves, what staff approves, what the signer compares.

Invariant: two withdrawals have the same hash only if id, network, currency, address and amount are the same; the text
that is hashed is JSON with sorted names. Limit: the amount is the integer that leaves, in the engine's units.
"""

import hashlib
import secrets
from typing import Final

import msgspec

#: Hex digits of an id: 80 bits, so that ids that are derived from what clients choose do not meet.
_TID_DIGITS: Final = 20

_encoder: Final = msgspec.json.Encoder(order="sorted")


def withdrawal_hash(*, tid: str, network: str | None, currency: str, address: str, amount: int) -> str:
    """64 hex digits. `network` is None for fiat, whose address is the beneficiary's reference."""
    fields = {"tid": tid, "network": network, "currency": currency, "address": address, "amount": str(amount)}
    return hashlib.sha256(_encoder.encode(["pyxiu-withdrawal-1", fields])).hexdigest()


def transfer_hash(*, tid: str, receiver: str, currency: str, amount: int) -> str:
    """The same of an internal transfer to `receiver`, a uid."""
    fields = {"tid": tid, "receiver": receiver, "currency": currency, "amount": str(amount)}
    return hashlib.sha256(_encoder.encode(["pyxiu-transfer-1", fields])).hexdigest()


def new_tid(kind: str, uid: str, client_id: str | None) -> str:
    """The id of a withdrawal or transfer (`kind`). The member's own id for it makes the same one each time, so that a
    proof can be asked for before the request, and a retry finds the funds held under one id whatever else was lost.
    """
    if client_id is None:
        digits = secrets.token_hex(_TID_DIGITS // 2)
    else:
        digits = hashlib.sha256(_encoder.encode(["pyxiu-tid-1", kind, uid, client_id])).hexdigest()[:_TID_DIGITS]
    return f"TID{digits.upper()}"


def hold_id(tid: str) -> str:
    """Under which the engine keeps the funds."""
    return f"wd:{tid}"


def request_hash(**fields: str | int | None) -> str:
    """What a client's id stands for: the same id with other fields is refused."""
    return hashlib.sha256(_encoder.encode(["pyxiu-request-1", fields])).hexdigest()
