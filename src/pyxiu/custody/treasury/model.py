"""What the treasury is: the wallets that receive what is swept, what they hold, and what is entered into the ledger.

Invariant: amounts named `chain_*` are in the network's units, all others in the engine's. Limit: a wallet without a key
(cold) only receives; what leaves it is signed elsewhere.
"""

import datetime
from enum import StrEnum
from typing import Final

import msgspec

from pyxiu.custody.wallets.model import WalletKind

#: The order in which what is swept is spread: the safest last.
TIERS: Final = (WalletKind.HOT, WalletKind.WARM, WalletKind.COLD)


class WalletBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What a wallet held of an asset at a height."""

    wallet_id: int
    currency: str
    chain_amount: int
    height: int
    block_hash: str


class EntryKind(StrEnum):
    #: What a chain has charged for a transaction of ours.
    NETWORK_FEE = "network_fee"
    #: What somebody has paid into a wallet of ours: the operator's own money.
    INFLOW = "inflow"


class TreasuryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `treasury_entries`: what the ledger is told of the treasury, once, by `key`.

    `reference` is a transaction's id or a payment's. `amount` is None until it is known what the whole of a network's
    fees, rounded down once, leaves for this one.
    """

    id: int
    kind: EntryKind
    network: str
    reference: str
    currency: str
    chain_amount: int
    amount: int | None
    key: str
    state: str
    actor: str | None
    reason: str
    held_up: str | None
    seq: int | None
    created_at: datetime.datetime
    booked_at: datetime.datetime | None
