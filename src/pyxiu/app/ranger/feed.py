"""From records and time to the messages of the websocket exchange.

    records   public.M.trades  private.UID.order  private.UID.trade  public.M.ob-inc
    time      public.M.ob-snap  public.M.kline-P  public.global.tickers

Invariant: after the messages of a batch a client that applied them has the books, orders and trades as of its last
record. Limit: markets that are hidden or disabled have no public messages.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

import msgspec

from pyxiu.app.ranger.books import DEPTH, RangerBook
from pyxiu.app.ranger.messages import TRADES_MAX, RangerMessage, encode, public
from pyxiu.app.ranger.orders import RangerOrders
from pyxiu.core.events import OrderAccepted, OrderCanceled, OrderDecremented, TradeExecuted
from pyxiu.core.interface import Depth
from pyxiu.core.outcomes import Record
from pyxiu.core.types import BUY, MarketId
from pyxiu.kit.clock import Clock
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.live import BookLevels
from pyxiu.projections.reads.candles import Candle
from pyxiu.projections.tickers import Ticker, tickers
from pyxiu.storage.database import Pool
from pyxiu.stream.channels.running_candles import RunningCandles
from pyxiu.stream.markets import MarketDigits, Markets
from pyxiu.stream.names import PERIOD_WORDS
from pyxiu.stream.payloads import PublicTrade, PublicTrades
from pyxiu.stream.ports import Words

_NS_PER_S: Final = 10**9
_MOVES_BOOK: Final = (OrderAccepted, OrderCanceled, OrderDecremented, TradeExecuted)
_EMPTY: Final = Depth([], [])


class RangerFeed:
    """`levels`, `markets` and `candles` as of the record before the first one that `of` is given."""

    def __init__(
        self, levels: BookLevels, markets: Markets, candles: RunningCandles, pool: Pool, words: Words, clock: Clock
    ) -> None:
        self._levels = levels
        self._markets = markets
        self._candles = candles
        self._pool = pool
        self._words = words
        self._clock = clock
        self._orders = RangerOrders(pool, markets, words)
        self._books: dict[MarketId, RangerBook] = {}
        self._figures: dict[MarketId, Ticker] = {}

    def catch_up(self, records: Sequence[Record]) -> None:
        """Take in records that were told before: by a relay before this one."""
        for record in records:
            self._learn(record)
        self._levels.apply(records)

    async def of(self, records: Sequence[Record]) -> list[RangerMessage]:
        """The messages of a batch."""
        told: list[RangerMessage] = []
        trades: dict[MarketId, list[PublicTrade]] = {}
        moved: dict[MarketId, None] = {}
        for record in records:
            self._learn(record)
            for event in record.events:
                if isinstance(event, TradeExecuted):
                    trades.setdefault(event.market, []).append(self._public_trade(record.at_ns, event))
                if isinstance(event, _MOVES_BOOK):
                    moved[event.market] = None
            told += await self._orders.of(record)
        self._levels.apply(records)
        for market, found in trades.items():
            if self._shown(market):
                for first in range(0, len(found), TRADES_MAX):
                    body = encode(PublicTrades(found[first : first + TRADES_MAX]))
                    told.append(public(market, "trades", body))
        for market in moved:
            if self._shown(market):
                told += self._book(market).changes()
        return told

    def snapshots(self, now_s: float, *, anew: bool = False) -> list[RangerMessage]:
        """What is due of the books; all of them if the listeners begin `anew`."""
        return [
            message
            for digits in self._listed()
            for message in self._book(digits.market).snapshot_if_due(now_s, anew=anew)
        ]

    def candles(self) -> list[RangerMessage]:
        """The candles that trades have changed since the last call, oldest first."""
        return [
            public(market, f"kline-{PERIOD_WORDS[period]}", self._candle(market, candle))
            for (market, period), changed in self._candles.fold().items()
            if self._shown(market)
            for candle in changed
        ]

    async def tickers(self) -> list[RangerMessage]:
        """All listed markets, if anything in them has changed. Raises what the database raises."""
        now_ns = self._clock.now_ns()
        figures = await tickers(self._pool, now_ns)
        if self._figures and _without_times(figures) == _without_times(self._figures):
            return []
        self._figures = figures
        idle = Ticker(now_ns // _NS_PER_S, 0, 0, 0, 0, 0, 0, 0)
        shown = {one.market: self._words.ticker(figures.get(one.market, idle), one) for one in self._listed()}
        return [public("global", "tickers", encode(shown))]

    def _learn(self, record: Record) -> None:
        self._markets.learn(record.events)
        for event in record.events:
            if isinstance(event, TradeExecuted):
                self._candles.add(record.seq, record.at_ns, event)

    def _listed(self) -> Iterable[MarketDigits]:
        return [digits for digits in self._markets.listed() if self._markets.readable(digits.market)]

    def _shown(self, market: MarketId) -> bool:
        return self._markets.readable(market) is not None

    def _book(self, market: MarketId) -> RangerBook:
        book = self._books.get(market)
        if book is None:
            book = self._books[market] = RangerBook(self._markets[market], partial(self._depth, market))
        return book

    def _depth(self, market: MarketId) -> Depth:
        return self._levels.depth(market, DEPTH) or _EMPTY

    def _public_trade(self, at_ns: int, trade: TradeExecuted) -> PublicTrade:
        digits = self._markets[trade.market]
        return PublicTrade(
            trade.trade_id,
            "buy" if trade.taker_side is BUY else "sell",
            at_ns // _NS_PER_S,
            format_decimal(trade.price, digits.price_precision),
            format_decimal(trade.quantity, digits.amount_precision),
        )

    def _candle(self, market: MarketId, candle: Candle) -> bytes:
        digits = self._markets[market]
        prices = (candle.open, candle.high, candle.low, candle.close)
        texts = [format_decimal(price, digits.price_precision) for price in prices]
        return f"[{candle.start_s},{','.join(texts)},{format_decimal(candle.volume, digits.amount_precision)}]".encode()


def _without_times(figures: dict[MarketId, Ticker]) -> dict[MarketId, Ticker]:
    return {market: msgspec.structs.replace(ticker, at_s=0) for market, ticker in figures.items()}
