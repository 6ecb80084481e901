"""The stream as a whole: started on the books, fed with every record after them, serving sockets through uvicorn.

    stream = StreamServer(parts)
    await stream.start(); server_config(app, ws=stream.protocol); await stream.run()

Invariant: whatever is shown contains each record once: what was loaded is caught up to the record at which the books
were when it began to listen, and what came meanwhile waits. Limit: after a long rebuild of the candles the start reads
as much of the journal again.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from pyxiu.core.events import TradeExecuted
from pyxiu.core.outcomes import Record
from pyxiu.kit.clock import Clock
from pyxiu.projections.live import BookFollower
from pyxiu.projections.reads.beginnings import rules_seq, running_candles
from pyxiu.storage.database import Pool
from pyxiu.storage.follow import JournalFollower
from pyxiu.stream.channels.running_candles import RunningCandles
from pyxiu.stream.door import Door
from pyxiu.stream.hub import Hub, Sources
from pyxiu.stream.markets import Markets
from pyxiu.stream.members.members import Members
from pyxiu.stream.metrics import StreamMetrics
from pyxiu.stream.ports import Announcements, Doorkeeper, OrderDesk, Reads, Words
from pyxiu.stream.protocol import StreamProtocol
from pyxiu.stream.settings import StreamSettings

SWEEP_EVERY_S: Final = 1.0


@dataclass(frozen=True)
class StreamParts:
    """What app/ plugs in."""

    dsn: str
    pool: Pool
    book: BookFollower
    reads: Reads
    words: Words
    doorkeeper: Doorkeeper
    desk: OrderDesk
    settings: StreamSettings
    registry: CollectorRegistry
    clock: Clock
    announcements: Announcements


class StreamServer:
    """`start` after the books have started."""

    def __init__(self, parts: StreamParts) -> None:
        self.settings = parts.settings
        self.desk = parts.desk
        self.announcements = parts.announcements
        self.metrics = StreamMetrics(parts.registry)
        self._parts = parts
        self._markets = Markets()
        self._candles = RunningCandles()
        self.members = Members(self._markets, parts.words, parts.pool, parts.reads)
        sources = Sources(self._markets, self._candles, parts.book.depth, parts.pool, parts.clock)
        self.hub = Hub(parts.settings, sources, parts.words, self.metrics)
        self.door = Door(self, parts.doorkeeper)
        #: What the books take before all is loaded.
        self._waiting: list[Record] | None = []

    @property
    def protocol(self) -> Callable[..., StreamProtocol]:
        """What uvicorn makes for an upgrade."""
        return partial(StreamProtocol, self.door)

    def changed(self, kind: str, subject: str) -> None:
        """A change of identity (`identity.changes`)."""
        self.door.changed(kind, subject)

    async def start(self) -> None:
        """Load what is shown and bring it to the books' record. Raises TransientError where the database is away."""
        end = self._parts.book.seq
        self._parts.book.subscribe(self._take)
        rules_from = await rules_seq(self._parts.pool)
        await self._markets.load(self._parts.pool)
        beginning = await running_candles(self._parts.pool)
        self._candles.begin(beginning.seq, beginning.candles)
        async with JournalFollower(self._parts.dsn, min(rules_from, beginning.seq), name="stream") as follower:
            while follower.seq < end:  # an empty poll is a lost connection: the books have come further than this
                self._catch_up(record for record in await follower.poll() if record.seq <= end)
        self.members.seq = self.metrics.seq = end
        waiting, self._waiting = self._waiting or [], None
        self._take(waiting)

    async def run(self) -> None:
        """Send and watch until canceled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.hub.run(), name="stream hub")
            group.create_task(self._sweep(), name="stream sweep")
            group.create_task(self.announcements.run(self.members.announce), name="stream announcements")

    def _take(self, records: Sequence[Record]) -> None:
        if self._waiting is not None:
            self._waiting.extend(records)
            return
        self.hub.take(records)
        self.members.take(records)

    def _catch_up(self, records: Iterable[Record]) -> None:
        for record in records:
            self._markets.learn(record.events)
            for event in record.events:
                if isinstance(event, TradeExecuted):
                    self._candles.add(record.seq, record.at_ns, event)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            now_s, unix_s = loop.time(), self._parts.clock.now_ns() / 1e9
            for number, socket in enumerate(self.door.inside, 1):
                socket.watch(now_s, unix_s)
                if number % 500 == 0:
                    await asyncio.sleep(0)
