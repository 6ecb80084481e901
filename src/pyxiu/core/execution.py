"""A taker meets the book: one match after another, self-trade prevention, and the end of an order.

Invariant: best price first and oldest first, at the maker's price; every event carries what leaves its order's hold.
Limit: MAX_FILLS_PER_COMMAND resting orders are met, then what is left of the taker is canceled.
"""

from pyxiu.core.apply import order_canceled, trade_executed
from pyxiu.core.book import BookSide, Level
from pyxiu.core.decision import Decision
from pyxiu.core.events import OrderCanceled, OrderDecremented, TradeExecuted
from pyxiu.core.matching import stp_mode
from pyxiu.core.money import ZERO, fee_of, pack
from pyxiu.core.orders import Order
from pyxiu.core.types import (
    BUY,
    LIMIT,
    MARKET,
    MAX_FILLS_PER_COMMAND,
    OPEN,
    STP_NONE,
    CancelReason,
    SelfTradePrevention,
)


def match_order(decision: Decision, taker: Order, opposite: BookSide, limit: int) -> None:
    """Trade the taker against the opposite side, as far as `limit` reaches."""
    met = 0
    while True:
        level = opposite.best
        if level is None or not opposite.reaches(level.price, limit):
            return
        if met == MAX_FILLS_PER_COMMAND:
            cancel(decision, taker, _taker_need(taker), CancelReason.FILL_LIMIT)
            return
        met += 1
        maker = _head(level)
        mode = stp_mode(taker.stp, maker) if maker.member is taker.member else STP_NONE
        if mode is STP_NONE:
            _trade(decision, taker, maker)
        else:
            _prevent_self_trade(decision, taker, maker, mode)
        if taker.status is not OPEN:
            return


def _head(level: Level) -> Order:
    assert level.oldest is not None, f"level {level.price} is empty"
    return level.oldest


def _trade(decision: Decision, taker: Order, maker: Order) -> None:
    state, market = decision.state, taker.market
    price, lots = maker.price, min(taker.remaining, maker.remaining)
    base, quote = lots * market.base_lot, price * lots * market.quote_lot
    release = 0
    if taker.side is BUY:
        buyer_fee, buyer_dust = fee_of(base, taker.taker_ppm)
        seller_fee, seller_dust = fee_of(quote, maker.maker_ppm)
        if taker.kind is LIMIT and taker.price != price:
            release = (taker.price - price) * lots * market.quote_lot
    else:
        buyer_fee, buyer_dust = fee_of(base, maker.maker_ppm)
        seller_fee, seller_dust = fee_of(quote, taker.taker_ppm)
    event = TradeExecuted(
        state.last_trade_id + 1,  # type: ignore[arg-type]  # a NewType costs a call
        market.id,
        price,
        lots,
        taker.side,
        maker.id,
        taker.id,
        maker.member.id,
        taker.member.id,
        maker.remaining - lots,
        taker.remaining - lots,
        base.to_bytes(16),
        quote.to_bytes(16),
        release.to_bytes(16) if release else ZERO,
        buyer_fee.to_bytes(16),
        seller_fee.to_bytes(16),
        buyer_dust,
        seller_dust,
    )
    decision.events.append(event)
    trade_executed(state, event, maker, taker, base, quote, release, buyer_fee, seller_fee)


def _prevent_self_trade(decision: Decision, taker: Order, maker: Order, mode: SelfTradePrevention) -> None:
    reason = CancelReason.SELF_TRADE
    match mode:
        case SelfTradePrevention.CANCEL_NEWEST:
            cancel(decision, taker, _taker_need(taker), reason)
        case SelfTradePrevention.CANCEL_OLDEST:
            cancel(decision, maker, maker.need(maker.remaining), reason)
        case SelfTradePrevention.CANCEL_BOTH:
            cancel(decision, maker, maker.need(maker.remaining), reason)
            cancel(decision, taker, _taker_need(taker), reason)
        case SelfTradePrevention.DECREMENT:
            lots = min(taker.remaining, maker.remaining)
            _decrement(decision, maker, lots)
            _decrement(decision, taker, lots)
        case SelfTradePrevention.NONE:
            raise AssertionError("orders without self-trade prevention trade")


def _decrement(decision: Decision, order: Order, lots: int) -> None:
    """Take lots off an order; one that has no more ends."""
    if lots == order.remaining:
        cancel(decision, order, _taker_need(order), CancelReason.SELF_TRADE)
        return
    released = 0 if _buys_at_market(order) else order.need(lots)
    remaining = order.remaining - lots
    decision.emit(
        OrderDecremented(
            order.id,
            order.member.id,
            order.market.id,
            order.side,
            order.price,
            order.rests,
            lots,
            remaining,
            pack(released),
        )
    )


def _buys_at_market(order: Order) -> bool:
    return order.kind is MARKET and order.side is BUY


def _taker_need(order: Order) -> int:
    """What the order still holds. A market buy holds just the planned cost, so what it does not trade is not held."""
    return 0 if _buys_at_market(order) else order.need(order.remaining)


def cancel(decision: Decision, order: Order, released: int, reason: CancelReason) -> None:
    """End an order; `released` is what it still holds."""
    event = OrderCanceled(
        order.id,
        order.member.id,
        order.market.id,
        order.side,
        order.price,
        order.rests,
        order.remaining,
        released.to_bytes(16),
        reason,
    )
    decision.events.append(event)
    order_canceled(decision.state, event, order, released)
