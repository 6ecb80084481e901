"""Members' orders and trades for the websocket exchange, from the journal's records.

Invariant: an order that is told is as the record left it, or later; each half of a trade is told once. An order that is
not remembered is read from the projection, once that has reached the record. Limit: ORDERS_MAX orders are remembered.
"""

import asyncio
from collections import OrderedDict
from typing import Final

from pyxiu.app.ranger.messages import RangerMessage, private
from pyxiu.core.outcomes import OrderState, Record
from pyxiu.core.types import OrderId, OrderKind, OrderStatus
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.orders import OrderChange, fold_orders
from pyxiu.projections.reads.orders import order_by_id
from pyxiu.storage.database import Pool
from pyxiu.stream.markets import Markets
from pyxiu.stream.members.feed import accepted_order, changed_order, half_of
from pyxiu.stream.ports import Words

ORDERS_MAX: Final = 200_000
LOOK_AGAIN_S: Final = 0.05
_REACHED: Final = "SELECT seq FROM projection_cursors WHERE name = 'orders'"


class RangerOrders:
    """Feed it each record once, in order."""

    def __init__(self, pool: Pool, markets: Markets, words: Words) -> None:
        self._pool = pool
        self._markets = markets
        self._words = words
        #: With the last record that each contains.
        self._orders: OrderedDict[OrderId, tuple[int, OrderState]] = OrderedDict()

    async def of(self, record: Record) -> list[RangerMessage]:
        """Trades first, then the orders as they are after it."""
        chunk = Chunk((record,), self._markets.assets)
        touched = {
            order_id: await self._after(record.seq, order_id, change) for order_id, change in fold_orders(chunk).items()
        }
        told: list[RangerMessage] = []
        for _, at_ns, trade in chunk.trades:
            for uid, order_id, took in (
                (trade.maker, trade.maker_order_id, False),
                (trade.taker, trade.taker_order_id, True),
            ):
                half = half_of(trade, at_ns, touched[order_id], took=took)
                told.append(private(uid, "trade", self._words.trade(half, self._markets[trade.market])))
        # As ever: a market order is told of when it is done.
        shown = [one for one in touched.values() if one.kind is OrderKind.LIMIT or one.status is not OrderStatus.OPEN]
        return told + [
            private(order.member, "order", self._words.order(order, self._markets[order.market])) for order in shown
        ]

    async def _after(self, seq: int, order_id: OrderId, change: OrderChange) -> OrderState:
        if change.accepted is not None:
            order = accepted_order(change.accepted, change)
        else:
            known = self._orders.get(order_id)
            if known is None:
                known = await self._read(seq, order_id)
            contains, order = known
            if contains >= seq:
                return self._remember(order_id, contains, order)
            order = changed_order(order, change)
        return self._remember(order_id, seq, order)

    def _remember(self, order_id: OrderId, seq: int, order: OrderState) -> OrderState:
        self._orders[order_id] = (seq, order)
        self._orders.move_to_end(order_id)
        if order.status is not OrderStatus.OPEN:
            del self._orders[order_id]
        elif len(self._orders) > ORDERS_MAX:
            self._orders.popitem(last=False)
        return order

    async def _read(self, seq: int, order_id: OrderId) -> tuple[int, OrderState]:
        """The order as of a record, this one or a later one."""
        while True:
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                reached: int | None = await connection.fetchval(_REACHED)
                if reached is not None and reached >= seq:
                    order = await order_by_id(connection, order_id)
                    assert order is not None, f"order {order_id} is in the journal at {seq} but not in the projection"
                    return reached, order
            await asyncio.sleep(LOOK_AGAIN_S)
