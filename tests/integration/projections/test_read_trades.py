"""Reading trades: everybody's of a market, a member's own half, an order's."""

import msgspec
import pytest

from pyxiu.core.events import TradeExecuted
from pyxiu.core.money import unpack
from pyxiu.core.types import MarketId, MemberId, OrderId, Side
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.orders import fold_orders
from pyxiu.projections.reads.paging import Page
from pyxiu.projections.reads.trades import (
    MemberTrade,
    PublicTrade,
    TradeFilter,
    public_trades,
    trades_of_member,
    trades_of_order,
)
from tests.support.commands import MARKETS, MEMBERS
from tests.support.projected import Projected
from tests.support.seeded import START_NS, SeededExchange

ALL = Page(1_000)
MIDDLE_NS = START_NS + 400 * 10**9


class Trades:
    """All trades ever, by the records, and each half of each."""

    def __init__(self, exchange: SeededExchange) -> None:
        chunk = Chunk(exchange.records, MarketAssets())
        self._orders = fold_orders(chunk)
        self.public = [self._public(trade, at_ns) for _, at_ns, trade in chunk.trades]
        self.taken = [(trade.taker, self._half(trade, at_ns, took=True)) for _, at_ns, trade in chunk.trades]
        self.made = [(trade.maker, self._half(trade, at_ns, took=False)) for _, at_ns, trade in chunk.trades]

    def of_member(self, member: MemberId, side: Side | None = None) -> list[MemberTrade]:
        """Newest first. Of a trade with itself a member sees the side it asks for, else the one that took."""
        halves = {half.trade_id: half for owner, half in self.made if owner == member and side in (None, half.side)}
        halves |= {half.trade_id: half for owner, half in self.taken if owner == member and side in (None, half.side)}
        return sorted(halves.values(), key=lambda half: -half.trade_id)

    def _public(self, trade: TradeExecuted, at_ns: int) -> PublicTrade:
        return PublicTrade(
            trade.trade_id,
            trade.market,
            trade.price,
            trade.quantity,
            trade.taker_side,
            unpack(trade.base_amount),
            unpack(trade.quote_amount),
            at_ns,
        )

    def _half(self, trade: TradeExecuted, at_ns: int, *, took: bool) -> MemberTrade:
        order_id = trade.taker_order_id if took else trade.maker_order_id
        order = self._orders[order_id].accepted
        assert order is not None
        fee = trade.buyer_fee if order.side is Side.BUY else trade.seller_fee
        public = self._public(trade, at_ns)
        return MemberTrade(
            **msgspec.structs.asdict(public),
            side=order.side,
            order_id=order_id,
            fee=unpack(fee),
            fee_ppm=order.taker_ppm if took else order.maker_ppm,
        )


@pytest.fixture(scope="session")
def trades(projected_exchange: SeededExchange) -> Trades:
    return Trades(projected_exchange)


@pytest.mark.parametrize("market", MARKETS)
async def test_public_trades_are_the_latest_of_a_market(market: MarketId, undone: Projected, trades: Trades) -> None:
    expected = [trade for trade in trades.public if trade.market == market][::-1]
    assert await public_trades(undone.connection, market, 1_000) == expected[:1_000]
    assert await public_trades(undone.connection, market, 3) == expected[:3]


@pytest.mark.parametrize("member", MEMBERS[:3])
@pytest.mark.parametrize("side", [None, Side.BUY, Side.SELL])
async def test_a_member_sees_its_half_of_each_trade_once(
    member: MemberId, side: Side | None, undone: Projected, trades: Trades
) -> None:
    found = await trades_of_member(undone.connection, member, TradeFilter(side=side), ALL)
    assert found == trades.of_member(member, side)[: ALL.limit]
    assert found


async def test_a_trade_with_itself_is_seen_from_the_side_that_is_asked_for(undone: Projected, trades: Trades) -> None:
    own = {half.trade_id for (taker, half), (maker, _) in zip(trades.taken, trades.made, strict=True) if taker == maker}
    assert own, "the run has trades without self-trade prevention"
    for side in Side:
        sides = {half.side for half in trades.of_member(MEMBERS[0], side)}
        assert sides == {side}


@pytest.mark.parametrize(
    "wanted",
    [
        TradeFilter(markets=(MarketId("btcusd"),)),
        TradeFilter(markets=(MarketId("ethbtc"), MarketId("adausd"))),
        TradeFilter(markets=()),
        TradeFilter(from_ns=MIDDLE_NS),
        TradeFilter(to_ns=MIDDLE_NS),
        TradeFilter(markets=(MarketId("btcusd"),), side=Side.SELL, from_ns=MIDDLE_NS, to_ns=MIDDLE_NS + 300 * 10**9),
    ],
    ids=str,
)
async def test_filters_narrow_a_members_trades(wanted: TradeFilter, undone: Projected, trades: Trades) -> None:
    expected = [
        half
        for half in trades.of_member(MEMBERS[0], wanted.side)
        if (wanted.markets is None or half.market in wanted.markets)
        and (wanted.from_ns is None or half.executed_ns >= wanted.from_ns)
        and (wanted.to_ns is None or half.executed_ns < wanted.to_ns)
    ]
    assert await trades_of_member(undone.connection, MEMBERS[0], wanted, ALL) == expected[: ALL.limit]


async def test_pages_of_both_halves_follow_each_other(undone: Projected, trades: Trades) -> None:
    expected = trades.of_member(MEMBERS[0])
    for newest_first in (True, False):
        found: list[MemberTrade] = []
        for number in range(1, len(expected) // 30 + 3):
            page = Page(30, number)
            found += await trades_of_member(undone.connection, MEMBERS[0], page=page, newest_first=newest_first)
        assert found == (expected if newest_first else expected[::-1])


async def test_the_trades_of_an_order_are_oldest_first(undone: Projected, trades: Trades) -> None:
    halves = [half for _, half in sorted(trades.taken + trades.made, key=lambda pair: pair[1].trade_id)]
    busiest = max({half.order_id for half in halves}, key=[half.order_id for half in halves].count)
    expected = [half for half in halves if half.order_id == busiest]
    assert len(expected) > 1
    assert await trades_of_order(undone.connection, busiest) == expected
    assert await trades_of_order(undone.connection, OrderId(10**9)) == []
