"""Deposits that are on their way for too long, and exceptions that nobody looks at: an alarm for each kind and network.

Invariant: what waits beyond its limit has an open alarm, and none is open when nothing waits (W-8). Limit: dust, tokens
that nobody has listed and switched-off deposits may wait for ever; they are listed, and no alarm.
"""

from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.deposits.send_bookings import BANK
from pyxiu.custody.deposits.wire import time_text
from pyxiu.custody.services import CustodyServices


class Limit(msgspec.Struct, frozen=True):
    """`query` gives network, how many, since when, and one of them by name, of what is older than `limit_s`."""

    alarm: str
    limit_s: int
    told: str
    query: str


LIMITS: Final = (
    Limit(
        "bookings_overdue",
        300,
        "commands are owed to the engine",
        "SELECT d.network, count(*), min(b.created_at), min(b.key) FROM deposit_bookings b "
        "JOIN deposits d ON d.id = b.deposit_id WHERE b.state = 'owed' AND b.created_at < {before} GROUP BY 1",
    ),
    Limit(
        "deposits_overdue",
        24 * 3600,
        "deposits are neither credited nor gone",
        "SELECT network, count(*), min(updated_at), min(tid) FROM deposits "
        "WHERE state IN ('confirming', 'orphaned') AND updated_at < {before} GROUP BY 1",
    ),
    Limit(
        "bank_deposits_waiting",
        72 * 3600,
        "recorded deposits are neither accepted nor canceled",
        "SELECT network, count(*), min(updated_at), min(tid) FROM deposits "
        "WHERE state = 'submitted' AND updated_at < {before} GROUP BY 1",
    ),
    Limit(
        "exceptions_waiting",
        24 * 3600,
        "exceptions wait for a decision (`pyxiu deposit exceptions`)",
        "SELECT network, count(*), min(created_at), min(payment_id) FROM deposit_exceptions WHERE resolved_at IS NULL "
        "AND reason NOT IN ('below_minimum', 'unknown_asset', 'deposits_disabled', 'treasury_inflow') "
        "AND created_at < {before} GROUP BY 1",
    ),
)


async def watch_deposits(services: CustodyServices) -> int:
    """Raise alarms and clear those that are over; how many are open."""
    async with services.database.begin() as connection:
        return sum([await _look(connection, limit) for limit in LIMITS])


async def _look(connection: AsyncConnection, limit: Limit) -> int:
    query = limit.query.format(before="now() - make_interval(secs => :limit_s)")
    late = {}
    for network, count, since, name in await connection.execute(text(query), {"limit_s": limit.limit_s}):
        late[network or BANK] = f"{count} {limit.told}, since {time_text(since)}, among them {name}"
    for network in await chain_store.open_alarms(connection, limit.alarm):
        if network not in late:
            await chain_store.clear_alarm(connection, network, limit.alarm)
    for network, told in late.items():
        await chain_store.raise_alarm(connection, network, limit.alarm, told)
    return len(late)
