"""Candles of a market, with the idle intervals filled in.

Invariant: from a market's first trade on there is a candle for every interval up to now; one without trades repeats the
last close with volume 0. Limit: CANDLES_MAX at a time.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from pyxiu.core.types import MarketId
from pyxiu.projections.candles import PERIODS
from pyxiu.projections.connection import Reader, Row

CANDLES_MAX: Final = 10_000
_S_PER_MINUTE: Final = 60

_FIRST: Final = "SELECT min(start_s) FROM candles WHERE market = $1 AND period = $2"
#: The rows of the window and the one before it, whose close an idle beginning repeats.
_ROWS: Final = """
(SELECT * FROM candles WHERE market = $1 AND period = $2 AND start_s < $3 ORDER BY start_s DESC LIMIT 1)
UNION ALL
(SELECT * FROM candles WHERE market = $1 AND period = $2 AND start_s BETWEEN $3 AND $4 ORDER BY start_s)
"""


class Candle(msgspec.Struct, frozen=True):
    """Prices in ticks, `volume` in lots of base, `quote_volume` in the quote asset's units."""

    start_s: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    trades: int


class CandleWindow(msgspec.Struct, frozen=True):
    """With both times all candles that start between them, with only `from_s` the first `limit` from there, otherwise
    the last `limit`. Both times are included.
    """

    from_s: int | None = None
    to_s: int | None = None
    limit: int = 30


class Starts(NamedTuple):
    """Of the first and last interval to show; none if `last` is before `first`."""

    first: int
    last: int


async def candles(reader: Reader, market: MarketId, period: int, window: CandleWindow, now_s: int) -> list[Candle]:
    """The candles of a period (in minutes, one of PERIODS), oldest first, the running one included."""
    assert period in PERIODS, period
    first_ever = await reader.fetchval(_FIRST, market, period)
    if first_ever is None:
        return []
    step_s = period * _S_PER_MINUTE
    starts = starts_of(window, step_s, first_ever, now_s)
    if starts.last < starts.first:
        return []
    rows = await reader.fetch(_ROWS, market, period, *starts)
    return fill({row["start_s"]: candle_of_row(row) for row in rows}, starts, step_s)


def starts_of(window: CandleWindow, step_s: int, first_ever: int, now_s: int) -> Starts:
    """The intervals that a window asks for, between the first trade and now."""
    assert 1 <= window.limit <= CANDLES_MAX, window.limit
    last = _floor(now_s if window.to_s is None else min(window.to_s, now_s), step_s)
    first = first_ever
    if window.from_s is not None:
        first = max(first, -_floor(-window.from_s, step_s))
    if window.from_s is not None and window.to_s is not None:
        first = max(first, last - (CANDLES_MAX - 1) * step_s)
    elif window.from_s is not None:
        last = min(last, first + (window.limit - 1) * step_s)
    else:
        first = max(first, last - (window.limit - 1) * step_s)
    return Starts(first, last)


def fill(known: Mapping[int, Candle], starts: Starts, step_s: int) -> list[Candle]:
    """One candle per interval. `known` holds those with trades by start, and the last one before the window."""
    before = [start for start in known if start < starts.first]
    latest = known[max(before)] if before else None
    filled: list[Candle] = []
    for start in range(starts.first, starts.last + 1, step_s):
        candle = known.get(start)
        if candle is not None:
            latest = candle
        else:
            assert latest is not None, f"no candle at or before {start}"
            candle = Candle(start, latest.close, latest.close, latest.close, latest.close, 0, 0, 0)
        filled.append(candle)
    return filled


def _floor(at_s: int, step_s: int) -> int:
    return at_s - at_s % step_s


def candle_of_row(row: Row) -> Candle:
    return Candle(
        row["start_s"],
        row["open"],
        row["high"],
        row["low"],
        row["close"],
        int(row["volume"]),
        int(row["quote_volume"]),
        row["trades"],
    )
