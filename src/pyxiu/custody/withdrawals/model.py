"""A withdrawal as its row is, and the words for why staff has to look at one.

Invariant: `sum = amount + fee`, in the engine's units; `amount` is what arrives. Limit: the wire's words for states are
made where answers are made.
"""

import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from pyxiu.custody.withdrawals.states import WithdrawalState


class Owed(StrEnum):
    """The command that the engine still has to be told."""

    PLACE = "place"
    RELEASE = "release"
    SETTLE = "settle"


class Review(StrEnum):
    """Why a withdrawal waits for staff."""

    OVER_LIMIT_24H = "over_limit_24h"
    OVER_LIMIT_1M = "over_limit_1m"
    #: The currency has no price, so the limits say nothing about it.
    PRICE_UNKNOWN = "price_unknown"
    FOUR_EYES = "four_eyes"
    #: Somebody has to pay it by hand.
    FIAT = "fiat"
    #: The operator wants to see every withdrawal.
    EVERY = "every"
    RISK = "risk"


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """A row. `network` is None of fiat, whose `rid` is the beneficiary's reference instead of an address."""

    id: int
    tid: str
    uid: str
    client_id: str | None
    request_hash: str
    currency: str
    network: str | None
    beneficiary_id: int
    rid: str
    decimals: int
    sum: int
    fee: int
    amount: int
    value: Decimal
    state: WithdrawalState
    owed: Owed | None
    hold_id: str
    hold_seq: int | None
    review: str
    approvals_needed: int
    proof_hash: str
    reason: str | None
    note: str | None
    transfer_type: str
    txid: str | None
    block_height: int | None
    payout_id: int | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    state_since: datetime.datetime
    done_at: datetime.datetime | None

    @property
    def destination(self) -> str:
        """The address that is paid."""
        return self.rid


class NewWithdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, checked and ready to be written."""

    tid: str
    uid: str
    client_id: str | None
    request_hash: str
    currency: str
    network: str | None
    beneficiary_id: int
    rid: str
    decimals: int
    sum: int
    fee: int
    amount: int
    value: Decimal
    hold_id: str
    review: str
    approvals_needed: int
    proof_hash: str
    note: str | None
    transfer_type: str
    created_at: datetime.datetime
