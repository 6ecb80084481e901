"""What a deposit is, the states that it takes, and why a payment is none.

Invariant: amounts are in the engine's units, those named `chain_*` in the network's; `booked` is what the engine has
for a deposit, credits less debits. Limit: the words that members see are in `wire.py`.
"""

import datetime
from enum import StrEnum
from typing import Final

import msgspec

#: How coins come; the other kinds are a bank's.
CRYPTO: Final = "crypto"
FIAT_KINDS: Final = ("fiat", "card", "wire", "swift", "sepa")


class DepositState(StrEnum):
    #: In a node's pool, in no block; and gone from it. Rows of `pending_payments`, never of `deposits`.
    PENDING = "pending"
    DROPPED = "dropped"
    #: Recorded by staff, not accepted yet (money of a bank).
    SUBMITTED = "submitted"
    #: In a block of the best chain, not deep enough.
    CONFIRMING = "confirming"
    #: In no block any more, before it was credited.
    ORPHANED = "orphaned"
    CREDITED = "credited"
    #: In no block any more, taken back; `booked` of it is a debt.
    CLAWED_BACK = "clawed_back"
    CANCELED = "canceled"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a payment is listed and not credited."""

    BELOW_MINIMUM = "below_minimum"
    UNKNOWN_ASSET = "unknown_asset"
    DEPOSITS_DISABLED = "deposits_disabled"
    DIGITS_LOST = "digits_lost"
    AMOUNT_TOO_LARGE = "amount_too_large"
    NOT_RECEIVED = "not_received"
    UNVERIFIED = "unverified"
    UNATTRIBUTED = "unattributed"
    TREASURY_INFLOW = "treasury_inflow"
    OWN_TRANSFER = "own_transfer"


#: Staff may credit these all the same; for the others there is nothing that could be credited.
CREDITABLE: Final = frozenset(
    {Reason.BELOW_MINIMUM, Reason.UNKNOWN_ASSET, Reason.DEPOSITS_DISABLED, Reason.UNVERIFIED, Reason.UNATTRIBUTED}
)

#: How the kinds of alarms about deposits begin that the chain has taken back; the tid follows.
GONE_ALARM: Final = "deposit_gone:"


#: These may end by themselves.
PASSING: Final = frozenset({Reason.DEPOSITS_DISABLED, Reason.UNVERIFIED})


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `deposits`, or of `pending_payments` in its form. Of a bank's: no network, no block, no depths.

    `from_addresses` are those that have sent it, as far as the chain tells them with the payment.
    """

    id: int
    tid: str
    uid: str
    currency: str
    network: str | None
    payment_id: str | None
    address: str | None
    from_addresses: tuple[str, ...]
    txid: str | None
    txout: int | None
    chain_amount: int | None
    decimals: int
    amount: int
    fee: int
    booked: int
    rounds: int
    state: DepositState
    transfer_type: str
    block_height: int | None
    block_hash: str | None
    credit_depth: int | None
    withdrawable_depth: int | None
    credited_seq: int | None
    credit_key: str | None
    orphaned_since: datetime.datetime | None
    withdrawable_at: datetime.datetime | None
    refusal: str | None
    sweep_state: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    completed_at: datetime.datetime | None


class Pending(msgspec.Struct, frozen=True):
    """What is shown of a payment without a block, what its transaction spends, and since when no pool has it."""

    shown: Deposit
    spends: frozenset[str]
    missing_since: datetime.datetime | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A payment to a destination of ours as the scanner has recorded it; `owner` is a uid or a wallet's mark."""

    network: str
    payment_id: str
    txid: str
    kind: str
    contract: str
    amount: int
    min_depth: int
    block_height: int | None
    block_hash: str | None
    destination: str
    address: str
    owner: str
    #: Who has sent it, where the chain tells that; empty elsewhere.
    source: str = ""


class Moved(msgspec.Struct, frozen=True):
    """What the logs of a block say of one token and one address of ours, in sum.

    `came` to it; `swept` from it to other addresses of ours by transactions that we made; `taken` from it to those by
    transactions that we know nothing of. What it has sent to strangers is not recorded.
    """

    came: int
    swept: int = 0
    taken: int = 0


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `deposit_exceptions`."""

    id: int
    network: str
    payment_id: str
    reason: Reason
    text: str
    owner: str
    currency: str | None
    created_at: datetime.datetime
    resolved_at: datetime.datetime | None
    resolved_by: str | None
    resolution: str | None


class BookingKind(StrEnum):
    CREDIT = "credit"
    DEBIT = "debit"


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """A command that is owed to the engine for a deposit: the same bytes under the same key until it is settled."""

    deposit_id: int
    round: int
    kind: BookingKind
    key: str
    amount: int
    command: bytes
