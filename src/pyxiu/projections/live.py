"""The books in memory, by price level, as far as committed records have come.

Invariant: at each record boundary the levels equal those of the engine's book; a level's quantity is the sum of what
its resting orders have left, and an empty level does not exist. Limit: levels only, no single orders; one event loop.
"""

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Final

import structlog
from sortedcontainers import SortedDict

from pyxiu.core.events import Event, MarketPut, OrderAccepted, OrderCanceled, OrderDecremented, TradeExecuted
from pyxiu.core.interface import Depth
from pyxiu.core.outcomes import Record
from pyxiu.core.types import MarketId, OrderId, OrderKind, Side, TimeInForce
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
    """One market: quantity in lots by price in ticks. Bids are kept under negative prices, so that best comes first."""

    def __init__(self) -> None:
        self.bids: SortedDict[int, int] = SortedDict()
        self.asks: SortedDict[int, int] = SortedDict()

    def add(self, side: Side, price: int, lots: int) -> None:
        """Change a level by so many lots, negative to take away."""
        levels, key = (self.bids, -price) if side is Side.BUY else (self.asks, price)
        quantity = levels.get(key, 0) + lots
        assert quantity >= 0, f"level {price} would have {quantity} lots"
        if quantity:
            levels[key] = quantity
        else:
            del levels[key]

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

    def _apply_events(self, events: Iterable[Event]) -> None:
        # A taker stands in the book already while it takes, at its own limit, which only its acceptance tells.
        taker_id, taker_price = OrderId(0), 0
        for event in events:
            if isinstance(event, OrderAccepted):
                if event.kind is OrderKind.LIMIT and event.time_in_force is TimeInForce.GTC:
                    taker_id, taker_price = event.order_id, event.price
                    self._markets[event.market].add(event.side, event.price, event.quantity)
            elif isinstance(event, TradeExecuted):
                levels = self._markets[event.market]
                levels.add(_opposite(event.taker_side), event.price, -event.quantity)
                if event.taker_order_id == taker_id:
                    levels.add(event.taker_side, taker_price, -event.quantity)
            elif isinstance(event, _ENDED_OR_LESS):
                if event.resting:
                    self._markets[event.market].add(event.side, event.price, -event.quantity)
            elif isinstance(event, MarketPut):
                self.market(event.market)


def _opposite(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


async def load_levels(connection: Connection) -> BookLevels:
    """The levels of the projected open orders, as of the `orders` cursor."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        seq = await connection.fetchval("SELECT seq FROM projection_cursors WHERE name = 'orders'")
        book = BookLevels(seq or 0)
        for market in await connection.fetch("SELECT market FROM proj_markets"):
            book.market(market["market"])
        for row in await connection.fetch(_LEVELS):
            book.market(row["market"]).add(Side(row["side"]), row["price"], row["quantity"])
    return book


class BookFollower:
    """Keeps `BookLevels` up with the journal: `await start()`, then `run()` in a task of its own."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._book = BookLevels()
        self._started = False

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
        async with JournalFollower(self._dsn, self._book.seq, name="books") as follower:
            while records := await follower.poll():
                self._book.apply(records)
        self._started = True

    async def run(self) -> None:
        """Follow until canceled, over lost connections as well."""
        while True:
            try:
                if not self._started:
                    await self.start()
                async with JournalFollower(self._dsn, self._book.seq, name="books") as follower:
                    async for records in follower:
                        self._book.apply(records)
                        if len(records) < SMALL_BATCH:
                            await asyncio.sleep(PAUSE_S)
            except LOST as error:
                log.warning("books_reconnect", seq=self._book.seq, error=repr(error))
                await asyncio.sleep(RECONNECT_S)
