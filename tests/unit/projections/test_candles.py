"""Candles are a function of the trades in their interval (E-12, T-82)."""

from datetime import UTC, datetime

import pytest

from pyxiu.core.money import unpack
from pyxiu.projections.candles import PERIODS, CandleChange, Interval, fold_candles, start_of
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.reads.candles import CANDLES_MAX, Candle, CandleWindow, Starts, fill, starts_of
from tests.support.seeded import SeededExchange


@pytest.fixture(scope="module")
def exchange() -> SeededExchange:
    exchange = SeededExchange(seed=13)
    exchange.run(4_000)
    return exchange


def naive(chunk: Chunk) -> dict[Interval, CandleChange]:
    """Each candle on its own, from all its trades."""
    found: dict[Interval, CandleChange] = {}
    for period in PERIODS:
        for _, at_ns, trade in chunk.trades:
            start_s = at_ns // (60 * period * 10**9) * 60 * period
            inside = [
                other
                for _, other_ns, other in chunk.trades
                if other.market == trade.market and start_s * 10**9 <= other_ns < (start_s + 60 * period) * 10**9
            ]
            found[Interval(trade.market, period, start_s)] = CandleChange(
                open=inside[0].price,
                high=max(other.price for other in inside),
                low=min(other.price for other in inside),
                close=inside[-1].price,
                volume=sum(other.quantity for other in inside),
                quote_volume=sum(unpack(other.quote_amount) for other in inside),
                trades=len(inside),
                first_trade_id=inside[0].trade_id,
                last_trade_id=inside[-1].trade_id,
            )
    return found


def test_folded_candles_equal_a_naive_recomputation(exchange: SeededExchange) -> None:
    """E-12."""
    chunk = Chunk(exchange.records[:700], MarketAssets())
    assert len(chunk.trades) > 100
    assert fold_candles(chunk.trades) == naive(chunk)


def test_candles_folded_in_parts_and_extended_are_the_same(exchange: SeededExchange) -> None:
    """T-82."""
    trades = Chunk(exchange.records, MarketAssets()).trades
    extended: dict[Interval, CandleChange] = {}
    for start in range(0, len(trades), 37):
        for interval, change in fold_candles(trades[start : start + 37]).items():
            if interval in extended:
                extended[interval].extend(change)
            else:
                extended[interval] = change
    assert extended == fold_candles(trades)


@pytest.mark.parametrize(
    ("period", "start"),
    [
        (1, "2023-11-14 22:13"),
        (60, "2023-11-14 22:00"),
        (1440, "2023-11-14 00:00"),
        (4320, "2023-11-13 00:00"),
        (10080, "2023-11-09 00:00"),  # a Thursday, as the epoch
    ],
)
def test_intervals_start_at_multiples_of_the_period_since_the_epoch(period: int, start: str) -> None:
    at = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert f"{datetime.fromtimestamp(start_of(int(at.timestamp()), period), UTC):%Y-%m-%d %H:%M}" == start


# The first trade was in minute 10, now is in minute 99; times below are minutes.
FIRST, NOW = 10, 99


@pytest.mark.parametrize(
    ("window", "starts"),
    [
        (CandleWindow(limit=30), (70, 99)),
        (CandleWindow(limit=200), (10, 99)),
        (CandleWindow(to_s=50 * 60, limit=5), (46, 50)),
        (CandleWindow(to_s=50 * 60 + 59, limit=5), (46, 50)),
        (CandleWindow(to_s=500 * 60, limit=5), (95, 99)),
        (CandleWindow(from_s=50 * 60, limit=5), (50, 54)),
        (CandleWindow(from_s=50 * 60 + 1, limit=5), (51, 55)),
        (CandleWindow(from_s=0, limit=5), (10, 14)),
        (CandleWindow(from_s=97 * 60, limit=5), (97, 99)),
        (CandleWindow(from_s=20 * 60, to_s=90 * 60, limit=5), (20, 90)),
        (CandleWindow(from_s=0, to_s=900 * 60, limit=5), (10, 99)),
    ],
)
def test_both_times_ignore_the_limit_one_time_takes_the_first_none_the_last(
    window: CandleWindow, starts: tuple[int, int]
) -> None:
    found = starts_of(window, 60, FIRST * 60, NOW * 60 + 30)
    assert (found.first / 60, found.last / 60) == starts


@pytest.mark.parametrize(
    "window",
    [CandleWindow(to_s=9 * 60), CandleWindow(from_s=100 * 60), CandleWindow(from_s=60 * 60, to_s=59 * 60)],
)
def test_a_window_without_an_interval_is_empty(window: CandleWindow) -> None:
    found = starts_of(window, 60, FIRST * 60, NOW * 60 + 30)
    assert found.last < found.first


def test_a_window_of_both_times_is_bounded() -> None:
    found = starts_of(CandleWindow(from_s=0, to_s=10**9), 60, 0, 10**9)
    assert (found.last - found.first) // 60 + 1 == CANDLES_MAX
    assert found.last == 10**9 // 60 * 60


def test_idle_intervals_repeat_the_last_close_with_volume_0() -> None:
    known = {60: candle(60, close=7), 180: candle(180, close=9)}
    assert fill(known, Starts(60, 300), 60) == [
        candle(60, close=7),
        idle(120, 7),
        candle(180, close=9),
        idle(240, 9),
        idle(300, 9),
    ]


def test_an_idle_beginning_repeats_the_close_before_the_window() -> None:
    assert fill({60: candle(60, close=7)}, Starts(240, 300), 60) == [idle(240, 7), idle(300, 7)]


def candle(start_s: int, close: int) -> Candle:
    return Candle(start_s, 5, 11, 4, close, 100, 1_000, 3)


def idle(start_s: int, close: int) -> Candle:
    return Candle(start_s, close, close, close, close, 0, 0, 0)
