"""A transfer from one member to another.

Invariant: completed exactly when the engine has moved the funds. Limit: there is no way back but another transfer.
"""

import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class TransferState(StrEnum):
    REQUESTED = "requested"
    COMPLETED = "completed"
    REJECTED = "rejected"


class InternalTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A row. `amount` is in the engine's units, `value` in the platform currency when it was asked for."""

    id: int
    tid: str
    sender_uid: str
    receiver_uid: str
    client_id: str | None
    request_hash: str
    currency: str
    decimals: int
    amount: int
    value: Decimal
    state: TransferState
    reason: str | None
    moved_seq: int | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class NewTransfer(msgspec.Struct, frozen=True, kw_only=True):
    tid: str
    sender_uid: str
    receiver_uid: str
    client_id: str | None
    request_hash: str
    currency: str
    decimals: int
    amount: int
    value: Decimal
    created_at: datetime.datetime


class TransferOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`receiver` is a uid or a username."""

    receiver: str
    currency: str
    amount: int
    client_id: str | None = None
