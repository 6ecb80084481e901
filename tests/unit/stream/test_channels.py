"""Trades, candles and tickers as channels, without sockets."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pyxiu.core.events import TradeExecuted
from pyxiu.core.money import ZERO
from pyxiu.core.types import MemberId, OrderId, Side, TradeId
from pyxiu.projections.candles import PERIODS, fold_candles
from pyxiu.stream.channels.candles import CandlesChannel
from pyxiu.stream.channels.running_candles import RunningCandles
from pyxiu.stream.channels.tickers import TickersChannel
from pyxiu.stream.channels.trades import KEPT, TradesChannel
from tests.support.frames import messages_in
from tests.unit.stream.digits import BTCUSD

DAY_S = 86_400
NS = 10**9


class Reader:
    nested = False

    def __init__(self) -> None:
        self.lagging = False
        self.messages: list[Any] = []

    def lags(self) -> bool:
        return self.lagging

    def write(self, frames: bytes) -> None:
        self.messages += messages_in(frames)


def traded(number: int, price: int = 100, lots: int = 10) -> TradeExecuted:
    nobody, order = MemberId("nobody"), OrderId(1)
    return TradeExecuted(
        TradeId(number),
        BTCUSD.market,
        price,
        lots,
        Side.BUY,
        order,
        order,
        nobody,
        nobody,
        0,
        0,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        0,
        0,
    )


trades = st.lists(
    st.tuples(st.integers(0, 3 * DAY_S), st.integers(1, 50), st.integers(1, 9), st.booleans()), max_size=60
)


@given(trades)
def test_t82_candles_folded_bit_by_bit_equal_those_of_all_trades_at_once(
    drawn: list[tuple[int, int, int, bool]],
) -> None:
    running = RunningCandles()
    facts = []
    for number, (at_s, price, lots, fold) in enumerate(sorted(drawn), 1):
        facts.append((number, at_s * NS, traded(number, price, lots)))
        running.add(*facts[-1])
        if fold:
            running.fold()
    running.fold()

    for interval, change in fold_candles(facts).items():
        latest = running.latest((interval.market, interval.period))
        assert latest is not None
        if latest.start_s == interval.start_s:
            assert (latest.open, latest.high, latest.low, latest.close, latest.volume, latest.trades) == (
                change.open,
                change.high,
                change.low,
                change.close,
                change.volume,
                change.trades,
            )
        else:
            assert latest.start_s > interval.start_s


def test_trades_of_records_that_are_in_the_table_already_are_not_counted_again() -> None:
    running = RunningCandles()
    running.begin(5, {})
    running.add(5, NS, traded(1))
    assert running.fold() == {}
    running.add(6, NS, traded(2))
    assert len(running.fold()) == len(PERIODS)


def test_a_candle_ends_before_the_next_begins_and_an_idle_one_repeats_the_close() -> None:
    now_s = 59
    running = RunningCandles()
    channel, reader = CandlesChannel(BTCUSD, 1, running, lambda: now_s), Reader()
    channel.subscribe(reader)
    assert reader.messages == []

    running.add(1, 58 * NS, traded(1, 100))
    running.add(2, 61 * NS, traded(2, 300))
    now_s = 61
    channel.changed(running.fold()[channel.key])
    assert channel.advance()
    assert [message["btcusd.kline-1m"][:5] for message in messages_in(channel.step(nested=False))] == [
        [0, 1.0, 1.0, 1.0, 1.0],
        [60, 3.0, 3.0, 3.0, 3.0],
    ]
    assert not channel.advance()

    now_s = 120
    assert channel.advance()
    assert messages_in(channel.step(nested=False)) == [{"btcusd.kline-1m": [120, 3.0, 3.0, 3.0, 3.0, 0.0]}]


def test_whoever_lags_gets_the_trades_since_its_last_one_as_far_as_they_are_kept() -> None:
    channel, slow, quick = TradesChannel(BTCUSD), Reader(), Reader()
    channel.subscribe(slow)
    channel.subscribe(quick)
    for number in range(1, 2 * KEPT):
        channel.add(NS, traded(number))
        channel.advance()
        quick.write(channel.step(nested=False))
    channel.send_missed(slow)

    told = [trade["tid"] for message in quick.messages for trade in message["btcusd.trades"]["trades"]]
    assert told == list(range(1, 2 * KEPT))
    (missed,) = slow.messages
    assert [trade["tid"] for trade in missed["btcusd.trades"]["trades"]] == told[-KEPT:]
    channel.send_missed(slow)
    assert len(slow.messages) == 1


def test_a_trade_that_was_not_sent_when_the_last_one_left_is_not_news_to_the_next() -> None:
    channel, first, second = TradesChannel(BTCUSD), Reader(), Reader()
    channel.subscribe(first)
    channel.add(NS, traded(1))
    channel.unsubscribe(first)
    channel.subscribe(second)
    assert not channel.advance()

    channel.add(3_600 * NS, traded(2))
    assert channel.advance()

    (told,) = messages_in(channel.step(nested=False))
    assert [trade["tid"] for trade in told["btcusd.trades"]["trades"]] == [2]
    assert second.messages == []


def test_tickers_are_sent_again_only_when_they_differ() -> None:
    channel, reader = TickersChannel(), Reader()
    channel.subscribe(reader)
    channel.show({"btcusd": 1})
    assert channel.advance()
    channel.show({"btcusd": 1})
    assert not channel.advance()
    channel.send_missed(reader)
    assert reader.messages == [{"global.tickers": {"btcusd": 1}}]
