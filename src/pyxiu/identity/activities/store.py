"""The SQL of the trail: adding to it, reading it. There is none that changes or deletes."""

import datetime
from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.chain import Link
from pyxiu.identity.activities.model import ActivityFilter, Category, StoredActivity
from pyxiu.identity.tables.accounts import users
from pyxiu.identity.tables.activities import activities, activity_chain

_HEAD: Final = 1
_FETCH: Final = 1_000
_UTC: Final = datetime.UTC


async def now(connection: AsyncConnection) -> datetime.datetime:
    """The database's clock, which many processes share."""
    moment: datetime.datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return moment.astimezone(_UTC)


async def lock_chain(connection: AsyncConnection, user_id: int | None) -> tuple[Link, datetime.datetime]:
    """The end of the chain, ours until the commit, and the time; `user_id` is who acts."""
    # The row will refer to the user. Whoever has locked that user may be about to wait for the chain, so the user is
    # waited for first: everybody takes users before the chain, and nobody waits in a circle.
    await connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True, read=True))
    query = select(activity_chain.c.seq, activity_chain.c.hash).where(activity_chain.c.id == _HEAD).with_for_update()
    row = (await connection.execute(query)).one()
    # Asked after the lock was had: links are then in the order of their times.
    return Link(row.seq, bytes(row.hash)), await now(connection)


async def insert_activity(connection: AsyncConnection, row: StoredActivity) -> None:
    values = {name: getattr(row, name) for name in StoredActivity.__struct_fields__ if name != "id"}
    await connection.execute(insert(activities).values(values))


async def move_chain_end(connection: AsyncConnection, link: Link) -> None:
    values = {"seq": link.seq, "hash": link.hash}
    await connection.execute(update(activity_chain).where(activity_chain.c.id == _HEAD).values(values))


async def chain_end(connection: AsyncConnection) -> Link:
    """The end of the chain as kept beside it."""
    row = (await connection.execute(select(activity_chain.c.seq, activity_chain.c.hash))).one()
    return Link(row.seq, bytes(row.hash))


async def chain_rows(connection: AsyncConnection) -> AsyncIterator[StoredActivity]:
    """Staff's actions in the order of the chain, those without a number at the end."""
    query = (
        select(activities)
        .where(activities.c.category == Category.ADMIN.value)
        .order_by(activities.c.chain_seq.asc().nulls_last(), activities.c.id)
    )
    async with connection.stream(query.execution_options(yield_per=_FETCH)) as result:
        async for row in result.mappings():
            yield _stored(row)


async def page_of(
    connection: AsyncConnection, wanted: ActivityFilter, *, limit: int, offset: int
) -> tuple[list[StoredActivity], int]:
    """The newest activities that are wanted, and how many there are."""
    where = and_(True, *_conditions(wanted))
    total = (await connection.execute(select(func.count()).select_from(_with_users()).where(where))).scalar_one()
    query = select(activities).select_from(_with_users()).where(where).order_by(activities.c.id.desc())
    rows = (await connection.execute(query.limit(limit).offset(offset))).mappings()
    return [_stored(row) for row in rows], total


async def counts_by_day(connection: AsyncConnection, wanted: ActivityFilter) -> list[tuple[datetime.date, int]]:
    """How many of the wanted activities there were on each day (UTC) that had any."""
    day = func.date(func.timezone("UTC", activities.c.created_at))
    query = select(day, func.count()).select_from(_with_users()).where(and_(True, *_conditions(wanted)))
    return [(row[0], row[1]) for row in await connection.execute(query.group_by(day).order_by(day))]


def _conditions(wanted: ActivityFilter) -> list[ColumnElement[bool]]:
    columns: dict[str, ColumnElement[Any]] = {
        "category": activities.c.category,
        "user_id": activities.c.user_id,
        "uid": users.c.uid,
        "email": users.c.email,
        "target_uid": activities.c.target_uid,
        "topic": activities.c.topic,
        "action": activities.c.action,
        "result": activities.c.result,
    }
    given = {name: getattr(wanted, name) for name in columns}
    found: list[ColumnElement[bool]] = [columns[name] == value for name, value in given.items() if value is not None]
    if wanted.since is not None:
        found.append(activities.c.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(activities.c.created_at < wanted.until)
    return found


def _with_users() -> Any:
    return activities.outerjoin(users, users.c.id == activities.c.user_id)


def _stored(row: RowMapping) -> StoredActivity:
    fields: dict[str, Any] = {str(name): value for name, value in row.items()}
    for name in ("prev_hash", "hash"):
        fields[name] = None if fields[name] is None else bytes(fields[name])
    fields["created_at"] = fields["created_at"].astimezone(_UTC)
    return StoredActivity(**fields)
