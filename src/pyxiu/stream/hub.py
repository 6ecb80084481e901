"""From records to frames: channels by name, the pace at which changes are sent, and the fan-out.

Invariant: a change reaches every subscriber's channel in the order of the journal; the first after a pause is sent at
once, those that follow within one `flush_ms` go together. Limit: a fan-out gives way every SLICE clients, so that
orders on the same loop do not wait for thousands of sockets.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec
import structlog

from pyxiu.core.events import (
    AssetPut,
    MarketPut,
    MarketStateSet,
    OrderAccepted,
    OrderCanceled,
    OrderDecremented,
    TradeExecuted,
)
from pyxiu.core.interface import Depth
from pyxiu.core.outcomes import Record
from pyxiu.core.types import MarketId
from pyxiu.kit.clock import Clock
from pyxiu.projections.connection import LOST
from pyxiu.projections.tickers import Ticker, tickers
from pyxiu.storage.database import Pool
from pyxiu.stream.channels.book import BookChannel, UpdateChannel
from pyxiu.stream.channels.candles import EVERY_S as CANDLES_EVERY_S
from pyxiu.stream.channels.candles import CandlesChannel
from pyxiu.stream.channels.channel import Channel
from pyxiu.stream.channels.running_candles import RunningCandles
from pyxiu.stream.channels.tickers import EVERY_S as TICKERS_EVERY_S
from pyxiu.stream.channels.tickers import TickersChannel
from pyxiu.stream.channels.trades import TradesChannel
from pyxiu.stream.markets import Markets
from pyxiu.stream.metrics import StreamMetrics
from pyxiu.stream.names import Kind, PublicName
from pyxiu.stream.ports import Words
from pyxiu.stream.settings import StreamSettings

SLICE: Final = 128
_NS_PER_S: Final = 10**9
_MOVES_BOOK: Final = (OrderAccepted, OrderCanceled, OrderDecremented)
_RULES: Final = (AssetPut, MarketPut, MarketStateSet)
_EMPTY: Final = Depth([], [])

log = structlog.get_logger(__name__)


class Sources(NamedTuple):
    """What the hub tells of. `depth_of` gives a market's levels as of the last record taken."""

    markets: Markets
    candles: RunningCandles
    depth_of: Callable[[MarketId, int], Depth | None]
    pool: Pool
    clock: Clock


class Hub:
    """`take` records, `run` to send."""

    def __init__(self, settings: StreamSettings, sources: Sources, words: Words, metrics: StreamMetrics) -> None:
        self._settings = settings
        self._markets = sources.markets
        self._candles = sources.candles
        self._depth_of = sources.depth_of
        self._pool = sources.pool
        self._clock = sources.clock
        self._words = words
        self._metrics = metrics
        self._tickers = TickersChannel()
        self._books: dict[MarketId, BookChannel] = {}
        self._updates: dict[MarketId, UpdateChannel] = {}
        self._trades: dict[MarketId, TradesChannel] = {}
        self._candle_channels: dict[tuple[MarketId, int], CandlesChannel] = {}
        self._dirty: set[MarketId] = set()
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()
        self._figures: dict[MarketId, Ticker] = {}
        metrics.subscriptions = self.subscriptions

    def channel(self, name: PublicName) -> Channel | None:
        """The channel of a name; None where there is no such market for the public."""
        if name.kind is Kind.TICKERS:
            if not self._tickers.subscribers:
                self._wanted.set()
            return self._tickers
        digits = self._markets.readable(name.market)
        if digits is None:
            return None
        market = digits.market
        match name.kind:
            case Kind.TRADES:
                return self._trades.setdefault(market, TradesChannel(digits))
            case Kind.BOOK:
                return self._books.setdefault(market, BookChannel(digits, lambda: self._depth(market)))
            case Kind.UPDATE:
                now_s = asyncio.get_running_loop().time
                return self._updates.setdefault(market, UpdateChannel(digits, lambda: self._depth(market), now_s))
            case Kind.CANDLES:
                fresh = CandlesChannel(digits, name.period, self._candles, self._now_s)
                return self._candle_channels.setdefault((market, name.period), fresh)

    def take(self, records: Iterable[Record]) -> None:
        """Note what the records change; the books contain them already."""
        for record in records:
            for event in record.events:
                if isinstance(event, TradeExecuted):
                    self._dirty.add(event.market)
                    self._candles.add(record.seq, record.at_ns, event)
                    trades = self._trades.get(event.market)
                    if trades is not None:
                        trades.add(record.at_ns, event)
                elif isinstance(event, _MOVES_BOOK):
                    self._dirty.add(event.market)
                elif isinstance(event, _RULES):
                    self._markets.learn((event,))
            self._metrics.seq = record.seq
        if self._dirty:
            self._changed.set()

    async def run(self) -> None:
        """Send until canceled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_books(), name="stream books")
            group.create_task(self._run_candles(), name="stream candles")
            group.create_task(self._run_tickers(), name="stream tickers")

    def subscriptions(self) -> dict[str, int]:
        """How many by kind."""
        counts = Counter({Kind.TICKERS.value: len(self._tickers.subscribers)})
        channels: list[tuple[Kind, Iterable[Channel]]] = [
            (Kind.BOOK, self._books.values()),
            (Kind.UPDATE, self._updates.values()),
            (Kind.TRADES, self._trades.values()),
            (Kind.CANDLES, self._candle_channels.values()),
        ]
        for kind, of_kind in channels:
            counts[kind.value] = sum(len(channel.subscribers) for channel in of_kind)
        return dict(counts)

    async def _run_books(self) -> None:
        loop, pause_s = asyncio.get_running_loop(), self._settings.flush_ms / 1_000
        while True:
            await self._changed.wait()
            self._changed.clear()
            began_s = loop.time()
            await self._flush()
            took_s = loop.time() - began_s
            self._metrics.flushes += 1
            self._metrics.flush_s += took_s
            await asyncio.sleep(max(0.0, pause_s - took_s))

    async def _flush(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for market in dirty:
            update = self._updates.get(market)
            if update is not None and update.subscribers and update.waits():
                self._dirty.add(market)
                self._changed.set()
            for channel in (self._books.get(market), self._trades.get(market), update):
                if channel is not None and channel.subscribers and channel.advance():
                    await self._send(channel)

    async def _send(self, channel: Channel) -> None:
        """The step to the present version, or what somebody needs instead of it, to all subscribers."""
        before, now = channel.version - 1, channel.version
        steps: dict[bool, bytes] = {}
        subscribers = channel.subscribers
        for number, subscriber in enumerate(tuple(subscribers), 1):
            seen = subscribers.get(subscriber)
            if seen is not None and seen != now and not subscriber.lags():
                if seen == before:
                    nested = subscriber.nested
                    frames = steps.get(nested)
                    if frames is None:
                        frames = steps[nested] = channel.step(nested=nested)
                    subscriber.write(frames)
                    subscribers[subscriber] = now
                else:
                    channel.send_missed(subscriber)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    async def _run_candles(self) -> None:
        while True:
            for key, candles in self._candles.fold().items():
                channel = self._candle_channels.get(key)
                if channel is not None:
                    channel.changed(candles)
            for channel in tuple(self._candle_channels.values()):
                if channel.subscribers and channel.advance():
                    await self._send(channel)
            await asyncio.sleep(CANDLES_EVERY_S)

    async def _run_tickers(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICKERS_EVERY_S):
                    await self._wanted.wait()
            # Whoever comes while nobody listens would otherwise see what was true when the last one left.
            if self._wanted.is_set() or self._tickers.subscribers:
                self._wanted.clear()
                await self._show_tickers()

    async def _show_tickers(self) -> None:
        now_ns = self._clock.now_ns()
        try:
            figures = await tickers(self._pool, now_ns)
        except LOST as error:
            log.warning("tickers_unavailable", error=repr(error))
            return
        if _without_times(figures) != _without_times(self._figures) or not self._figures:
            self._figures = figures
            idle = Ticker(now_ns // _NS_PER_S, 0, 0, 0, 0, 0, 0, 0)
            listed = self._markets.listed()
            self._tickers.show(
                {digits.market: self._words.ticker(figures.get(digits.market, idle), digits) for digits in listed}
            )
            if self._tickers.advance():
                await self._send(self._tickers)

    def _depth(self, market: MarketId) -> Depth:
        return self._depth_of(market, self._settings.depth) or _EMPTY

    def _now_s(self) -> int:
        return self._clock.now_ns() // _NS_PER_S


def _without_times(figures: dict[MarketId, Ticker]) -> dict[MarketId, Ticker]:
    return {market: msgspec.structs.replace(ticker, at_s=0) for market, ticker in figures.items()}
