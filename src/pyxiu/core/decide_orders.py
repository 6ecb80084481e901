"""Placing orders: the checks in order of precedence, then the match.

Invariant: an order is accepted only with its full need on hold; it trades at the makers' prices, best price first and
oldest first; what it must not or cannot trade is canceled or rests, and its hold follows. Limit: limit and market
orders; the rest of the order family joins here, each kind with a function of its own.
"""

from pyxiu.core import codec
from pyxiu.core.apply import order_accepted
from pyxiu.core.commands import PlaceOrder
from pyxiu.core.decision import Decision, content_hash, rejected
from pyxiu.core.events import OrderAccepted
from pyxiu.core.execution import cancel, match_order
from pyxiu.core.matching import End, plan_lots, plan_quote, slippage_limit
from pyxiu.core.money import MAX_AMOUNT, ZERO, unpack
from pyxiu.core.orders import Order
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import NO_REJECTION, Rejection
from pyxiu.core.state import Account, Market, Member
from pyxiu.core.types import (
    BUY,
    DEFAULT_SLIPPAGE_PPM,
    ENABLED,
    FOK,
    GTC,
    HIDDEN,
    LIMIT,
    MAX_INT64,
    OPEN,
    PPM,
    CancelReason,
    MarketState,
    is_key,
)


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
    limit = command.kind is LIMIT
    # Most orders are limit orders in an enabled market with nothing that needs a second look.
    plain = limit and market.state is ENABLED and member.enabled and not command.post_only
    if not (plain and command.quote_amount == ZERO and command.max_slippage_ppm == 0):
        refusal = _refusal_of_terms(command, market, member)
        if refusal is not NO_REJECTION:
            return rejected(refusal)
    if limit:
        return _place_limit(decision, command, market, member, digest)
    return _place_market(decision, command, market, member, digest)


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
    if price > market.max_price:
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
    order = _accept(decision, command, market, member, account, quantity, hold, digest)
    if crosses:
        match_order(decision, order, opposite, price)
    if command.time_in_force is not GTC and order.status is OPEN:
        cancel(decision, order, order.need(order.remaining), CancelReason.IMMEDIATE_REMAINDER)
    return Outcome(decision.state.seq + 1, NO_REJECTION, order.state(decision.now_ns))


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
    order = _accept(decision, command, market, member, account, quantity, hold, digest)
    match_order(decision, order, opposite, limit)
    return Outcome(decision.state.seq + 1, NO_REJECTION, order.state(decision.now_ns))


def _accept(  # noqa: PLR0913, PLR0917 - what its callers have looked up already
    decision: Decision,
    command: PlaceOrder,
    market: Market,
    member: Member,
    account: Account,
    quantity: int,
    hold: int,
    digest: bytes,
) -> Order:
    state = decision.state
    fees = market.fees.get(member.group)
    if fees is None:
        fees = market.fees[member.group] = state.fees.lookup(member.group, market.id)
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
        fees[0],
        fees[1],
        hold.to_bytes(16),
        command.key,
        digest,
        command.quote_amount if command.quote_amount != ZERO else b"",
    )
    decision.events.append(event)
    return order_accepted(state, event, market, member, account, hold)
