"""Reading candles, tickers, balances, holds and rules."""

import pytest

from pyxiu.core import codec
from pyxiu.core.events import FeeSchedulePut, HoldPlaced, MemberPut, TradeExecuted
from pyxiu.core.machine import PythonCore
from pyxiu.core.money import unpack
from pyxiu.core.types import AssetId, HoldId, MarketId, MemberId
from pyxiu.projections.candles import PERIODS
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.reads.accounts import balance, balances, balances_at, hold, open_holds
from pyxiu.projections.reads.candles import Candle, CandleWindow, candles
from pyxiu.projections.reads.markets import assets, fee_rules, markets, member
from pyxiu.projections.tickers import WINDOW_S, Ticker, tickers
from tests.support.commands import MARKETS, MEMBERS
from tests.support.projected import Projected
from tests.support.seeded import START_NS, SeededExchange

BTCUSD = MarketId("btcusd")
START_S = START_NS // 10**9
NS = 10**9

Trade = tuple[int, TradeExecuted]


@pytest.fixture(scope="session")
def trades(projected_exchange: SeededExchange) -> list[Trade]:
    """(at_s, trade) of all trades ever."""
    chunk = Chunk(projected_exchange.records, MarketAssets())
    return [(at_ns // NS, trade) for _, at_ns, trade in chunk.trades]


def naive_candles(trades: list[Trade], market: MarketId, period: int, until_s: int) -> list[Candle]:
    """Every interval from the first trade to `until_s`, each from its own trades."""
    step, found, close = period * 60, [], 0
    own = [(at_s, trade) for at_s, trade in trades if trade.market == market]
    for start in range(own[0][0] // step * step, until_s + 1, step):
        inside = [trade for at_s, trade in own if start <= at_s < start + step]
        if inside:
            prices = [trade.price for trade in inside]
            close = prices[-1]
            volume, quote = sum(t.quantity for t in inside), sum(unpack(t.quote_amount) for t in inside)
            found.append(Candle(start, prices[0], max(prices), min(prices), close, volume, quote, len(inside)))
        else:
            found.append(Candle(start, close, close, close, close, 0, 0, 0))
    return found


@pytest.mark.parametrize("period", PERIODS)
async def test_candles_equal_a_naive_recomputation(period: int, undone: Projected, trades: list[Trade]) -> None:
    """E-12: idle intervals repeat the last close."""
    now_s = START_S + 3_600
    expected = naive_candles(trades, BTCUSD, period, now_s)
    found = await candles(undone.connection, BTCUSD, period, CandleWindow(limit=1_000), now_s)
    assert found == expected
    assert found[-1].start_s <= now_s < found[-1].start_s + period * 60
    if period == 1:
        assert {candle.trades == 0 for candle in found} == {True, False}


async def test_windows_of_candles(undone: Projected, trades: list[Trade]) -> None:
    now_s = START_S + 3_600
    whole = naive_candles(trades, BTCUSD, 1, now_s)
    at = [candle.start_s for candle in whole]

    async def read(window: CandleWindow) -> list[Candle]:
        return await candles(undone.connection, BTCUSD, 1, window, now_s)

    assert await read(CandleWindow(limit=7)) == whole[-7:]
    assert await read(CandleWindow(from_s=at[9], limit=7)) == whole[9:16]
    assert await read(CandleWindow(to_s=at[20], limit=7)) == whole[14:21]
    assert await read(CandleWindow(from_s=at[5], to_s=at[40], limit=7)) == whole[5:41]
    assert await read(CandleWindow(from_s=at[-1] + 1)) == []
    assert await read(CandleWindow(to_s=at[0] - 1)) == []


async def test_a_market_without_trades_has_no_candles(undone: Projected) -> None:
    assert await candles(undone.connection, MarketId("nosuch"), 60, CandleWindow(), START_S) == []


@pytest.mark.parametrize("hours", [0.2, 12, 23.99, 24.2, 100])
async def test_tickers_slide_over_24_hours_by_the_minute(hours: float, undone: Projected, trades: list[Trade]) -> None:
    now_s = START_S + int(hours * 3600) + 17
    first_s = (now_s - WINDOW_S) // 60 * 60 + 60
    found = await tickers(undone.connection, now_s * NS)
    assert set(found) == set(MARKETS)
    for market in MARKETS:
        # The table knows the future of this `now`, as the clock of a reader may be a little behind.
        own = [trade for at_s, trade in trades if trade.market == market]
        inside = [trade for at_s, trade in trades if trade.market == market and at_s >= first_s]
        prices = [trade.price for trade in inside]
        assert found[market] == Ticker(
            at_s=now_s,
            open=prices[0] if prices else 0,
            high=max(prices, default=0),
            low=min(prices, default=0),
            last=own[-1].price,
            volume=sum(trade.quantity for trade in inside),
            quote_volume=sum(unpack(trade.quote_amount) for trade in inside),
            trades=len(inside),
        )


async def test_balances_are_the_cores(undone: Projected) -> None:
    for owner in (*MEMBERS, MemberId("@revenue"), MemberId("@external")):
        expected = {view for view in undone.core.accounts(owner) if view.available or view.held}
        found = await balances(undone.connection, owner)
        assert {view for view in found if view.available or view.held} == expected
        assert [view.asset for view in found] == sorted(view.asset for view in found)
        for view in found:
            assert await balance(undone.connection, owner, view.asset) == view
    assert await balances(undone.connection, MemberId("nobody")) == []
    assert await balance(undone.connection, MEMBERS[0], AssetId("nosuch")) is None


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 1.0])
async def test_balances_at_any_record_are_those_of_a_core_that_stops_there(part: float, undone: Projected) -> None:
    """I-5."""
    seq = int(undone.core.seq * part)
    core = PythonCore()
    core.replay(codec.encode_records(undone.records[:seq]))
    expected = {view for view in core.accounts() if view.available or view.held}
    found = await balances_at(undone.connection, seq)
    assert {view for view in found if view.available or view.held} == expected
    own = await balances_at(undone.connection, seq, MEMBERS[0])
    assert own == [view for view in found if view.owner == MEMBERS[0]]


async def test_holds_are_the_cores(undone: Projected) -> None:
    open_ones = {view.hold_id: view for view in undone.core.holds()}
    assert open_ones
    for member_id in MEMBERS:
        found = await open_holds(undone.connection, member_id)
        assert set(found) == {view for view in open_ones.values() if view.member == member_id}
    placed = [e.hold_id for record in undone.records for e in record.events if isinstance(e, HoldPlaced)]
    closed = next(hold_id for hold_id in placed if hold_id not in open_ones)
    view = await hold(undone.connection, closed)
    assert view is not None
    assert view.remaining == 0
    assert view.created == view.spent + view.released
    assert await hold(undone.connection, HoldId("nosuch")) is None


async def test_rules_are_the_cores(undone: Projected) -> None:
    assert await assets(undone.connection) == undone.core.assets()
    assert await markets(undone.connection) == {view.market: view for view in undone.core.markets()}
    events = [event for record in undone.records for event in record.events]
    last_rules = [event.rules for event in events if isinstance(event, FeeSchedulePut)][-1]
    assert await fee_rules(undone.connection) == sorted(last_rules, key=lambda rule: (rule.group, rule.market))
    last_put = [event for event in events if isinstance(event, MemberPut) and event.member == MEMBERS[0]][-1]
    found = await member(undone.connection, MEMBERS[0])
    assert found is not None
    assert (found.group, found.enabled) == (last_put.group, last_put.enabled)
    assert await member(undone.connection, MemberId("nobody")) is None
