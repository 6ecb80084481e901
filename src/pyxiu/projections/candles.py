"""The `candles` table: open, high, low, close and volume per market and period, from trades alone.

Invariant: a candle is a function of the trades in its interval, so one rebuilt equals one made live. Intervals start at
multiples of the period since the epoch, in UTC: a week starts on Thursday, as the epoch did. Limit: intervals without a
trade have no row; reading fills them.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from pyxiu.core.events import TradeExecuted
from pyxiu.core.money import unpack
from pyxiu.core.types import MarketId
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection
from pyxiu.projections.writing import expect_rows, rows_of

TABLE: Final = "candles"
#: In minutes.
PERIODS: Final = (1, 5, 15, 30, 60, 120, 240, 360, 720, 1440, 4320, 10080)

_NS_PER_S: Final = 10**9
_S_PER_MINUTE: Final = 60

_UPSERT: Final = """
INSERT INTO candles AS c (market, period, start_s, open, high, low, close, volume, quote_volume, trades,
                          first_trade_id, last_trade_id)
SELECT market, period, start_s, open, high, low, close, volume::numeric, quote_volume::numeric, trades,
       first_trade_id, last_trade_id
FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[])
    AS d(market, period, start_s, open, high, low, close, volume, quote_volume, trades, first_trade_id, last_trade_id)
ON CONFLICT (market, period, start_s) DO UPDATE SET
    high = greatest(c.high, excluded.high),
    low = least(c.low, excluded.low),
    close = excluded.close,
    volume = c.volume + excluded.volume,
    quote_volume = c.quote_volume + excluded.quote_volume,
    trades = c.trades + excluded.trades,
    last_trade_id = excluded.last_trade_id
"""


class Interval(NamedTuple):
    market: MarketId
    period: int
    start_s: int


class CandleChange(msgspec.Struct, gc=False):
    """Prices in ticks, volume in lots of base, quote volume in the quote asset's units."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    trades: int
    first_trade_id: int
    last_trade_id: int

    def extend(self, later: "CandleChange") -> None:
        """Add what came after it."""
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.quote_volume += later.quote_volume
        self.trades += later.trades
        self.last_trade_id = later.last_trade_id


def start_of(at_s: int, period: int) -> int:
    """The start, in unix seconds, of the interval of `period` minutes that `at_s` lies in."""
    return at_s - at_s % (period * _S_PER_MINUTE)


def fold_candles(trades: Iterable[tuple[int, int, TradeExecuted]]) -> dict[Interval, CandleChange]:
    """The change of every candle of every period. Minutes first, the longer periods from the minutes."""
    minutes: dict[tuple[MarketId, int], CandleChange] = {}
    for _, at_ns, trade in trades:
        key = (trade.market, start_of(at_ns // _NS_PER_S, 1))
        change = _of_trade(trade)
        if key in minutes:
            minutes[key].extend(change)
        else:
            minutes[key] = change
    candles: dict[Interval, CandleChange] = {}
    for period in PERIODS:
        for (market, minute_s), change in minutes.items():
            interval = Interval(market, period, start_of(minute_s, period))
            if interval in candles:
                candles[interval].extend(change)
            else:
                candles[interval] = msgspec.structs.replace(change)
    return candles


def _of_trade(trade: TradeExecuted) -> CandleChange:
    price, trade_id = trade.price, trade.trade_id
    quote = unpack(trade.quote_amount)
    return CandleChange(price, price, price, price, trade.quantity, quote, 1, trade_id, trade_id)


async def project_candles(connection: Connection, chunk: Chunk) -> None:
    """Extend the candles that the chunk's trades fall into."""
    candles = fold_candles(chunk.trades)
    if not candles:
        return
    changes = candles.values()
    tag = await connection.execute(
        _UPSERT,
        [interval.market for interval in candles],
        [interval.period for interval in candles],
        [interval.start_s for interval in candles],
        [change.open for change in changes],
        [change.high for change in changes],
        [change.low for change in changes],
        [change.close for change in changes],
        [str(change.volume) for change in changes],
        [str(change.quote_volume) for change in changes],
        [change.trades for change in changes],
        [change.first_trade_id for change in changes],
        [change.last_trade_id for change in changes],
    )
    expect_rows(rows_of(tag), len(candles), TABLE)
