"""The one place that changes state: an event in, the state changed, nothing decided.

Invariant: live work, recovery, followers and the simulator all come through the functions of `APPLY`, so they cannot
differ; accounts that an event touches are checked to be non-negative at once. Limit: events are trusted; a state that
they do not fit is a bug or a damaged journal and stops the process by an assertion.
"""

from collections.abc import Callable
from typing import Any, Final

from pyxiu.core import codec
from pyxiu.core.events import (
    AssetPut,
    EntryPosted,
    Event,
    FeeSchedulePut,
    HoldPlaced,
    HoldReleased,
    HoldSettled,
    KeysForgotten,
    MarketPut,
    MarketStateSet,
    MemberPut,
    OrderAccepted,
    OrderCanceled,
    OrderDecremented,
    TradeExecuted,
)
from pyxiu.core.fees import FeeSchedule
from pyxiu.core.keys import MoneyKey, OrderKey
from pyxiu.core.money import MAX_AMOUNT, unpack, unpack_positive
from pyxiu.core.orders import Order
from pyxiu.core.state import NO_ORDERS, Account, Accounts, Hold, Market, Member, State
from pyxiu.core.types import (
    BUY,
    CANCELED,
    DUST,
    EXTERNAL,
    FILLED,
    MAX_INT64,
    OPEN,
    REVENUE,
    MemberId,
    OrderStatus,
)


def finish_record(state: State, seq: int, at_ns: int) -> None:
    """Close the record: its new order rests or is over, its key stands for its outcome, a few old keys expire.

    A new order joins the book only here, so that one that trades at once does not pass through the book.
    """
    state.seq = seq
    state.now_ns = at_ns
    order = state.new_order
    if order is not None:
        state.new_order = None
        if order.status is OPEN:
            book = order.market.book
            (book.bids if order.side is BUY else book.asks).add(order)
        if order.key:
            entry = state.order_keys.entries[order.member.id, order.key]
            entry.seq = seq
            entry.outcome = codec.encode_order_state(order.state(at_ns))
    if state.order_keys.ended:
        state.order_keys.forget_expired(at_ns)


def _asset_put(state: State, event: AssetPut) -> None:
    state.assets[event.asset] = event.decimals
    state.accounts[event.asset] = Accounts()


def _market_put(state: State, event: MarketPut) -> None:
    market = state.markets.get(event.market)
    if market is None:
        market = state.markets[event.market] = Market(event.market, event.base, event.quote)
        market.base_accounts = state.accounts[event.base]
        market.quote_accounts = state.accounts[event.quote]
    market.price_precision = event.price_precision
    market.amount_precision = event.amount_precision
    market.min_price = event.min_price
    market.max_price = event.max_price or MAX_INT64
    market.min_quantity = event.min_quantity
    market.min_notional = unpack(event.min_notional)
    market.base_lot = unpack(event.base_lot)
    market.quote_lot = unpack(event.quote_lot)


def _market_state_set(state: State, event: MarketStateSet) -> None:
    state.markets[event.market].state = event.state


def _fee_schedule_put(state: State, event: FeeSchedulePut) -> None:
    state.fees = FeeSchedule(event.rules)
    for market in state.markets.values():
        market.fees.clear()


def _member_put(state: State, event: MemberPut) -> None:
    member = state.members.get(event.member)
    if member is None:
        state.members[event.member] = Member(event.member, event.group, enabled=event.enabled)
        return
    member.group = event.group
    member.enabled = event.enabled


def _entry_posted(state: State, event: EntryPosted) -> None:
    for posting in event.postings:
        # The member's own string is the key, so that all its accounts share one.
        member = state.members.get(posting.owner)
        account = state.accounts[posting.asset][posting.owner if member is None else member.id]
        account.available += unpack(posting.amount)
    for posting in event.postings:
        _check(posting.owner, state.accounts[posting.asset][posting.owner])
    _remember_money_key(state, event.key, event.content_hash)


def _hold_placed(state: State, event: HoldPlaced) -> None:
    amount = unpack(event.amount)
    state.holds[event.hold_id] = Hold(event.member, event.asset, amount)
    _hold(event.member, state.accounts[event.asset][event.member], amount)
    _remember_money_key(state, event.hold_id, event.content_hash)


def _hold_settled(state: State, event: HoldSettled) -> None:
    hold = state.holds[event.hold_id]
    amount, fee = unpack(event.amount), unpack(event.fee)
    accounts = state.accounts[hold.asset]
    hold.spent += amount + fee
    account = accounts[hold.member]
    account.held -= amount + fee
    accounts[EXTERNAL].available += amount
    if fee:
        accounts[REVENUE].available += fee
    _check(hold.member, account)
    _after_hold_move(state, event)


def _hold_released(state: State, event: HoldReleased) -> None:
    hold = state.holds[event.hold_id]
    amount = unpack(event.amount)
    hold.released += amount
    _hold(hold.member, state.accounts[hold.asset][hold.member], -amount)
    _after_hold_move(state, event)


def _after_hold_move(state: State, event: HoldSettled | HoldReleased) -> None:
    remaining = state.holds[event.hold_id].remaining
    assert remaining == unpack(event.remaining), f"hold {event.hold_id}: {remaining} remain, not as recorded"
    if remaining == 0:
        del state.holds[event.hold_id]
    _remember_money_key(state, event.key, event.content_hash)


def _keys_forgotten(state: State, event: KeysForgotten) -> None:
    keys = state.money_keys
    while keys and keys[next(iter(keys))].seq <= event.through_seq:
        keys.popitem(last=False)
    state.forgotten_seq = event.through_seq


def _order_accepted(state: State, event: OrderAccepted) -> None:
    market, member = state.markets[event.market], state.members[event.member]
    account = (market.quote_accounts if event.side is BUY else market.base_accounts)[member.id]
    order_accepted(state, event, market, member, account, unpack_positive(event.hold))


def order_accepted(
    state: State, event: OrderAccepted, market: Market, member: Member, account: Account, hold: int
) -> Order:
    """What the event does to the state, for a caller that has all at hand: `account` is the one that its `hold` is on,
    which is the event's as a number.
    """
    order = Order(
        event.order_id,
        member,
        market,
        account,
        event.side,
        event.kind,
        event.price,
        event.quantity,
        event.quantity,
        event.time_in_force,
        event.post_only,
        event.stp,
        event.maker_ppm,
        event.taker_ppm,
        event.key,
        state.clock_ns,
    )
    state.last_order_id = event.order_id
    if member.orders is NO_ORDERS:
        member.orders = {}
    member.orders[event.order_id] = order
    available = account.available = account.available - hold
    account.held += hold
    assert available >= 0, f"{event.member} would have {available} available"
    state.new_order = order
    if event.key:
        state.order_keys.remember(event.member, event.key, OrderKey(event.content_hash, event.order_id))
    return order


def _trade_executed(state: State, event: TradeExecuted) -> None:
    maker = state.members[event.maker].orders[event.maker_order_id]
    taker = state.members[event.taker].orders[event.taker_order_id]
    amounts = (event.base_amount, event.quote_amount, event.buyer_release, event.buyer_fee, event.seller_fee)
    trade_executed(state, event, maker, taker, *map(unpack_positive, amounts))


def trade_executed(  # noqa: PLR0913, PLR0917 - what its callers have at hand
    state: State,
    event: TradeExecuted,
    maker: Order,
    taker: Order,
    base: int,
    quote: int,
    release: int,
    buyer_fee: int,
    seller_fee: int,
) -> None:
    """Move base to the buyer and quote to the seller, each less its fee; give price improvement back. The numbers are
    the event's amounts.
    """
    market = maker.market
    state.last_trade_id = event.trade_id
    buyer, seller, paying, delivering = event.taker, event.maker, taker.account, maker.account
    if event.taker_side is not BUY:
        buyer, seller, paying, delivering = seller, buyer, delivering, paying
    base_accounts, quote_accounts = market.base_accounts, market.quote_accounts
    delivering.held -= base
    paying.held -= quote + release
    if release:
        paying.available += release
    base_accounts[buyer].available += base - buyer_fee
    quote_accounts[seller].available += quote - seller_fee
    if buyer_fee:
        base_accounts[REVENUE].available += buyer_fee - event.buyer_dust
        if event.buyer_dust:
            base_accounts[DUST].available += event.buyer_dust
    if seller_fee:
        quote_accounts[REVENUE].available += seller_fee - event.seller_dust
        if event.seller_dust:
            quote_accounts[DUST].available += event.seller_dust
    assert paying.held >= 0, f"{buyer} holds {paying.held} {market.quote} after trade {event.trade_id}"
    assert delivering.held >= 0, f"{seller} holds {delivering.held} {market.base} after trade {event.trade_id}"
    _fill(state, maker, event.quantity, quote, event.maker_remaining)
    _fill(state, taker, event.quantity, quote, event.taker_remaining)


def _fill(state: State, order: Order, lots: int, quote: int, remaining: int) -> None:
    assert order.remaining - lots == remaining, f"order {order.id}: {order.remaining} remain, {remaining} recorded"
    order.filled += lots
    order.filled_quote += quote
    order.trades_count += 1
    order.remaining = remaining
    if order.level is not None:
        order.level.quantity -= lots
    if not remaining:
        _end(state, order, FILLED)


def _order_decremented(state: State, event: OrderDecremented) -> None:
    order = state.members[event.member].orders[event.order_id]
    order.remaining -= event.quantity
    assert order.remaining == event.remaining, f"order {order.id}: {order.remaining} remain, not as recorded"
    if order.level is not None:
        order.level.quantity -= event.quantity
    _hold(event.member, order.account, -unpack_positive(event.released))


def _order_canceled(state: State, event: OrderCanceled) -> None:
    order_canceled(state, event, state.members[event.member].orders[event.order_id], unpack_positive(event.released))


def order_canceled(state: State, event: OrderCanceled, order: Order, released: int) -> None:
    """What the event does to the state, for a caller that has its order and what it releases at hand."""
    assert order.remaining == event.quantity, f"order {order.id}: {order.remaining} remain, not as recorded"
    account = order.account
    held = account.held = account.held - released
    account.available += released
    assert held >= 0, f"{event.member} would have {held} held"
    order.cancel_reason = event.reason
    _end(state, order, CANCELED)


def _end(state: State, order: Order, status: OrderStatus) -> None:
    order.status = status
    if order.level is not None:
        book = order.market.book
        (book.bids if order.side is BUY else book.asks).remove(order)
    del order.member.orders[order.id]
    if order.key:
        state.order_keys.order_ended(order.member.id, order.key, state.clock_ns)


def _hold(owner: MemberId, account: Account, amount: int) -> None:
    """available -> held (or back, for a negative amount)."""
    available = account.available = account.available - amount
    held = account.held = account.held + amount
    assert available >= 0, f"{owner} would have {available} available"
    assert held >= 0, f"{owner} would have {held} held"


def _check(owner: MemberId, account: Account) -> None:
    low = -MAX_AMOUNT if owner == EXTERNAL else 0
    assert low <= account.available <= MAX_AMOUNT, f"{owner} would have {account.available} available"
    assert account.held >= 0, f"{owner} would have {account.held} held"


def _remember_money_key(state: State, key: str, content_hash: bytes) -> None:
    state.money_keys[key] = MoneyKey(content_hash, state.seq + 1)


#: What changes the state, by the kind of event: `APPLY[type(event)](state, event)`.
APPLY: Final[dict[type[Event], Callable[[State, Any], None]]] = {
    AssetPut: _asset_put,
    MarketPut: _market_put,
    MarketStateSet: _market_state_set,
    FeeSchedulePut: _fee_schedule_put,
    MemberPut: _member_put,
    EntryPosted: _entry_posted,
    HoldPlaced: _hold_placed,
    HoldSettled: _hold_settled,
    HoldReleased: _hold_released,
    KeysForgotten: _keys_forgotten,
    OrderAccepted: _order_accepted,
    TradeExecuted: _trade_executed,
    OrderDecremented: _order_decremented,
    OrderCanceled: _order_canceled,
}
