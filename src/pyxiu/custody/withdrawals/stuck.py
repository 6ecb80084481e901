"""Withdrawals that are in a state for too long, or owe the engine something for too long: an alarm each.

Invariant: a withdrawal that is stuck has an open alarm, one that has moved on has none (W-8). Limit: an alarm moves
nothing; `pyxiu withdrawal` lists them, and says what can be done.
"""

import datetime
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import STATE_LIMITS_S
from pyxiu.custody.withdrawals.store import withdrawal_of
from pyxiu.custody.withdrawals.tables import withdrawal_alarms, withdrawals

#: How long a command may be owed to the engine.
OWED_LIMIT_S: Final = 300
#: New alarms in one run.
BATCH_MAX: Final = 500

log = structlog.get_logger(__name__)


async def watch_withdrawals(services: CustodyServices) -> int:
    """Raise alarms and clear those that are over; how many are open."""
    async with services.database.begin() as connection:
        await _clear(connection)
        for row in await _newly_stuck(connection):
            await connection.execute(insert(withdrawal_alarms).values(withdrawal_id=row.id, state=row.state.value))
            log.error("withdrawal_stuck", tid=row.tid, state=row.state.value, since=row.state_since.isoformat())
        open_ones = select(func.count()).select_from(withdrawal_alarms).where(withdrawal_alarms.c.cleared_at.is_(None))
        count: int = (await connection.execute(open_ones)).scalar_one()
    return count


async def stuck(connection: AsyncConnection, limit: int) -> list[Withdrawal]:
    """Those with an open alarm, the oldest first."""
    query = (
        select(withdrawals)
        .join(withdrawal_alarms, withdrawal_alarms.c.withdrawal_id == withdrawals.c.id)
        .where(withdrawal_alarms.c.cleared_at.is_(None))
        .order_by(withdrawals.c.id)
        .limit(limit)
    )
    return [withdrawal_of(row) for row in (await connection.execute(query)).mappings()]


async def _newly_stuck(connection: AsyncConnection) -> list[Withdrawal]:
    has_alarm = select(withdrawal_alarms.c.withdrawal_id).where(withdrawal_alarms.c.cleared_at.is_(None))
    query = select(withdrawals).where(_too_long(), withdrawals.c.id.not_in(has_alarm))
    rows = (await connection.execute(query.order_by(withdrawals.c.id).limit(BATCH_MAX))).mappings()
    return [withdrawal_of(row) for row in rows]


async def _clear(connection: AsyncConnection) -> None:
    still = select(withdrawals.c.id).where(_too_long())
    moved_on = (
        withdrawal_alarms.c.cleared_at.is_(None),
        or_(
            withdrawal_alarms.c.withdrawal_id.not_in(still),
            withdrawal_alarms.c.state
            != select(withdrawals.c.state)
            .where(withdrawals.c.id == withdrawal_alarms.c.withdrawal_id)
            .scalar_subquery(),
        ),
    )
    await connection.execute(update(withdrawal_alarms).where(*moved_on).values(cleared_at=func.now()))


def _too_long() -> ColumnElement[bool]:
    """In a state, or with a debt to the engine, beyond the limit."""

    def older(limit_s: int) -> ColumnElement[bool]:
        return withdrawals.c.state_since < func.now() - datetime.timedelta(seconds=limit_s)

    in_state = [and_(withdrawals.c.state == state.value, older(limit_s)) for state, limit_s in STATE_LIMITS_S.items()]
    return or_(and_(withdrawals.c.owed.is_not(None), older(OWED_LIMIT_S)), *in_state)
