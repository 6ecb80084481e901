"""Reading orders: every filter, page and order as the reference has them."""

from collections.abc import Callable

import pytest

from pyxiu.core.money import pack
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import AssetId, MarketId, MemberId, OrderId, OrderKind, OrderStatus, Side
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.orders import OrderChange, fold_orders
from pyxiu.projections.reads.orders import (
    OrderFilter,
    book_orders,
    order_by_client_id,
    order_by_id,
    orders_of_member,
)
from pyxiu.projections.reads.paging import Page
from tests.support.commands import MARKETS, MEMBERS
from tests.support.projected import Projected
from tests.support.seeded import START_NS, SeededExchange

BUSY = MEMBERS[0]
BTCUSD, ETHBTC = MarketId("btcusd"), MarketId("ethbtc")
#: In the middle of the run.
MIDDLE_NS = START_NS + 400 * 10**9
ALL = Page(1_000)


@pytest.fixture(scope="session")
def orders(projected_exchange: SeededExchange) -> list[OrderState]:
    """All orders ever, by the records."""
    changes = fold_orders(Chunk(projected_exchange.records, MarketAssets()))
    return [state_of(change) for change in changes.values()]


def state_of(change: OrderChange) -> OrderState:
    order = change.accepted
    assert order is not None
    return OrderState(
        order.order_id,
        order.member,
        order.market,
        order.side,
        order.kind,
        change.status,
        order.price,
        order.quantity,
        change.remaining,
        change.filled,
        pack(change.filled_quote),
        change.trades_count,
        order.maker_ppm,
        order.taker_ppm,
        order.time_in_force,
        order.post_only,
        order.stp,
        order.key,
        change.created_ns,
        change.updated_ns,
        change.cancel_reason,
    )


def latest_first(orders: list[OrderState]) -> list[OrderState]:
    return sorted(orders, key=lambda order: (order.updated_ns, order.order_id), reverse=True)


FILTERS: list[tuple[OrderFilter, Callable[[OrderState], bool]]] = [
    (OrderFilter(), lambda _: True),
    (OrderFilter(markets=(BTCUSD,)), lambda order: order.market == BTCUSD),
    (OrderFilter(markets=(BTCUSD, ETHBTC)), lambda order: order.market in (BTCUSD, ETHBTC)),
    (OrderFilter(markets=()), lambda _: False),
    (OrderFilter(base=AssetId("eth")), lambda order: order.market == ETHBTC),
    (OrderFilter(quote=AssetId("usd")), lambda order: order.market in ("btcusd", "adausd")),
    (OrderFilter(base=AssetId("btc"), quote=AssetId("usd")), lambda order: order.market == BTCUSD),
    (OrderFilter(base=AssetId("usd")), lambda _: False),
    (OrderFilter(statuses=(OrderStatus.OPEN,)), lambda order: order.status is OrderStatus.OPEN),
    (OrderFilter(statuses=(OrderStatus.FILLED,)), lambda order: order.status is OrderStatus.FILLED),
    (
        OrderFilter(statuses=(OrderStatus.OPEN, OrderStatus.CANCELED)),
        lambda order: order.status is not OrderStatus.FILLED,
    ),
    (OrderFilter(statuses=()), lambda _: False),
    (OrderFilter(kind=OrderKind.MARKET), lambda order: order.kind is OrderKind.MARKET),
    (OrderFilter(side=Side.SELL), lambda order: order.side is Side.SELL),
    (OrderFilter(from_ns=MIDDLE_NS), lambda order: order.created_ns >= MIDDLE_NS),
    (OrderFilter(to_ns=MIDDLE_NS), lambda order: order.created_ns < MIDDLE_NS),
    (
        OrderFilter((BTCUSD,), None, None, (OrderStatus.CANCELED,), OrderKind.LIMIT, Side.BUY, 0, 2 * START_NS),
        lambda order: (
            order.market == BTCUSD
            and order.status is OrderStatus.CANCELED
            and order.kind is OrderKind.LIMIT
            and order.side is Side.BUY
        ),
    ),
]


@pytest.mark.parametrize(("wanted", "fits"), FILTERS, ids=[str(number) for number in range(len(FILTERS))])
async def test_filters_narrow_a_members_orders(
    wanted: OrderFilter, fits: Callable[[OrderState], bool], undone: Projected, orders: list[OrderState]
) -> None:
    expected = latest_first([order for order in orders if order.member == BUSY and fits(order)])[: ALL.limit]
    assert await orders_of_member(undone.connection, BUSY, wanted, ALL) == expected
    assert expected or wanted in (OrderFilter(markets=()), OrderFilter(base=AssetId("usd")), OrderFilter(statuses=()))


async def test_orders_are_sorted_by_last_change_in_either_direction(
    undone: Projected, orders: list[OrderState]
) -> None:
    expected = latest_first([order for order in orders if order.member == MEMBERS[1]])
    assert await orders_of_member(undone.connection, MEMBERS[1], page=ALL) == expected
    assert await orders_of_member(undone.connection, MEMBERS[1], page=ALL, newest_first=False) == expected[::-1]


async def test_pages_follow_each_other(undone: Projected, orders: list[OrderState]) -> None:
    expected = latest_first([order for order in orders if order.member == BUSY])
    found = []
    for number in range(1, len(expected) // 70 + 3):
        found += await orders_of_member(undone.connection, BUSY, page=Page(70, number))
    assert found == expected
    assert await orders_of_member(undone.connection, BUSY, page=Page(0)) == []


async def test_a_member_without_orders_has_none(undone: Projected) -> None:
    assert await orders_of_member(undone.connection, MemberId("nobody")) == []


async def test_an_order_is_found_by_its_id_and_only_by_its_owner(undone: Projected, orders: list[OrderState]) -> None:
    """T-69."""
    order = orders[100]
    other = next(member for member in MEMBERS if member != order.member)
    assert await order_by_id(undone.connection, order.order_id) == order
    assert await order_by_id(undone.connection, order.order_id, order.member) == order
    assert await order_by_id(undone.connection, order.order_id, other) is None
    assert await order_by_id(undone.connection, OrderId(10**9)) is None


async def test_the_latest_order_of_a_client_order_id_is_found(undone: Projected, orders: list[OrderState]) -> None:
    keyed = [order for order in orders if order.key]
    assert keyed
    for order in keyed[-20:]:
        latest = [each for each in keyed if (each.member, each.key) == (order.member, order.key)][-1]
        assert await order_by_client_id(undone.connection, order.member, order.key) == latest
        assert await order_by_client_id(undone.connection, MemberId("nobody"), order.key) is None


@pytest.mark.parametrize("market", MARKETS)
async def test_a_side_of_the_book_is_best_first_then_oldest(
    market: MarketId, undone: Projected, orders: list[OrderState]
) -> None:
    standing = [order for order in orders if order.market == market and order.status is OrderStatus.OPEN]
    bids = sorted((o for o in standing if o.side is Side.BUY), key=lambda order: (-order.price, order.order_id))
    asks = sorted((o for o in standing if o.side is Side.SELL), key=lambda order: (order.price, order.order_id))
    assert await book_orders(undone.connection, market, Side.BUY, 1_000) == bids
    assert await book_orders(undone.connection, market, Side.SELL, 1_000) == asks
    assert await book_orders(undone.connection, market, Side.SELL, 2) == asks[:2]


async def test_an_order_that_is_read_is_the_order_that_was_answered(undone: Projected) -> None:
    """Canceling is an order's last change, so its answer is what a read gives from then on."""
    canceled = [
        outcome.order
        for outcome in undone.exchange.outcomes
        if outcome.order and outcome.order.cancel_reason and not outcome.replayed
    ]
    assert len(canceled) > 50
    for order in canceled:
        assert await order_by_id(undone.connection, order.order_id) == order


async def test_open_orders_of_a_member_are_read_through_their_own_index(undone: Projected) -> None:
    """A member may have a million closed orders; those are not to be walked."""
    await undone.connection.execute("SET LOCAL enable_seqscan = off")
    plan = await undone.connection.fetch(
        "EXPLAIN SELECT * FROM orders WHERE member = 'm00' AND status = 1 ORDER BY updated_ns DESC, id DESC LIMIT 100"
    )
    assert "orders_open_of_member" in str(plan)
