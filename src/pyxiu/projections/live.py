"""The books in memory, by price level, as far as committed records have come.

Beside the engine they are fed from its commits, elsewhere they follow the journal. Invariant: after each batch of
records the levels equal those of the engine's book; a level's quantity is the sum of what its resting orders have left,
and an empty level does not exist. Limit: levels only, no single orders; one event loop.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

import structlog
from sortedcontainers import SortedDict

from pyxiu.core.codec import decode_records
from pyxiu.core.events import Event, MarketPut, OrderAccepted, OrderCanceled, OrderDecremented, TradeExecuted
from pyxiu.core.interface import Depth
from pyxiu.core.outcomes import Record
from pyxiu.core.types import BUY, GTC, LIMIT, SELL, MarketId, OrderId, Side
from pyxiu.engine.committed import CommittedFeed
from pyxiu.projections.connection import LOST, Connection
from pyxiu.storage.database import close_quietly, connect
from pyxiu.storage.follow import JournalFollower

RECONNECT_S: Final = 0.5

#: After fewer records than this the follower pauses: a read has its price however little it brings, and depth that is
#: ten milliseconds old is as good. A backlog is never paused for.
SMALL_BATCH: Final = 200
PAUSE_S: Final = 0.01

log = structlog.get_logger(__name__)

_LEVELS: Final = """
SELECT market, side, price, sum(remaining)::bigint AS quantity FROM orders WHERE status = 1 GROUP BY market, side, price
"""


_ENDED_OR_LESS: Final = (OrderCanceled, OrderDecremented)


class MarketLevels:
    """One market: quantity in lots by price in ticks. Bids are kept under negative prices, so that best comes first.

    Changes are summed up until `settle`, because most of them undo each other: an order that trades at once comes and
    goes, and keeping prices sorted is what costs.
    """

    def __init__(self) -> None:
        self.bids: SortedDict[int, int] = SortedDict()
        self.asks: SortedDict[int, int] = SortedDict()
        self._bid_changes: dict[int, int] = {}
        self._ask_changes: dict[int, int] = {}

    def add(self, side: Side, price: int, lots: int) -> None:
        """Change a level by so many lots, negative to take away; it shows after `settle`."""
        if side is BUY:
            self._bid_changes[-price] = self._bid_changes.get(-price, 0) + lots
        else:
            self._ask_changes[price] = self._ask_changes.get(price, 0) + lots

    def settle(self) -> None:
        """Put what was added since the last time into the levels."""
        for levels, changes in ((self.bids, self._bid_changes), (self.asks, self._ask_changes)):
            for key, lots in changes.items():
                if not lots:
                    continue
                quantity = levels.get(key, 0) + lots
                assert quantity >= 0, f"level {abs(key)} would have {quantity} lots"
                if quantity:
                    levels[key] = quantity
                else:
                    del levels[key]
            changes.clear()

    def depth(self, limit: int) -> Depth:
        bids = [(-key, quantity) for key, quantity in islice(self.bids.items(), limit)]
        return Depth(bids, list(islice(self.asks.items(), limit)))


class BookLevels:
    """All markets. Feed it every record after `seq`, in order."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.at_ns = 0
        self._markets: dict[MarketId, MarketLevels] = {}

    def depth(self, market: MarketId, limit: int) -> Depth | None:
        """Both sides best first, or None for a market that does not exist."""
        levels = self._markets.get(market)
        return None if levels is None else levels.depth(limit)

    def market(self, market: MarketId) -> MarketLevels:
        """The levels of a market, which is created if it is new."""
        return self._markets.setdefault(market, MarketLevels())

    def apply(self, records: Iterable[Record]) -> None:
        """Take in records; those up to `seq` are known already."""
        for record in records:
            if record.seq <= self.seq:
                continue
            assert record.seq == self.seq + 1, f"expected record {self.seq + 1}, found {record.seq}"
            self._apply_events(record.events)
            self.seq, self.at_ns = record.seq, record.at_ns
        self.settle()

    def settle(self) -> None:
        for levels in self._markets.values():
            levels.settle()

    def _apply_events(self, events: Iterable[Event]) -> None:
        # A taker stands in the book already while it takes, at its own limit, which only its acceptance tells.
        taker_id, taker_price = OrderId(0), 0
        for event in events:
            if isinstance(event, OrderAccepted):
                if event.kind is LIMIT and event.time_in_force is GTC:
                    taker_id, taker_price = event.order_id, event.price
                    self._markets[event.market].add(event.side, event.price, event.quantity)
            elif isinstance(event, TradeExecuted):
                levels = self._markets[event.market]
                levels.add(SELL if event.taker_side is BUY else BUY, event.price, -event.quantity)
                if event.taker_order_id == taker_id:
                    levels.add(event.taker_side, taker_price, -event.quantity)
            elif isinstance(event, _ENDED_OR_LESS):
                if event.resting:
                    self._markets[event.market].add(event.side, event.price, -event.quantity)
            elif isinstance(event, MarketPut):
                self.market(event.market)


async def load_levels(connection: Connection) -> BookLevels:
    """The levels of the projected open orders, as of the `orders` cursor."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        seq = await connection.fetchval("SELECT seq FROM projection_cursors WHERE name = 'orders'")
        book = BookLevels(seq or 0)
        for market in await connection.fetch("SELECT market FROM proj_markets"):
            book.market(market["market"])
        for row in await connection.fetch(_LEVELS):
            book.market(row["market"]).add(Side(row["side"]), row["price"], row["quantity"])
    book.settle()
    return book


#: Called with records right after the books have taken them, each record once, in order. Must not wait.
RecordListener = Callable[[Sequence[Record]], None]


class BookFollower:
    """Keeps `BookLevels` up with the journal: `await start()`, then `run()` in a task of its own.

    With the `feed` of this process's engine, records come from there and the journal is read only to close gaps.
    """

    def __init__(self, dsn: str, feed: CommittedFeed | None = None) -> None:
        self._dsn = dsn
        self._feed = feed
        self._book = BookLevels()
        self._started = False
        self._listeners: list[RecordListener] = []

    def subscribe(self, listener: RecordListener) -> None:
        """Hand on every record after `seq` as it is now."""
        assert self._started, "the listener would not know where its records begin"
        self._listeners.append(listener)

    @property
    def seq(self) -> int:
        """The last record that the books contain."""
        return self._book.seq

    @property
    def at_ns(self) -> int:
        """When that record was made; 0 if none has come in since the start."""
        return self._book.at_ns

    def depth(self, market: MarketId, limit: int) -> Depth | None:
        """Both sides of a market best first, or None where there is no such market."""
        return self._book.depth(market, limit)

    async def start(self) -> None:
        """Load the books and catch up to the journal's end. Raises TransientError where the database is away."""
        connection = await connect(self._dsn, "pyxiu books")
        try:
            self._book = await load_levels(connection)
        finally:
            await close_quietly(connection)
        await self._catch_up()
        self._started = True

    async def run(self) -> None:
        """Follow until canceled, over lost connections as well."""
        follow = self._follow_journal if self._feed is None else self._follow_feed
        while True:
            try:
                if not self._started:
                    await self.start()
                await follow()
            except LOST as error:
                log.warning("books_reconnect", seq=self._book.seq, error=repr(error))
                await asyncio.sleep(RECONNECT_S)

    def _take(self, records: Sequence[Record]) -> None:
        seq = self._book.seq
        self._book.apply(records)
        fresh = [record for record in records if record.seq > seq] if self._listeners else ()
        if fresh:
            for listener in self._listeners:
                listener(fresh)

    async def _catch_up(self) -> None:
        """Take in what the journal holds by now."""
        async with JournalFollower(self._dsn, self._book.seq, name="books") as follower:
            while records := await follower.poll():
                self._take(records)

    async def _follow_journal(self) -> None:
        async with JournalFollower(self._dsn, self._book.seq, name="books") as follower:
            async for records in follower:
                self._take(records)
                if len(records) < SMALL_BATCH:
                    await asyncio.sleep(PAUSE_S)

    async def _follow_feed(self) -> None:
        assert self._feed is not None, "followed only where there is one"
        with self._feed.followed() as committed:
            await self._catch_up()
            while True:
                batch = await committed.next()
                if batch.seq_first > self._book.seq + 1:
                    await self._catch_up()
                self._take(decode_records(batch.records))
                if not committed.waiting() and batch.seq_last - batch.seq_first < SMALL_BATCH:
                    await asyncio.sleep(PAUSE_S)
