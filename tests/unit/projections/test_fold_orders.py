"""What a chunk does to orders and holds, folded (E-4, I-8)."""

import pytest

from pyxiu.core.types import OrderStatus
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.holds import HoldChange, fold_holds
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.orders import OrderChange, fold_orders
from tests.support.seeded import SeededExchange


@pytest.fixture(scope="module")
def exchange() -> SeededExchange:
    exchange = SeededExchange(seed=12)
    exchange.run(4_000)
    return exchange


def test_orders_folded_over_everything_are_those_of_the_core(exchange: SeededExchange) -> None:
    changes = fold_orders(Chunk(exchange.records, MarketAssets()))
    open_orders = {order.order_id: order for order in exchange.core.open_orders()}
    assert {order_id for order_id, change in changes.items() if change.status is OrderStatus.OPEN} == {*open_orders}
    for order_id, order in open_orders.items():
        change = changes[order_id]
        assert (change.remaining, change.filled, change.trades_count) == (
            order.remaining,
            order.filled,
            order.trades_count,
        )


def test_every_order_adds_up(exchange: SeededExchange) -> None:
    """E-4."""
    for change in fold_orders(Chunk(exchange.records, MarketAssets())).values():
        assert change.accepted is not None
        assert change.accepted.quantity == change.filled + change.remaining + change.decremented
        assert (change.status is OrderStatus.FILLED) == (change.remaining == 0)
        assert (change.status is OrderStatus.CANCELED) == (change.cancel_reason is not None)


@pytest.mark.parametrize("size", [1, 7, 400])
def test_an_order_may_live_through_any_number_of_chunks(exchange: SeededExchange, size: int) -> None:
    markets = MarketAssets()
    whole = fold_orders(Chunk(exchange.records, markets))
    summed: dict[int, OrderChange] = {}
    for start in range(0, len(exchange.records), size):
        for order_id, change in fold_orders(Chunk(exchange.records[start : start + size], markets)).items():
            if change.accepted is not None:
                assert order_id not in summed
                summed[order_id] = change
            else:
                add(summed[order_id], change)
    assert summed == whole


def add(order: OrderChange, change: OrderChange) -> None:
    """What the update in SQL does."""
    order.filled += change.filled
    order.filled_quote += change.filled_quote
    order.trades_count += change.trades_count
    order.decremented += change.decremented
    order.status, order.remaining, order.cancel_reason = change.status, change.remaining, change.cancel_reason
    order.updated_ns, order.seq = change.updated_ns, change.seq


def test_open_holds_are_those_of_the_core(exchange: SeededExchange) -> None:
    """I-8."""
    changes = fold_holds(Chunk(exchange.records, MarketAssets()))
    found = {hold_id: described(change) for hold_id, change in changes.items() if change.remaining}
    assert found == {
        hold.hold_id: (hold.created, hold.spent, hold.released, hold.remaining) for hold in exchange.core.holds()
    }


def described(change: HoldChange) -> tuple[int, int, int, int]:
    assert change.placed is not None
    created = int.from_bytes(change.placed.amount, "big")
    assert created == change.spent + change.released + change.remaining
    return created, change.spent, change.released, change.remaining
