"""Events that a change of rows announces, written in the same database transaction as the change.

Invariant: an event is in the table if and only if its change is. Who delivers events (mailer, relay) reads them by
`position`, which is given after the commit, one reader at a time: so no event that commits late is ever behind a
cursor, as it would be with `id`. Limit: no money event; those are in the journal.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

#: Notified by a trigger of the table whenever events are committed.
CHANNEL: Final = "pyxiu_outbox"
#: Held while positions are given, so that they commit in their order.
_NUMBERING_LOCK: Final = 0x7079786975_06

_metadata: Final = MetaData()
outbox: Final = Table(
    "outbox",
    _metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event", Text, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("record", JSONB, nullable=False),
    Column("changes", JSONB),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("position", BigInteger),
)
outbox_cursors: Final = Table(
    "outbox_cursors",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)


class OutboxEvent(msgspec.Struct, frozen=True):
    """A committed event. `id` is stable and names it; `position` orders it."""

    id: int
    position: int
    event: str
    aggregate: str
    record: dict[str, Any]
    changes: dict[str, Any] | None
    created_at: datetime.datetime


async def emit(
    connection: AsyncConnection,
    event: str,
    record: dict[str, Any],
    *,
    aggregate: str,
    changes: dict[str, Any] | None = None,
) -> None:
    """Announce `event` (as `system.user.email.confirmation.token`) about one aggregate (as `user:ID0123`).

    `record` and `changes` are plain JSON values. What is secret in them (a token) is for the mailer only, and sealed.
    """
    await emit_all(connection, [Emitted(event, aggregate, record, changes)])


class Emitted(msgspec.Struct, frozen=True):
    """An event to announce; as the arguments of `emit`."""

    event: str
    aggregate: str
    record: dict[str, Any]
    changes: dict[str, Any] | None = None


async def emit_all(connection: AsyncConnection, events: Sequence[Emitted]) -> None:
    """Announce many at once, in their order."""
    if events:
        await connection.execute(insert(outbox), [msgspec.structs.asdict(event) for event in events])


async def number_events(connection: AsyncConnection) -> int:
    """Give a position to every committed event that has none; how many there were."""
    await connection.execute(select(func.pg_advisory_xact_lock(_NUMBERING_LOCK)))
    return (await connection.execute(_NUMBER)).rowcount


async def events_after(connection: AsyncConnection, position: int, *, limit: int) -> list[OutboxEvent]:
    """The next events in the order of their positions."""
    query = select(outbox).where(outbox.c.position > position).order_by(outbox.c.position).limit(limit)
    return [OutboxEvent(**row) for row in (await connection.execute(query)).mappings()]


async def lock_cursor(connection: AsyncConnection, name: str) -> int:
    """How far a reader has come, 0 at first; nobody else moves its cursor before this transaction ends."""
    first = upsert(outbox_cursors).values(name=name, position=0).on_conflict_do_nothing()
    await connection.execute(first)
    query = select(outbox_cursors.c.position).where(outbox_cursors.c.name == name).with_for_update()
    position: int = (await connection.execute(query)).scalar_one()
    return position


async def move_cursor(connection: AsyncConnection, name: str, position: int) -> None:
    """Note how far a reader has come; in the transaction of what it made of the events."""
    statement = outbox_cursors.update().where(outbox_cursors.c.name == name).values(position=position)
    await connection.execute(statement)


_NUMBER: Final = text(
    """
    UPDATE outbox SET position = numbered.position
    FROM (
        SELECT id, (SELECT coalesce(max(position), 0) FROM outbox) + row_number() OVER (ORDER BY id) AS position
        FROM outbox WHERE position IS NULL
    ) AS numbered
    WHERE outbox.id = numbered.id
    """
)
