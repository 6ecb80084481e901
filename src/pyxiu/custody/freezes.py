"""Who may not withdraw, why, and who has lifted that: each freeze is a row of its own.

Invariant: a member is frozen as long as one freeze is not lifted; a deposit raises one at a time. Limit: a freeze stops
withdrawals and transfers to others, not trading.
"""

import datetime

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.tables import member_freezes


class Freeze(msgspec.Struct, frozen=True):
    id: int
    uid: str
    reason: str
    deposit_id: int | None
    raised_at: datetime.datetime
    raised_by: str
    lifted_at: datetime.datetime | None
    lifted_by: str | None
    lift_reason: str | None


async def is_frozen(connection: AsyncConnection, uid: str) -> bool:
    table = member_freezes
    query = select(table.c.id).where(table.c.uid == uid, table.c.lifted_at.is_(None)).limit(1)
    return (await connection.execute(query)).first() is not None


async def freeze(
    connection: AsyncConnection, uid: str, reason: str, *, actor: str, deposit_id: int | None = None
) -> None:
    """Stop a member's withdrawals; a deposit that has done so already does not do it twice."""
    raised = upsert(member_freezes).values(uid=uid, reason=reason, raised_by=actor, deposit_id=deposit_id)
    await connection.execute(raised.on_conflict_do_nothing())


async def find(connection: AsyncConnection, freeze_id: int) -> Freeze | None:
    """One by its number, locked."""
    query = select(member_freezes).where(member_freezes.c.id == freeze_id).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Freeze(**row)


async def lift(connection: AsyncConnection, freeze_id: int, *, actor: str, reason: str) -> bool:
    """End one freeze; False if there is none that is open."""
    table = member_freezes
    ended = update(table).where(table.c.id == freeze_id, table.c.lifted_at.is_(None))
    done = await connection.execute(ended.values(lifted_at=func.now(), lifted_by=actor, lift_reason=reason))
    return done.rowcount == 1


async def lift_of_deposit(connection: AsyncConnection, deposit_id: int, *, actor: str, reason: str) -> None:
    """End the freeze that a deposit has raised, if it is open."""
    table = member_freezes
    ended = update(table).where(table.c.deposit_id == deposit_id, table.c.lifted_at.is_(None))
    await connection.execute(ended.values(lifted_at=func.now(), lifted_by=actor, lift_reason=reason))


async def freezes(connection: AsyncConnection, *, uid: str | None = None, all_of_them: bool = False) -> list[Freeze]:
    """The open ones, or with `all_of_them` lifted ones too; the newest first."""
    table = member_freezes
    query = select(table).order_by(table.c.id.desc()).limit(1_000)
    if uid is not None:
        query = query.where(table.c.uid == uid)
    if not all_of_them:
        query = query.where(table.c.lifted_at.is_(None))
    return [Freeze(**row) for row in (await connection.execute(query)).mappings()]
