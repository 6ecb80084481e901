"""One asset's account of itself: what the chains hold, what the ledger says, and every known reason for a difference.

    holdings - ledger = sum of the items + unexplained

Invariant: all amounts of a report are integers at its own scale, the finest of the asset's networks and the ledger, so
nothing is rounded away. Limit: pure; whether the numbers were read at one moment is the reader's care.
"""

from enum import StrEnum

import msgspec


class ItemKind(StrEnum):
    """Why chain and ledger differ. What is on the chain and not in the ledger is positive."""

    #: Deposits that wait for their depth, for an asset to be switched on, or for a person; those credited and gone.
    DEPOSITS = "deposits_not_credited"
    #: What others have paid into our own wallets.
    INFLOWS = "inflows_not_booked"
    #: Paid on the chain, not settled in the ledger yet; or settled, and the scan has not come that far.
    WITHDRAWALS = "withdrawals_not_settled"
    #: Charged by the chain, not entered in the ledger yet, because revenue has too little or digits are too fine.
    FEES = "fees_not_booked"
    #: Staff's adjustments: no chain has seen them.
    ADJUSTMENTS = "adjustments"
    #: The demo's members have money that no chain has.
    PLAY_MONEY = "play_money"


class Item(msgspec.Struct, frozen=True):
    """A known difference; `detail` breaks it down for people."""

    kind: ItemKind
    amount: int
    detail: dict[str, int] = {}


class AssetReport(msgspec.Struct, frozen=True, kw_only=True):
    """`members` is what members have, held funds included; `heights` are the blocks that were looked at."""

    asset: str
    decimals: int
    seq: int
    heights: dict[str, int]
    holdings: int
    ledger: int
    members: int
    items: tuple[Item, ...]
    #: Entries and transactions that nothing stands for, to look at when `unexplained` is not zero.
    strange: tuple[str, ...] = ()

    def amount_of(self, kind: ItemKind) -> int:
        return sum(item.amount for item in self.items if item.kind is kind)

    @property
    def unexplained(self) -> int:
        return self.holdings - self.ledger - sum(item.amount for item in self.items)

    @property
    def covering(self) -> int:
        """What stands behind the members' money: not what is owed to them besides, nor what they were paid already."""
        owed = self.amount_of(ItemKind.DEPOSITS) + self.amount_of(ItemKind.WITHDRAWALS)
        return self.holdings - owed - self.amount_of(ItemKind.PLAY_MONEY)

    @property
    def short(self) -> int:
        """By how much the treasury is less than what members have; 0 if it is not."""
        return max(0, self.members - self.covering)


class Skipped(msgspec.Struct, frozen=True):
    """An asset that could not be looked at, and why."""

    asset: str
    why: str
