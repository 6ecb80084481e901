"""The relay over a real journal: each event once and in order, the same events after any restart (T-19, T-20, T-77)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.core.events import OrderAccepted, OrderCanceled, TradeExecuted
from pyxiu.core.outcomes import Record
from pyxiu.core.types import OrderKind, OrderStatus
from pyxiu.kit.errors import PermanentError, TransientError
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import UndeliverableError
from pyxiu.relay.publish import BATCH_MAX
from pyxiu.relay.run import JOURNAL, OUTBOX, MakeSink, Relay, RelayMetrics
from pyxiu.relay.trading_events import TradingEvents
from pyxiu.storage.database import Pool, create_pool
from pyxiu.storage.orm import open_database
from pyxiu.storage.outbox import emit
from tests.support.projected import Projected
from tests.support.seeded import SeededExchange

WAIT_S = 30.0
COMMANDS = 1_500


class BrokenSink:
    """Fails as no sink should."""

    asked = 0

    async def publish(self, _events: Sequence[RelayedEvent]) -> None:
        self.asked += 1
        raise PermanentError("never again")

    async def close(self) -> None:
        pass


class RememberingSink:
    """Takes everything, except what a test tells it not to."""

    def __init__(self, taken: list[RelayedEvent]) -> None:
        self.taken = taken
        self.refused: frozenset[str] = frozenset()
        self.away = 0
        self.grown = asyncio.Event()

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        if self.away:
            self.away -= 1
            raise TransientError("away")
        for number, event in enumerate(events):
            if event.id in self.refused:
                raise UndeliverableError(event, "no", confirmed=number)
            self.taken.append(event)
        self.grown.set()

    async def close(self) -> None:
        pass


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    pool = await create_pool(database_dsn, "test", size_max=6)
    yield pool
    await pool.close()


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "test")
    yield database
    await database.dispose()


@pytest.fixture
async def exchange(database_dsn: str) -> AsyncIterator[Projected]:
    connection = await asyncpg.connect(database_dsn)
    projected = await Projected.open(database_dsn, connection, SeededExchange(seed=77))
    await projected.trade(COMMANDS)
    await projected.project()
    yield projected
    await connection.close()


async def events_of(pool: Pool, records: list[Record]) -> list[RelayedEvent]:
    trading = TradingEvents(pool)
    await trading.start()
    return [event for record in records for event in await trading.of(record)]


async def relayed_until(
    dsn: str, pool: Pool, database: AsyncEngine, sink: RememberingSink, done: Callable[[], bool], **others: MakeSink
) -> None:
    """Run a relay until the sink has what the test waits for; with `others` beside it."""
    relay = Relay(dsn, pool, database, {"test": lambda: sink, **others}, RelayMetrics(CollectorRegistry()))
    task = asyncio.create_task(relay.run())
    try:
        async with asyncio.timeout(WAIT_S):
            while not done() and not task.done():
                sink.grown.clear()
                if not done():
                    await asyncio.wait({task, asyncio.ensure_future(sink.grown.wait())}, timeout=0.2)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def begin_at(pool: Pool, source: str, position: int) -> None:
    await pool.execute("INSERT INTO relay_cursors (sink, source, position) VALUES ('test', $1, $2)", source, position)


async def test_the_events_tell_each_order_and_each_trade_as_it_was(exchange: Projected, pool: Pool) -> None:
    events = await events_of(pool, exchange.records)
    facts = [event for record in exchange.records for event in record.events]
    limit = {fact.order_id for fact in facts if isinstance(fact, OrderAccepted) and fact.kind is OrderKind.LIMIT}
    kinds = Counter(event.key.rpartition(".")[2] for event in events)
    assert kinds["trade_completed"] == sum(isinstance(fact, TradeExecuted) for fact in facts) > 100
    assert kinds["order_created"] == len(limit) > 300
    assert kinds["order_canceled"] == sum(isinstance(fact, OrderCanceled) and fact.order_id in limit for fact in facts)

    last: dict[int, dict[str, Any]] = {}
    for event in events:
        if "order_" in event.key:
            last[event.payload["id"]] = event.payload
    states = {OrderStatus.OPEN: "open", OrderStatus.FILLED: "completed", OrderStatus.CANCELED: "canceled"}
    rows = await exchange.connection.fetch("SELECT * FROM orders WHERE kind = $1", OrderKind.LIMIT)
    assert {row["id"] for row in rows} == limit == set(last)
    for row in rows:
        told = last[row["id"]]
        assert told["state"] == states[OrderStatus(row["status"])], row
        assert told["trades_count"] == row["trades_count"], row
        assert (told["current_income_amount"] == "0.0") == (row["remaining"] == 0), row


async def test_ids_are_unique_and_rise_with_the_journal(exchange: Projected, pool: Pool) -> None:
    events = await events_of(pool, exchange.records)
    assert len({event.id for event in events}) == len(events)
    seqs = [int(event.id.split(":")[1]) for event in events]
    assert seqs == sorted(seqs)


@pytest.mark.parametrize("begin", [100, 517, 1_001])
async def test_t20_a_relay_that_begins_again_anywhere_publishes_the_same_events(
    exchange: Projected, pool: Pool, begin: int
) -> None:
    """What it must look up says what it would have remembered."""
    whole = await events_of(pool, exchange.records)
    rest = await events_of(pool, [record for record in exchange.records if record.seq > begin])
    assert rest == [event for event in whole if int(event.id.split(":")[1]) > begin]


async def test_everything_is_published_once_and_in_order_over_stops_and_an_absent_sink(
    exchange: Projected, pool: Pool, database: AsyncEngine, database_dsn: str
) -> None:
    await begin_at(pool, JOURNAL, 0)
    expected = await events_of(pool, exchange.records)
    taken: list[RelayedEvent] = []
    for goal in (1, len(expected) // 2, len(expected)):
        sink = RememberingSink(taken)
        sink.away = 2
        await relayed_until(database_dsn, pool, database, sink, lambda goal=goal: len(distinct(taken)) >= goal)  # type: ignore[misc]
    assert distinct(taken) == expected
    assert await pool.fetchval("SELECT position FROM relay_cursors WHERE source = 'journal'") <= exchange.core.seq


def distinct(events: list[RelayedEvent]) -> list[RelayedEvent]:
    """As a consumer sees them that drops what it has had: an id that comes again is the same event."""
    seen: dict[str, RelayedEvent] = {}
    for event in events:
        assert seen.setdefault(event.id, event) == event
    return list(seen.values())


async def test_what_a_sink_refuses_is_written_down_and_the_rest_goes_on(
    exchange: Projected, pool: Pool, database: AsyncEngine, database_dsn: str
) -> None:
    await begin_at(pool, JOURNAL, 0)
    expected = await events_of(pool, exchange.records)
    refused = {expected[3].id, expected[BATCH_MAX + 7].id}
    sink = RememberingSink([])
    sink.refused = frozenset(refused)
    await relayed_until(database_dsn, pool, database, sink, lambda: len(sink.taken) >= len(expected) - 2)
    assert sink.taken == [event for event in expected if event.id not in refused]
    rows = await pool.fetch("SELECT event_id, name, reason FROM relay_refused WHERE sink = 'test'")
    assert {row["event_id"] for row in rows} == refused


async def test_a_sink_that_fails_as_it_never_should_stops_nothing_but_itself(
    exchange: Projected, pool: Pool, database: AsyncEngine, database_dsn: str
) -> None:
    await begin_at(pool, JOURNAL, 0)
    await pool.execute("INSERT INTO relay_cursors (sink, source, position) VALUES ('broken', 'journal', 0)")
    expected = await events_of(pool, exchange.records)
    sink, broken = RememberingSink([]), BrokenSink()
    goal = len(expected)
    await relayed_until(
        database_dsn, pool, database, sink, lambda: len(sink.taken) >= goal and broken.asked > 1, broken=lambda: broken
    )
    assert sink.taken == expected
    moved = await pool.fetchval("SELECT position FROM relay_cursors WHERE sink = 'broken' AND source = 'journal'")
    assert moved == 0, "what it has not taken waits for it"


async def test_a_new_sink_begins_at_the_end(
    exchange: Projected, pool: Pool, database: AsyncEngine, database_dsn: str
) -> None:
    sink = RememberingSink([])
    relay = Relay(database_dsn, pool, database, {"test": lambda: sink}, RelayMetrics(CollectorRegistry()))
    task = asyncio.create_task(relay.run())
    async with asyncio.timeout(WAIT_S):
        while await pool.fetchval("SELECT count(*) FROM relay_cursors") < 2:  # noqa: ASYNC110 - a row is no event
            await asyncio.sleep(0.01)
    seq = exchange.core.seq
    await exchange.trade(64)
    await exchange.project()
    expected = await events_of(pool, [record for record in exchange.records if record.seq > seq])
    async with asyncio.timeout(WAIT_S):
        while len(sink.taken) < len(expected):
            sink.grown.clear()
            await sink.grown.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert sink.taken == expected


async def test_the_outbox_is_relayed_without_what_is_for_the_mailer_alone(
    pool: Pool, database: AsyncEngine, database_dsn: str
) -> None:
    await begin_at(pool, OUTBOX, 0)
    async with database.begin() as connection:
        for number in range(3):
            await emit(
                connection, "model.user.updated", {"uid": f"ID{number}"}, aggregate="user:1", changes={"level": 1}
            )
        await emit(connection, "system.user.password.reset.token", {"token": "sealed"}, aggregate="user:1")
        await emit(connection, "model.deposit.created", {"tid": "T1"}, aggregate="deposit:1")
    sink = RememberingSink([])
    await relayed_until(database_dsn, pool, database, sink, lambda: len(sink.taken) >= 4)
    assert [(event.issuer, event.name) for event in sink.taken] == [("barong", "model.user.updated")] * 3 + [
        ("peatio", "model.deposit.created")
    ]
    assert sink.taken[0].payload == {"record": {"uid": "ID0"}, "changes": {"level": 1}}
    assert "sealed" not in str(sink.taken)
