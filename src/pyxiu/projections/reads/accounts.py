"""Balances and holds.

Invariant: an account that was never touched has no row; what that means (zero) is the caller's to say. Limit: balances
of the past are summed up from the ledger, which walks it.
"""

from typing import Final

from pyxiu.core.interface import AccountView, HoldView
from pyxiu.core.types import AssetId, HoldId, MemberId
from pyxiu.projections.connection import Reader, Row

_AT: Final = """
SELECT owner, asset, sum(available) AS available, sum(held) AS held FROM entries
WHERE seq <= $1 AND ($2::text IS NULL OR owner = $2) GROUP BY owner, asset ORDER BY asset, owner
"""


async def balances(reader: Reader, owner: MemberId) -> list[AccountView]:
    """All accounts of an owner, by asset."""
    rows = await reader.fetch("SELECT * FROM accounts WHERE owner = $1 ORDER BY asset", owner)
    return [account_view(row) for row in rows]


async def balance(reader: Reader, owner: MemberId, asset: AssetId) -> AccountView | None:
    row = await reader.fetchrow("SELECT * FROM accounts WHERE owner = $1 AND asset = $2", owner, asset)
    return None if row is None else account_view(row)


async def balances_at(reader: Reader, seq: int, owner: MemberId | None = None) -> list[AccountView]:
    """The accounts as they were after a record, of one owner or of all. Walks the ledger up to there."""
    return [account_view(row) for row in await reader.fetch(_AT, seq, owner)]


async def hold(reader: Reader, hold_id: HoldId) -> HoldView | None:
    """A hold, open or closed."""
    row = await reader.fetchrow("SELECT * FROM holds WHERE hold_id = $1", hold_id)
    return None if row is None else hold_view(row)


async def open_holds(reader: Reader, member: MemberId) -> list[HoldView]:
    """A member's holds that have something left, oldest first."""
    rows = await reader.fetch("SELECT * FROM holds WHERE member = $1 AND remaining > 0 ORDER BY seq", member)
    return [hold_view(row) for row in rows]


def account_view(row: Row) -> AccountView:
    return AccountView(row["owner"], row["asset"], int(row["available"]), int(row["held"]))


def hold_view(row: Row) -> HoldView:
    return HoldView(
        row["hold_id"],
        row["member"],
        row["asset"],
        int(row["created"]),
        int(row["spent"]),
        int(row["released"]),
        int(row["remaining"]),
    )
