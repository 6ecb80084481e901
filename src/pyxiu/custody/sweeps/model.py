"""What a sweep is: coins at deposit addresses, where they go, and how far they have come.

Invariant: amounts are in the chain's units, and a sweep's parts sum to its amount. Limit: what arrives is less by the
chain's fee where the chain's own coin is swept.
"""

import datetime

import msgspec

from pyxiu.custody.sweeps.states import SweepState


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `sweeps`: either `deposit_address_id` (an account is emptied) or `coins` (outputs spent together)."""

    id: int
    network: str
    currency: str
    wallet_id: int
    deposit_address_id: int | None
    coins: tuple[str, ...]
    chain_amount: int
    height: int
    state: SweepState
    gas_payout_id: int | None
    gas_tries: int
    reason: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    state_since: datetime.datetime
    done_at: datetime.datetime | None


class SweepPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one wallet is to get, and the payout that pays it, once there is one."""

    sweep_id: int
    ordinal: int
    wallet_id: int
    chain_amount: int
    payout_id: int | None


class UnspentOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An output at a deposit address that nothing spends or is about to spend."""

    payment_id: str
    amount: int
    script: str
    wallet_id: int
    deposit_address_id: int
    height: int


class FilledAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit address that has been paid since it was last swept, and how much.

    `swept_since`: a sweep has come to its end after one of these payments was seen, and may have moved it as well.
    """

    deposit_address_id: int
    wallet_id: int
    uid: str
    address: str
    received: int
    payments: int
    swept_since: bool


class Dust(msgspec.Struct, frozen=True, kw_only=True):
    """Coins that are at an address and stay there for now. `reason` is for people."""

    network: str
    currency: str
    deposit_address_id: int
    chain_amount: int
    coins: int
    reason: str
    height: int
