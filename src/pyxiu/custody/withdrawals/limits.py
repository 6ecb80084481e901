"""How much a member may withdraw: the row that counts, what of it is used, and what a withdrawal would make of it.

Invariant: usage is what was asked for and is not given back, without the one that is asked for now, valued when it was
asked for. Limit: in the platform currency; a currency without a price has no value, which is the caller's to see to.
"""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.withdrawals.ports import LimitRow, MemberFacts

ANY: Final = "any"
_LEVEL_WEIGHT: Final = 10


class Usage(NamedTuple):
    """Of the last 24 hours and of the last month."""

    last_24h: Decimal
    last_1m: Decimal


def limit_of(rows: Iterable[LimitRow], member: MemberFacts) -> LimitRow | None:
    """The most specific row that fits: a level weighs more than a group. None, or both limits 0: no limit."""
    fitting = [row for row in rows if row.level in {ANY, str(member.level)} and row.group in {ANY, member.group}]
    weighed = sorted(fitting, key=lambda row: _LEVEL_WEIGHT * (row.level != ANY) + (row.group != ANY))
    if not weighed or not (weighed[-1].limit_24h or weighed[-1].limit_1m):
        return None
    return weighed[-1]


def value_of(amount: int, decimals: int, price: Decimal) -> Decimal:
    """An amount in the platform currency."""
    return Decimal(amount).scaleb(-decimals) * price


async def usage_of(connection: AsyncConnection, uid: str, now: datetime.datetime) -> Usage:
    """What a member has asked for and not been given back, withdrawals and transfers to others together."""
    row = (await connection.execute(_USAGE, {"uid": uid, "now": now})).one()
    return Usage(row.last_24h, row.last_1m)


_USAGE: Final = text(
    """
    WITH asked AS (
        SELECT value, created_at FROM withdrawals
        WHERE uid = :uid AND created_at > CAST(:now AS timestamptz) - interval '1 month'
            AND state NOT IN ('canceled', 'rejected', 'failed')
        UNION ALL
        SELECT value, created_at FROM internal_transfers
        WHERE sender_uid = :uid AND created_at > CAST(:now AS timestamptz) - interval '1 month'
            AND state <> 'rejected'
    )
    SELECT
        coalesce(sum(value) FILTER (WHERE created_at > CAST(:now AS timestamptz) - interval '24 hours'), 0) AS last_24h,
        coalesce(sum(value), 0) AS last_1m
    FROM asked
    """
)
