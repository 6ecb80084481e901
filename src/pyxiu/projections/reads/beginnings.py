"""What those who follow the journal begin with: the present of candles and of one member, with the records it contains.

Invariant: what is read and the cursor it is read at come from one snapshot of the database, so that a follower who goes
on after the cursor misses nothing and counts nothing twice. Limit: a projection that is being rebuilt is far behind.
"""

from typing import Final

import msgspec

from pyxiu.core.interface import AccountView
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import MarketId, MemberId
from pyxiu.projections.candles import PERIODS
from pyxiu.projections.connection import Connection
from pyxiu.projections.reads.accounts import account_view
from pyxiu.projections.reads.candles import Candle, candle_of_row
from pyxiu.projections.reads.orders import order_state
from pyxiu.storage.database import Pool

_CURSORS: Final = "SELECT name, seq FROM projection_cursors WHERE name = ANY($1)"
_RUNNING: Final = """
SELECT latest.* FROM proj_markets m CROSS JOIN unnest($1::smallint[]) AS p(period)
CROSS JOIN LATERAL (
    SELECT * FROM candles c WHERE c.market = m.market AND c.period = p.period ORDER BY start_s DESC LIMIT 1
) latest
"""
_OPEN_ORDERS: Final = "SELECT * FROM orders WHERE member = $1 AND status = 1"
_ACCOUNTS: Final = "SELECT * FROM accounts WHERE owner = $1"


class RunningBeginning(msgspec.Struct, frozen=True):
    """The latest candle of each market and period, as of record `seq`."""

    seq: int
    candles: dict[tuple[MarketId, int], Candle]


class MemberBeginning(msgspec.Struct, frozen=True):
    """A member's open orders as of `orders_seq` and accounts as of `accounts_seq`."""

    orders_seq: int
    accounts_seq: int
    orders: list[OrderState]
    accounts: list[AccountView]


async def running_candles(pool: Pool) -> RunningBeginning:
    """The candles that the next trades may extend."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        cursors = await _cursors(connection, "candles")
        rows = await connection.fetch(_RUNNING, list(PERIODS))
    return RunningBeginning(cursors["candles"], {(row["market"], row["period"]): candle_of_row(row) for row in rows})


async def member_beginning(pool: Pool, member: MemberId) -> MemberBeginning:
    """What a member has now."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        cursors = await _cursors(connection, "orders", "accounts")
        orders = [order_state(row) for row in await connection.fetch(_OPEN_ORDERS, member)]
        accounts = [account_view(row) for row in await connection.fetch(_ACCOUNTS, member)]
    return MemberBeginning(cursors["orders"], cursors["accounts"], orders, accounts)


async def rules_seq(pool: Pool) -> int:
    """The record that the projected markets and assets have reached."""
    async with pool.acquire() as connection:
        return (await _cursors(connection, "markets"))["markets"]


async def _cursors(connection: Connection, *names: str) -> dict[str, int]:
    """The cursors of projections; 0 for one that has never run."""
    found = {row["name"]: row["seq"] for row in await connection.fetch(_CURSORS, list(names))}
    return {name: found.get(name, 0) for name in names}
