"""One member's open orders and balances, kept up with the records that touch them, and the frames this makes.

Invariant: after the same records an order equals the row that the projection has, as both come from `fold_orders`; a
trade is told once, also one of a member with itself. Limit: only what is open is kept; the past is the tables'.
"""

from typing import Any, Final

import msgspec

from pyxiu.core.events import OrderAccepted, TradeExecuted
from pyxiu.core.money import pack, unpack
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import BUY, SELL, AssetId, MemberId, OrderId, OrderStatus
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.orders import OrderChange, fold_orders
from pyxiu.projections.reads.beginnings import MemberBeginning
from pyxiu.projections.reads.trades import MemberTrade
from pyxiu.stream.frames import data_frame
from pyxiu.stream.markets import Markets
from pyxiu.stream.names import Private
from pyxiu.stream.payloads import Balance, OpenOrders
from pyxiu.stream.ports import Words

#: So many open orders are told at the beginning.
ORDERS_MAX: Final = 1_000
#: The stream it belongs to, and the frame.
Told = tuple[Private, bytes]


class MemberFeed:
    """`begin` once, then `apply` each later record that touches the member."""

    def __init__(self, uid: MemberId, markets: Markets, words: Words) -> None:
        self.uid = uid
        self._markets = markets
        self._words = words
        self._orders_seq = self._accounts_seq = 0
        self._orders: dict[OrderId, OrderState] = {}
        self._balances: dict[AssetId, tuple[int, int]] = {}
        self._moved: set[AssetId] = set()

    def begin(self, beginning: MemberBeginning) -> None:
        self._orders_seq, self._accounts_seq = beginning.orders_seq, beginning.accounts_seq
        self._orders = {order.order_id: order for order in beginning.orders}
        self._balances = {view.asset: (view.available, view.held) for view in beginning.accounts}

    def apply(self, chunk: Chunk) -> list[Told]:
        """Take in one record: orders and trades as they are after it. Balances wait for `balances_moved`."""
        told: list[Told] = []
        if chunk.seq_last > self._orders_seq:
            changes = fold_orders(chunk)
            touched = {order_id: order for order_id in changes if (order := self._after(order_id, changes[order_id]))}
            for _, at_ns, trade in chunk.trades:
                if self.uid in (trade.maker, trade.taker):
                    told.append(self._trade(at_ns, trade, touched))
            for order_id, order in touched.items():
                told.append(self._frame(Private.ORDER, self._words.order(order, self._markets[order.market])))
                if order.status is OrderStatus.OPEN:
                    self._orders[order_id] = order
                else:
                    self._orders.pop(order_id, None)
        if chunk.seq_last > self._accounts_seq:
            for _, _, owner, asset, available, held, _ in chunk.ledger:
                if owner == self.uid:
                    before = self._balances.get(asset, (0, 0))
                    self._balances[asset] = before[0] + available, before[1] + held
                    self._moved.add(asset)
        return told

    def balances_moved(self) -> list[Told]:
        """The balances that have changed since the last call, as they are now."""
        if not self._moved:
            return []
        moved = {asset: self._amounts(asset) for asset in sorted(self._moved)}
        self._moved.clear()
        told = [
            self._frame(Private.BALANCE, Balance(asset, available, held)) for asset, (available, held) in moved.items()
        ]
        return [*told, self._frame(Private.BALANCES, moved)]

    def snapshot(self, wanted: frozenset[Private]) -> bytes:
        """What the streams among these begin with."""
        frames = []
        if Private.BALANCES in wanted:
            frames.append(
                self._frame(Private.BALANCES, {asset: self._amounts(asset) for asset in sorted(self._balances)})
            )
        if Private.ORDERS in wanted:
            newest = sorted(self._orders.values(), key=lambda order: -order.order_id)[:ORDERS_MAX]
            orders = [self._words.order(order, self._markets[order.market]) for order in newest]
            complete = len(orders) == len(self._orders)
            frames.append(self._frame(Private.ORDERS, OpenOrders(orders, complete)))
        return b"".join(frame for _, frame in frames)

    def _after(self, order_id: OrderId, change: OrderChange) -> OrderState | None:
        """The order after a change, None if it is not the member's."""
        if change.accepted is None:
            known = self._orders.get(order_id)
            return None if known is None else changed_order(known, change)
        return None if change.accepted.member != self.uid else accepted_order(change.accepted, change)

    def _trade(self, at_ns: int, trade: TradeExecuted, touched: dict[OrderId, OrderState]) -> Told:
        took = trade.taker == self.uid
        order = touched[trade.taker_order_id if took else trade.maker_order_id]
        half = half_of(trade, at_ns, order, took=took)
        return self._frame(Private.TRADE, self._words.trade(half, self._markets[trade.market]))

    def _amounts(self, asset: AssetId) -> tuple[str, str]:
        available, held = self._balances[asset]
        decimals = self._markets.decimals[asset]
        return format_decimal(available, decimals), format_decimal(held, decimals)

    @staticmethod
    def _frame(stream: Private, payload: Any) -> Told:
        return stream, data_frame(stream.value, msgspec.json.encode(payload))


def changed_order(known: OrderState, change: OrderChange) -> OrderState:
    """A known order after a change."""
    return msgspec.structs.replace(
        known,
        status=change.status,
        remaining=change.remaining,
        filled=known.filled + change.filled,
        filled_quote=pack(unpack(known.filled_quote) + change.filled_quote),
        trades_count=known.trades_count + change.trades_count,
        updated_ns=change.updated_ns,
        cancel_reason=change.cancel_reason,
    )


def accepted_order(accepted: OrderAccepted, change: OrderChange) -> OrderState:
    """A new order after the record that accepted it."""
    return OrderState(
        accepted.order_id,
        accepted.member,
        accepted.market,
        accepted.side,
        accepted.kind,
        change.status,
        accepted.price,
        accepted.quantity,
        change.remaining,
        change.filled,
        pack(change.filled_quote),
        change.trades_count,
        accepted.maker_ppm,
        accepted.taker_ppm,
        accepted.time_in_force,
        accepted.post_only,
        accepted.stp,
        accepted.key,
        change.created_ns,
        change.updated_ns,
        change.cancel_reason,
    )


def half_of(trade: TradeExecuted, at_ns: int, order: OrderState, *, took: bool) -> MemberTrade:
    """A trade as the side of `order` sees it."""
    side = trade.taker_side if took else (SELL if trade.taker_side is BUY else BUY)
    return MemberTrade(
        trade.trade_id,
        trade.market,
        trade.price,
        trade.quantity,
        trade.taker_side,
        unpack(trade.base_amount),
        unpack(trade.quote_amount),
        at_ns,
        side,
        order.order_id,
        unpack(trade.buyer_fee if side is BUY else trade.seller_fee),
        order.taker_ppm if took else order.maker_ppm,
    )
