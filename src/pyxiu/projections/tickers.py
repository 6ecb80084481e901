"""What happened in each market over the last 24 hours.

Invariant: a function of the candles. The window slides by the minute: it begins at the first full minute that is less
than 24 hours old and reaches to now. Whole hours are read as such, so that a ticker costs some 80 rows and not 1,440.
Limit: computed at each call; whoever serves many callers keeps the answer for a second.
"""

from typing import Final

import msgspec

from pyxiu.core.types import MarketId
from pyxiu.projections.connection import Reader

WINDOW_S: Final = 24 * 3600
_HOUR_S: Final = 3600
_NS_PER_S: Final = 10**9

# $1: start of the first minute, $2: start of the first whole hour.
_TICKERS: Final = """
WITH slices AS (
    SELECT * FROM candles WHERE period = 1 AND start_s >= $1 AND start_s < $2
    UNION ALL
    SELECT * FROM candles WHERE period = 60 AND start_s >= $2
), windows AS (
    SELECT market, max(high) AS high, min(low) AS low, sum(volume) AS volume, sum(quote_volume) AS quote_volume,
           sum(trades)::bigint AS trades, (array_agg(open ORDER BY first_trade_id))[1] AS open
    FROM slices GROUP BY market
)
SELECT m.market, w.open, w.high, w.low, w.volume, w.quote_volume, w.trades, last.close AS last
FROM proj_markets m
LEFT JOIN windows w USING (market)
LEFT JOIN LATERAL (
    SELECT close FROM candles c WHERE c.market = m.market AND c.period = 10080 ORDER BY start_s DESC LIMIT 1
) last ON true
"""


class Ticker(msgspec.Struct, frozen=True):
    """Prices in ticks, `volume` in lots of base, `quote_volume` in the quote asset's units.

    `last` is the price of the latest trade ever, 0 before the first; all else is 0 in a window without trades.
    The volume-weighted average price is `quote_volume / (volume * quote_lot)` ticks.
    """

    at_s: int
    open: int
    high: int
    low: int
    last: int
    volume: int
    quote_volume: int
    trades: int


async def tickers(reader: Reader, now_ns: int) -> dict[MarketId, Ticker]:
    """The ticker of every market."""
    now_s = now_ns // _NS_PER_S
    first_minute_s = (now_s - WINDOW_S) // 60 * 60 + 60
    first_hour_s = -(-first_minute_s // _HOUR_S) * _HOUR_S
    found = {}
    for row in await reader.fetch(_TICKERS, first_minute_s, first_hour_s):
        found[row["market"]] = Ticker(
            at_s=now_s,
            open=row["open"] or 0,
            high=row["high"] or 0,
            low=row["low"] or 0,
            last=row["last"] or 0,
            volume=int(row["volume"] or 0),
            quote_volume=int(row["quote_volume"] or 0),
            trades=row["trades"] or 0,
        )
    return found
