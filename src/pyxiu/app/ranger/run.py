"""The relay of the websocket exchange: from the journal and the outbox to the topic exchange `peatio.events.ranger`.

Invariant: a place in the journal or the outbox moves only when the broker has confirmed what was told up to it; while
the broker is away books are not told, and the first change afterwards leads from what was told last to the present, so
that sequences stay gapless. After each new connection every book comes anew. Limit: one such relay at a time; trades
and orders may come twice, with the same ids.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import aio_pika
import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.sinks.amqp import ConfirmedPublisher, Routed
from pyxiu.app.ranger.feed import RangerFeed
from pyxiu.app.ranger.messages import RangerMessage, private
from pyxiu.app.stream.announce import PAYLOADS
from pyxiu.core.outcomes import Record
from pyxiu.kit.clock import SystemClock
from pyxiu.kit.errors import TransientError
from pyxiu.projections.connection import LOST
from pyxiu.projections.live import load_levels
from pyxiu.projections.reads.beginnings import rules_seq, running_candles
from pyxiu.relay import positions
from pyxiu.relay.publish import PAUSE_FIRST_S, PAUSE_MAX_S
from pyxiu.relay.run import JOURNAL, OUTBOX, OUTBOX_BATCH, OUTBOX_POLL_S, RESTART_S, RelayLock
from pyxiu.storage.database import UNAVAILABLE, Pool
from pyxiu.storage.follow import JournalFollower
from pyxiu.storage.outbox import OutboxEvent, events_after, number_events
from pyxiu.stream.channels.running_candles import RunningCandles
from pyxiu.stream.markets import Markets
from pyxiu.stream.ports import Words

EXCHANGE: Final = "peatio.events.ranger"
SINK: Final = "ranger"
CONFIRM_TIMEOUT_S: Final = 15.0
BATCH_MAX: Final = 500
#: Changes of a book within so long go together where there is no backlog.
FLUSH_S: Final = 0.1
SMALL_BATCH: Final = 200
CANDLES_S: Final = 2.0
TICKERS_S: Final = 5.0
BOOKS_S: Final = 1.0

_log = structlog.stdlib.get_logger("pyxiu.relay.ranger")


class RangerRelay:
    """`run` until canceled, over faults of the broker and of the database."""

    def __init__(self, url: str, dsn: str, pool: Pool, outbox: AsyncEngine, words: Words, *, durable: bool) -> None:
        self._publisher = ConfirmedPublisher(url, aio_pika.ExchangeType.TOPIC, durable=durable)
        self._for_outbox = ConfirmedPublisher(url, aio_pika.ExchangeType.TOPIC, durable=durable)
        self._dsn = dsn
        self._pool = pool
        self._outbox = outbox
        self._words = words
        #: Held while messages are made and published, so that they go out in the order in which they are true.
        self._turn = asyncio.Lock()
        self._told_connections = 0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_on(JOURNAL, self._publisher, self._relay_journal), name="ranger journal")
            group.create_task(self._keep_on(OUTBOX, self._for_outbox, self._relay_outbox), name="ranger outbox")

    async def _keep_on(self, source: str, publisher: ConfirmedPublisher, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                async with RelayLock(self._dsn, f"{SINK}/{source}"):
                    await work()
            except (*UNAVAILABLE, *LOST, TransientError) as error:
                _log.warning("ranger begins again", source=source, error=repr(error))
                await asyncio.sleep(RESTART_S)
            finally:
                await publisher.close()

    async def _relay_journal(self) -> None:
        position, feed, follower = await self._begin()
        async with follower:
            fresh: list[Record] = []
            while follower.seq < position:
                records = await follower.poll()
                feed.catch_up([record for record in records if record.seq <= position])
                fresh += [record for record in records if record.seq > position]
            await self._anew(feed)
            tasks = {
                asyncio.create_task(self._follow(feed, follower, fresh), name="ranger records"),
                asyncio.create_task(self._tick(feed), name="ranger clock"),
            }
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin(self) -> tuple[int, RangerFeed, JournalFollower]:
        """The record up to which everything was told, and what the feed needs to go on from there."""
        position = await positions.load_position(self._pool, SINK, JOURNAL)
        if position is None:
            async with JournalFollower(self._dsn, 0, name="ranger") as journal:
                position = await journal.head()
            await positions.begin_at(self._pool, SINK, JOURNAL, position)
        rules_from, markets = await rules_seq(self._pool), Markets()
        await markets.load(self._pool)
        beginning, candles = await running_candles(self._pool), RunningCandles()
        candles.begin(beginning.seq, beginning.candles)
        async with self._pool.acquire() as connection:
            levels = await load_levels(connection)
        feed = RangerFeed(levels, markets, candles, self._pool, self._words, SystemClock())
        first = min(position, rules_from, beginning.seq, levels.seq)
        return position, feed, JournalFollower(self._dsn, first, name="ranger")

    async def _follow(self, feed: RangerFeed, follower: JournalFollower, fresh: Sequence[Record]) -> None:
        records = fresh
        while True:
            if records:
                async with self._turn:
                    await self._tell(feed, await feed.of(records))
                await positions.move_position(self._pool, SINK, JOURNAL, records[-1].seq)
                if len(records) < SMALL_BATCH:
                    await asyncio.sleep(FLUSH_S)
            records = await follower.next_batch()

    async def _tick(self, feed: RangerFeed) -> None:
        """What time brings: snapshots, candles, tickers."""
        loop = asyncio.get_running_loop()
        candles_s = tickers_s = loop.time()
        while True:
            await asyncio.sleep(BOOKS_S)
            async with self._turn:
                told = feed.snapshots(loop.time())
                if loop.time() >= candles_s:
                    candles_s = loop.time() + CANDLES_S
                    told += feed.candles()
                if loop.time() >= tickers_s:
                    tickers_s = loop.time() + TICKERS_S
                    told += await feed.tickers()
                if told:
                    await self._tell(feed, told)

    async def _tell(self, feed: RangerFeed, messages: Sequence[RangerMessage]) -> None:
        await _confirmed(self._publisher, messages)
        if self._publisher.connections != self._told_connections:
            # Whoever listens may have begun anew as well: a broker that was restarted has forgotten their queues.
            await self._anew(feed)

    async def _anew(self, feed: RangerFeed) -> None:
        await _confirmed(self._publisher, feed.snapshots(asyncio.get_running_loop().time(), anew=True))
        self._told_connections = self._publisher.connections

    async def _relay_outbox(self) -> None:
        position = await positions.load_position(self._pool, SINK, OUTBOX)
        if position is None:
            async with self._outbox.begin() as connection:
                await number_events(connection)
            position = await self._pool.fetchval("SELECT coalesce(max(position), 0) FROM outbox")
            await positions.begin_at(self._pool, SINK, OUTBOX, position)
        while True:
            async with self._outbox.begin() as connection:
                await number_events(connection)
                rows = await events_after(connection, position, limit=OUTBOX_BATCH)
            if not rows:
                await asyncio.sleep(OUTBOX_POLL_S)
                continue
            told = [message for row in rows if (message := announced(row)) is not None]
            await _confirmed(self._for_outbox, told)
            position = rows[-1].position
            await positions.move_position(self._pool, SINK, OUTBOX, position)


def announced(row: OutboxEvent) -> RangerMessage | None:
    """What a member is told of an event of the outbox: what the stream tells of it; None for most events."""
    if row.event not in PAYLOADS:
        return None
    stream, payload_of = PAYLOADS[row.event]
    try:
        return private(row.record["uid"], stream.value, payload_of(row.record))
    except (KeyError, TypeError, msgspec.ValidationError):
        _log.exception("announcement failed", event_name=row.event, id=row.id)
        return None


async def _confirmed(publisher: ConfirmedPublisher, messages: Sequence[RangerMessage]) -> None:
    """Again and again until the broker has confirmed them; each batch may arrive more than once."""
    for start in range(0, len(messages), BATCH_MAX):
        batch = [_routed(message) for message in messages[start : start + BATCH_MAX]]
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                await publisher.publish(batch, CONFIRM_TIMEOUT_S)
                break
            except TransientError as error:
                _log.warning("broker is away", reason=str(error), again_in_s=round(pause_s, 2))
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, PAUSE_MAX_S)


def _routed(message: RangerMessage) -> Routed:
    return Routed(EXCHANGE, message.key, aio_pika.Message(message.body, content_type="application/json"))
