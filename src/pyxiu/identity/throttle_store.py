"""The SQL of counters that limit how often something may be tried."""

import datetime
from typing import NamedTuple

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.tables.accounts import throttles


class Counter(NamedTuple):
    taken: int
    ends_at: datetime.datetime


async def counter(connection: AsyncConnection, bucket: str, key_hash: bytes) -> Counter | None:
    query = select(throttles.c.taken, throttles.c.ends_at).where(
        throttles.c.bucket == bucket, throttles.c.key_hash == key_hash
    )
    row = (await connection.execute(query)).first()
    return None if row is None else Counter(*row)


async def count_one(
    connection: AsyncConnection, bucket: str, key_hash: bytes, *, now: datetime.datetime, ends_at: datetime.datetime
) -> Counter:
    """Count in one statement, whoever else does so at the same time; a window that is over begins anew."""
    over = throttles.c.ends_at <= now
    first = insert(throttles).values(bucket=bucket, key_hash=key_hash, taken=1, started_at=now, ends_at=ends_at)
    statement = first.on_conflict_do_update(
        index_elements=["bucket", "key_hash"],
        set_={
            "taken": case((over, 1), else_=throttles.c.taken + 1),
            "started_at": case((over, now), else_=throttles.c.started_at),
            "ends_at": case((over, ends_at), else_=throttles.c.ends_at),
        },
    ).returning(throttles.c.taken, throttles.c.ends_at)
    return Counter(*(await connection.execute(statement)).one())


async def forget(connection: AsyncConnection, bucket: str, key_hash: bytes) -> None:
    await connection.execute(delete(throttles).where(throttles.c.bucket == bucket, throttles.c.key_hash == key_hash))


async def give_back(connection: AsyncConnection, bucket: str, key_hash: bytes) -> None:
    tried = (throttles.c.bucket == bucket, throttles.c.key_hash == key_hash, throttles.c.taken > 0)
    await connection.execute(update(throttles).where(*tried).values(taken=throttles.c.taken - 1))


async def forget_ended(connection: AsyncConnection, now: datetime.datetime) -> int:
    return (await connection.execute(delete(throttles).where(throttles.c.ends_at <= now))).rowcount
