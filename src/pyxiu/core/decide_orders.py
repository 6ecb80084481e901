"""Placing and canceling orders: the checks in order of precedence, then the match.

Invariant: an order is accepted only with its full need on hold; it trades at the makers' prices, best price first and
oldest first; what it must not or cannot trade is canceled or rests, and its hold follows. Limit: limit and market
orders; the rest of the order family joins here, each kind with a function of its own.
"""

from collections.abc import Iterator
from itertools import islice

from pyxiu.core import codec
from pyxiu.core.apply import order_accepted, order_canceled, trade_executed
from pyxiu.core.book import BookSide, Level
from pyxiu.core.commands import CancelOrder, CancelOrders, PlaceOrder
from pyxiu.core.decision import Decision, content_hash, rejected
from pyxiu.core.events import OrderAccepted, OrderCanceled, OrderDecremented, TradeExecuted
from pyxiu.core.matching import End, plan_lots, plan_quote, slippage_limit, stp_mode
from pyxiu.core.money import MAX_AMOUNT, ZERO, fee_of, pack, unpack
from pyxiu.core.orders import Order
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import NO_REJECTION, Rejection
from pyxiu.core.state import Market, Member
from pyxiu.core.types import (
    BUY,
    DEFAULT_SLIPPAGE_PPM,
    ENABLED,
    FOK,
    GTC,
    HALTED,
    HIDDEN,
    LIMIT,
    MARKET,
    MAX_CANCELS_PER_COMMAND,
    MAX_FILLS_PER_COMMAND,
    MAX_INT64,
    OPEN,
    PPM,
    SELL,
    STP_NONE,
    CancelReason,
    MarketState,
    SelfTradePrevention,
    is_key,
)

_REQUESTED = CancelReason.REQUESTED


def place_order(decision: Decision, command: PlaceOrder) -> Outcome:
    state = decision.state
    digest = b""
    if command.key:
        digest = content_hash(command)
        known = _known_order_key(decision, command, digest)
        if known is not None:
            return known
    market = state.markets.get(command.market)
    if market is None:
        return rejected(Rejection.MARKET_UNKNOWN)
    member = state.members.get(command.member)
    if member is None:
        return rejected(Rejection.MEMBER_UNKNOWN)
    if not (command.kind is LIMIT and market.state is ENABLED and _is_plain(command, member)):
        refusal = _refusal_of_terms(command, market, member)
        if refusal is not NO_REJECTION:
            return rejected(refusal)
    if command.kind is LIMIT:
        return _place_limit(decision, command, market, member, digest)
    return _place_market(decision, command, market, member, digest)


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
    _cancel(decision, order, order.need(order.remaining), _REQUESTED)
    return Outcome(decision.state.seq + 1, order=order.state(decision.now_ns))


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
        _cancel(decision, order, order.need(order.remaining), _REQUESTED)
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


def _known_order_key(decision: Decision, command: PlaceOrder, digest: bytes) -> Outcome | None:
    if not is_key(command.key):
        return rejected(Rejection.KEY_INVALID)
    keys = decision.state.order_keys
    known = keys.get(command.member, command.key, decision.now_ns)
    if known is None:
        return rejected(Rejection.KEYS_EXHAUSTED) if keys.full else None
    if known.content_hash != digest:
        return rejected(Rejection.KEY_REUSED)
    return Outcome(known.seq, order=codec.decode_order_state(known.outcome), replayed=True)


def _is_plain(command: PlaceOrder, member: Member) -> bool:
    """Whether a limit order in an enabled market has nothing that needs a second look (most have not)."""
    enough = member.enabled and not command.post_only
    return enough and command.quote_amount == ZERO and command.max_slippage_ppm == 0


def _refusal_of_terms(command: PlaceOrder, market: Market, member: Member) -> Rejection:
    """What speaks against the order before its price and quantity are looked at."""
    if not member.enabled:
        return Rejection.MEMBER_DISABLED
    limit = command.kind is LIMIT
    if market.state is not ENABLED and market.state is not HIDDEN:
        if market.state is MarketState.POST_ONLY:
            if not command.post_only:
                return Rejection.MARKET_POST_ONLY
        elif market.state is not MarketState.LIMIT_ONLY:
            return Rejection.MARKET_NOT_ENABLED
        elif not limit:
            return Rejection.MARKET_LIMIT_ONLY
    if limit:
        contradiction = command.quote_amount != ZERO or command.max_slippage_ppm != 0
        contradiction |= command.post_only and command.time_in_force is not GTC
    else:
        contradiction = command.price != 0 or command.post_only
        contradiction |= (command.quantity != 0) == (command.quote_amount != ZERO)
        contradiction |= not 0 <= command.max_slippage_ppm <= PPM
    return Rejection.ORDER_TERMS_INVALID if contradiction else NO_REJECTION


def _refusal_of_price(market: Market, price: int) -> Rejection:
    if not 1 <= price <= MAX_INT64:
        return Rejection.PRICE_INVALID
    if price < market.min_price:
        return Rejection.PRICE_BELOW_MINIMUM
    if market.max_price and price > market.max_price:
        return Rejection.PRICE_ABOVE_MAXIMUM
    return NO_REJECTION


def _refusal_of_size(market: Market, quantity: int, notional: int) -> Rejection:
    if not 1 <= quantity <= MAX_INT64:
        return Rejection.QUANTITY_INVALID
    if quantity < market.min_quantity:
        return Rejection.QUANTITY_BELOW_MINIMUM
    if notional > MAX_AMOUNT:  # lots in base units always fit: 2^63 lots of 10^18 units are below 2^123
        return Rejection.AMOUNT_OUT_OF_RANGE
    if notional < market.min_notional:
        return Rejection.NOTIONAL_BELOW_MINIMUM
    return NO_REJECTION


def _place_limit(decision: Decision, command: PlaceOrder, market: Market, member: Member, digest: bytes) -> Outcome:
    price, quantity, side = command.price, command.quantity, command.side
    notional = price * quantity * market.quote_lot
    if not (
        market.min_price <= price <= market.max_price
        and market.min_quantity <= quantity <= MAX_INT64
        and market.min_notional <= notional <= MAX_AMOUNT
    ):
        return rejected(_refusal_of_price(market, price) or _refusal_of_size(market, quantity, notional))
    if side is BUY:
        opposite, hold, accounts = market.book.asks, notional, market.quote_accounts
        best = opposite.best
        crosses = best is not None and best.price <= price
    else:
        opposite, hold, accounts = market.book.bids, quantity * market.base_lot, market.base_accounts
        best = opposite.best
        crosses = best is not None and best.price >= price
    if crosses and command.post_only:
        return rejected(Rejection.POST_ONLY_WOULD_TAKE)
    if command.time_in_force is FOK:
        plan = plan_lots(opposite, member, command.stp, quantity, price)
        if plan.lots < quantity:
            return rejected(Rejection.FILL_OR_KILL_UNFILLABLE)
    account = accounts.get(member.id)
    if account is None or account.available < hold:
        return rejected(Rejection.INSUFFICIENT_BALANCE)
    order = _accept(decision, command, market, member, quantity, hold, digest)
    if crosses:
        _match(decision, order, opposite, price)
    if command.time_in_force is not GTC and order.status is OPEN:
        _cancel(decision, order, order.need(order.remaining), CancelReason.IMMEDIATE_REMAINDER)
    return Outcome(decision.state.seq + 1, order=order.state(decision.now_ns))


def _place_market(decision: Decision, command: PlaceOrder, market: Market, member: Member, digest: bytes) -> Outcome:
    side, quantity = command.side, command.quantity
    opposite = market.book.opposite(side)
    by_quote = command.quote_amount != ZERO
    quote_amount = unpack(command.quote_amount)
    if by_quote:
        refusal = Rejection.AMOUNT_INVALID if quote_amount < 0 else NO_REJECTION
    else:
        # The notional is known only once the book has been walked.
        refusal = _refusal_of_size(market, quantity, market.min_notional)
    if refusal is not NO_REJECTION:
        return rejected(refusal)
    if opposite.best is None:
        return rejected(Rejection.INSUFFICIENT_LIQUIDITY)
    limit = slippage_limit(side, opposite.best.price, command.max_slippage_ppm or DEFAULT_SLIPPAGE_PPM)
    if by_quote:
        plan = plan_quote(opposite, member, command.stp, quote_amount // market.quote_lot, limit)
        quantity = plan.lots
    else:
        plan = plan_lots(opposite, member, command.stp, quantity, limit)
    if plan.end is End.EXHAUSTED:
        return rejected(Rejection.INSUFFICIENT_LIQUIDITY)
    notional = plan.cost * market.quote_lot
    refusal = _refusal_of_size(market, quantity, notional)
    if refusal is not NO_REJECTION:
        return rejected(refusal)
    hold = notional if side is BUY else quantity * market.base_lot
    account = (market.quote_accounts if side is BUY else market.base_accounts).get(member.id)
    if account is None or account.available < hold:
        return rejected(Rejection.INSUFFICIENT_BALANCE)
    order = _accept(decision, command, market, member, quantity, hold, digest)
    _match(decision, order, opposite, limit)
    return Outcome(decision.next_seq, order=order.state(decision.now_ns))


def _accept(
    decision: Decision, command: PlaceOrder, market: Market, member: Member, quantity: int, hold: int, digest: bytes
) -> Order:
    state = decision.state
    maker_ppm, taker_ppm = state.fees.lookup(member.group, market.id)
    event = OrderAccepted(
        state.last_order_id + 1,  # type: ignore[arg-type]  # a NewType costs a call
        member.id,
        market.id,
        command.side,
        command.kind,
        command.price,
        quantity,
        command.time_in_force,
        command.post_only,
        command.stp,
        maker_ppm,
        taker_ppm,
        hold.to_bytes(16),
        command.key,
        digest,
        command.quote_amount if command.quote_amount != ZERO else b"",
    )
    decision.events.append(event)
    return order_accepted(state, event, market, member)


def _match(decision: Decision, taker: Order, opposite: BookSide, limit: int) -> None:
    """Trade the taker against the opposite side, as far as `limit` reaches."""
    met = 0
    while True:
        level = opposite.best
        if level is None or not opposite.reaches(level.price, limit):
            return
        if met == MAX_FILLS_PER_COMMAND:
            _cancel(decision, taker, _taker_need(taker), CancelReason.FILL_LIMIT)
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
    release = ZERO
    if taker.side is BUY:
        buyer_fee, buyer_dust = fee_of(base, taker.taker_ppm)
        seller_fee, seller_dust = fee_of(quote, maker.maker_ppm)
        if taker.kind is LIMIT and taker.price != price:
            release = ((taker.price - price) * lots * market.quote_lot).to_bytes(16)
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
        release,
        buyer_fee.to_bytes(16),
        seller_fee.to_bytes(16),
        buyer_dust,
        seller_dust,
    )
    decision.events.append(event)
    trade_executed(state, event, maker, taker)


def _prevent_self_trade(decision: Decision, taker: Order, maker: Order, mode: SelfTradePrevention) -> None:
    reason = CancelReason.SELF_TRADE
    match mode:
        case SelfTradePrevention.CANCEL_NEWEST:
            _cancel(decision, taker, _taker_need(taker), reason)
        case SelfTradePrevention.CANCEL_OLDEST:
            _cancel(decision, maker, maker.need(maker.remaining), reason)
        case SelfTradePrevention.CANCEL_BOTH:
            _cancel(decision, maker, maker.need(maker.remaining), reason)
            _cancel(decision, taker, _taker_need(taker), reason)
        case SelfTradePrevention.DECREMENT:
            lots = min(taker.remaining, maker.remaining)
            _decrement(decision, maker, lots)
            _decrement(decision, taker, lots)
        case SelfTradePrevention.NONE:
            raise AssertionError("orders without self-trade prevention trade")


def _decrement(decision: Decision, order: Order, lots: int) -> None:
    """Take lots off an order; one that has no more ends."""
    if lots == order.remaining:
        _cancel(decision, order, _taker_need(order), CancelReason.SELF_TRADE)
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


def _cancel(decision: Decision, order: Order, released: int, reason: CancelReason) -> None:
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
    order_canceled(decision.state, event, order)
