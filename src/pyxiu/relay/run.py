"""The relay: for each sink one loop over the journal and one over the outbox, each with a place of its own.

Invariant: an event is published at least once and in the order of its source; the place moves behind it only after the
sink has confirmed. A sink that is down stops nothing but itself. Limit: one relay per sink runs at a time; a second one
waits for the lock of the first, and takes over from its place.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.core.outcomes import Record
from pyxiu.kit.errors import TransientError
from pyxiu.kit.failpoints import failpoint
from pyxiu.relay import positions
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import Sink
from pyxiu.relay.publish import publish_all
from pyxiu.relay.trading_events import TradingEvents
from pyxiu.storage.database import UNAVAILABLE, Pool, close_quietly, connect
from pyxiu.storage.follow import JournalFollower
from pyxiu.storage.outbox import OutboxEvent, events_after, number_events

JOURNAL: Final = "journal"
OUTBOX: Final = "outbox"
OUTBOX_BATCH: Final = 200
OUTBOX_POLL_S: Final = 0.5
RESTART_S: Final = 1.0
LOCK_POLL_S: Final = 1.0
#: "pyxiu" + 7: one relay per sink and source.
RELAY_LOCK: Final = 0x7079_7807
#: Their records carry tokens that are for the mailer alone.
SECRET_EVENTS: Final = frozenset(
    {"system.user.email.confirmation.token", "system.user.password.reset.token", "system.beneficiary.pin"}
)

_log = structlog.stdlib.get_logger("pyxiu.relay")

MakeSink = Callable[[], Sink]


class RelayMetrics:
    """Published and refused events, and the place of each sink."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("sink", "source")
        self.published = Counter("pyxiu_relay_events_total", "Events a sink has confirmed.", labels, registry=registry)
        self.refused = Counter(
            "pyxiu_relay_refused_total", "Events a sink refused for good.", labels, registry=registry
        )
        self.position = Gauge("pyxiu_relay_position", "How far a sink has come in a source.", labels, registry=registry)


class Relay:
    """`sinks` by name, each made once per source."""

    def __init__(
        self, dsn: str, pool: Pool, outbox: AsyncEngine, sinks: Mapping[str, MakeSink], metrics: RelayMetrics
    ) -> None:
        self._dsn = dsn
        self._pool = pool
        self._outbox = outbox
        self._sinks = sinks
        self._metrics = metrics

    async def run(self) -> None:
        """Relay until canceled."""
        async with asyncio.TaskGroup() as group:
            for name, make_sink in self._sinks.items():
                for source, work in ((JOURNAL, self._relay_journal), (OUTBOX, self._relay_outbox)):
                    group.create_task(self._keep_on(name, source, make_sink, work), name=f"relay {name} {source}")

    async def _keep_on(self, name: str, source: str, make_sink: MakeSink, work: "Work") -> None:
        while True:
            sink = make_sink()
            try:
                async with RelayLock(self._dsn, f"{name}/{source}"):
                    await work(name, sink)
            except (*UNAVAILABLE, TransientError) as error:
                _log.warning("relay begins again", sink=name, source=source, error=repr(error))
                await asyncio.sleep(RESTART_S)
            finally:
                await sink.close()

    async def _relay_journal(self, name: str, sink: Sink) -> None:
        position = await self._journal_position(name)
        trading = TradingEvents(self._pool)
        await trading.start(position)
        async with JournalFollower(self._dsn, position, name=f"relay {name}") as follower:
            async for records in follower:
                await self._publish_records(name, sink, trading, records)

    async def _journal_position(self, name: str) -> int:
        position = await positions.load_position(self._pool, name, JOURNAL)
        if position is not None:
            return position
        async with JournalFollower(self._dsn, 0, name=f"relay {name}") as follower:
            head = await follower.head()
        await positions.begin_at(self._pool, name, JOURNAL, head)
        return head

    async def _publish_records(self, name: str, sink: Sink, trading: TradingEvents, records: list[Record]) -> None:
        events: list[RelayedEvent] = []
        for record in records:
            events += await trading.of(record)
        await self._publish(name, JOURNAL, sink, events)
        await self._move(name, JOURNAL, records[-1].seq)

    async def _relay_outbox(self, name: str, sink: Sink) -> None:
        position = await self._outbox_position(name)
        while True:
            async with self._outbox.begin() as connection:
                await number_events(connection)
                rows = await events_after(connection, position, limit=OUTBOX_BATCH)
            if not rows:
                await asyncio.sleep(OUTBOX_POLL_S)
                continue
            events = [relayed(row) for row in rows if row.event not in SECRET_EVENTS]
            await self._publish(name, OUTBOX, sink, events)
            position = rows[-1].position
            await self._move(name, OUTBOX, position)

    async def _outbox_position(self, name: str) -> int:
        position = await positions.load_position(self._pool, name, OUTBOX)
        if position is not None:
            return position
        async with self._outbox.begin() as connection:
            await number_events(connection)
        newest: int = await self._pool.fetchval("SELECT coalesce(max(position), 0) FROM outbox")
        await positions.begin_at(self._pool, name, OUTBOX, newest)
        return newest

    async def _publish(self, name: str, source: str, sink: Sink, events: list[RelayedEvent]) -> None:
        async def refuse(event: RelayedEvent, reason: str) -> None:
            await positions.note_refused(self._pool, name, event, reason)
            self._metrics.refused.labels(name, source).inc()

        await publish_all(name, sink, events, refuse)
        self._metrics.published.labels(name, source).inc(len(events))

    async def _move(self, name: str, source: str, position: int) -> None:
        failpoint("relay_after_publish")
        await positions.move_position(self._pool, name, source, position)
        self._metrics.position.labels(name, source).set(position)


Work = Callable[[str, Sink], Coroutine[Any, Any, None]]


def relayed(row: OutboxEvent) -> RelayedEvent:
    """`system.user.email.confirmed` is category `system`, key `user.email.confirmed`."""
    category, _, key = row.event.partition(".")
    return RelayedEvent(
        id=f"outbox:{row.id}",
        issuer=ISSUERS.get(key.partition(".")[0], "barong"),
        category=category,
        key=key,
        aggregate=row.aggregate,
        at_s=int(row.created_at.timestamp()),
        payload={"record": row.record} | ({"changes": row.changes} if row.changes else {}),
    )


#: Which of the dialect's two services an event of the outbox is known from.
ISSUERS: Final = dict.fromkeys(
    ("deposit", "withdraw", "account", "beneficiary", "internal_transfer", "low_hot_wallet_balance"), "peatio"
)


class RelayLock:
    """Held while one relay works for a sink; a second one waits for it."""

    def __init__(self, dsn: str, name: str) -> None:
        self._dsn = dsn
        self._name = name

    async def __aenter__(self) -> None:
        self._connection = await connect(self._dsn, f"pyxiu relay {self._name}")
        try:
            query = "SELECT pg_try_advisory_lock($1, hashtext($2))"
            while not await self._connection.fetchval(query, RELAY_LOCK, self._name):  # noqa: ASYNC110 - no event
                await asyncio.sleep(LOCK_POLL_S)
        except BaseException:
            await close_quietly(self._connection)
            raise

    async def __aexit__(self, *_: object) -> None:
        await close_quietly(self._connection)
