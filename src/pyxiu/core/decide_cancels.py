"""Canceling: one order, or the open orders of a member or a market.

Invariant: what an order still holds returns to its owner, and a halted market's orders stay as they are. Limit:
MAX_CANCELS_PER_COMMAND orders a command; finding a market's orders among a member's walks all of the member's.
"""

from collections.abc import Iterator
from itertools import islice

from pyxiu.core.commands import CancelOrder, CancelOrders
from pyxiu.core.decision import Decision, rejected
from pyxiu.core.execution import cancel
from pyxiu.core.orders import Order
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import NO_REJECTION, Rejection
from pyxiu.core.state import Market
from pyxiu.core.types import (
    BUY,
    HALTED,
    MAX_CANCELS_PER_COMMAND,
    SELL,
    CancelReason,
)


def cancel_order(decision: Decision, command: CancelOrder) -> Outcome:
    member = decision.state.members.get(command.member)
    if member is None:
        return rejected(Rejection.MEMBER_UNKNOWN)
    order = member.orders.get(command.order_id)
    if order is None and command.key and command.order_id == 0:
        entry = decision.state.order_keys.get(command.member, command.key, decision.now_ns)
        order = member.orders.get(entry.order_id) if entry is not None else None
    if order is None:
        return rejected(Rejection.ORDER_UNKNOWN)
    if order.market.state is HALTED:
        return rejected(Rejection.MARKET_NOT_ENABLED)
    cancel(decision, order, order.need(order.remaining), CancelReason.REQUESTED)
    return Outcome(decision.state.seq + 1, NO_REJECTION, order.state(decision.now_ns))


def cancel_orders(decision: Decision, command: CancelOrders) -> Outcome:
    state = decision.state
    market = None
    if command.member is None and command.market is None:
        return rejected(Rejection.FIELD_INVALID)
    if command.market is not None:
        market = state.markets.get(command.market)
        if market is None:
            return rejected(Rejection.MARKET_UNKNOWN)
    if command.member is not None and command.member not in state.members:
        return rejected(Rejection.MEMBER_UNKNOWN)
    if market is not None and market.state is HALTED:
        return rejected(Rejection.MARKET_NOT_ENABLED)
    open_orders = _orders_to_cancel(decision, command, market)
    chosen = list(islice(open_orders, MAX_CANCELS_PER_COMMAND + 1))
    more = len(chosen) > MAX_CANCELS_PER_COMMAND
    if not chosen:
        return decision.unchanged()
    orders = chosen[:MAX_CANCELS_PER_COMMAND]
    for order in orders:
        cancel(decision, order, order.need(order.remaining), CancelReason.REQUESTED)
    states = tuple(order.state(decision.now_ns) for order in orders)
    return Outcome(decision.next_seq, orders=states, more=more)


def _orders_to_cancel(decision: Decision, command: CancelOrders, market: Market | None) -> Iterator[Order]:
    if command.member is None:
        assert market is not None, "without a member there is a market"
        sides = (BUY, SELL) if command.side is None else (command.side,)
        for side in sides:
            for level in market.book.side(side):
                yield from level
        return
    for order in decision.state.members[command.member].orders.values():
        if market is not None and order.market is not market:
            continue
        if command.side is not None and order.side is not command.side:
            continue
        if order.market.state is not HALTED:
            yield order
