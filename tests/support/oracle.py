"""A naive exchange: what the core must answer, written as obviously as the rules can be said.

It shares the command structs and enumerations with the core and nothing else: no index, no event, one sort per walk
through the book, fees by fractions. Limit: it trusts that fields are well-formed and that assets, markets, members and
fees are put validly; the contract suite provokes the rest. The book and the ledger are here, in 300 lines of code at
most; catalog and keys stand beside.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from pyxiu.core import commands as c
from pyxiu.core.rejections import Rejection as No
from pyxiu.core.types import EXTERNAL, CancelReason, MarketState, MemberId, OrderKind, Side, TimeInForce
from pyxiu.core.types import SelfTradePrevention as Stp
from tests.support.oracle_catalog import Catalog
from tests.support.oracle_keys import Keys, key_of

AMOUNT_MAX = 2**126 - 1
MEETINGS_MAX, CANCELS_MAX = 1_000, 500
CLOSED = (MarketState.CANCEL_ONLY, MarketState.HALTED, MarketState.DISABLED)
Effect = tuple[object, ...]


class Answer(NamedTuple):
    """`effects` on orders, as they happen; `replayed` when the answer is an old one or there was nothing to do."""

    rejection: No
    effects: list[Effect]
    replayed: bool
    seq: int


class Refused(Exception):  # noqa: N818 -- it is a "no", not an error
    """Raised before anything has changed."""


@dataclass
class Order:
    order_id: int
    terms: c.PlaceOrder
    remaining: int
    maker_ppm: int
    taker_ppm: int


@dataclass
class Walk:
    """What taking would do: `steps` of (deed, resting order, lots), the lots left over and why it ended."""

    left: int
    steps: list[tuple[str, Order, int]] = field(default_factory=list)
    end: str = "book"

    def cost(self) -> int:
        return sum(maker.terms.price * lots for deed, maker, lots in self.steps if deed == "trade")


def need(condition: object, rejection: No) -> None:
    if not condition:
        raise Refused(rejection)


def number(raw: bytes) -> int:
    return int.from_bytes(raw, "big", signed=True)


def source_and_target(command: c.CreditDeposit | c.DebitDeposit | c.Transfer) -> tuple[MemberId, MemberId]:
    match command:
        case c.CreditDeposit(_, member):
            return EXTERNAL, member
        case c.DebitDeposit(_, member):
            return member, EXTERNAL
        case c.Transfer(_, source, target):
            return source, target


class Oracle(Catalog):
    """Balances are `available` and `held` by (owner, asset); `orders` are the open ones in order of acceptance."""

    def __init__(self) -> None:
        super().__init__()
        self.available: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.held: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.holds: dict[str, tuple[str, str, int]] = {}
        self.orders: dict[int, Order] = {}
        self.keys = Keys()
        self.effects: list[Effect] = []
        self.seq = self.now = self.clock = self.last_order = 0

    def submit(self, command: c.Command, now_ns: int) -> Answer:
        self.effects = []
        self.clock = max(self.now, now_ns)
        key = key_of(command)
        try:
            need(not isinstance(command, c.Transfer) or command.source != command.target, No.FIELD_INVALID)
            if first := self.keys.first(key, self.clock):
                need(first[0] == command, No.KEY_REUSED)
                return Answer(No.NONE, [], True, first[1])
            changed = self.decide(command)
        except Refused as refused:
            return Answer(refused.args[0], [], False, 0)
        if not changed:
            return Answer(No.NONE, [], True, self.seq)
        self.seq += 1
        self.now = self.clock
        self.keys.remember(key, command, self.seq, self.last_order)
        return Answer(No.NONE, self.effects, False, self.seq)

    def decide(self, command: c.Command) -> bool:
        """Do it, or raise Refused before anything is done. False if it is already so."""
        match command:
            case c.PlaceOrder():
                self.place_order(command)
            case c.CancelOrder() | c.CancelOrders():
                for order in self.to_cancel(command):
                    self.end(order, CancelReason.REQUESTED)
                return bool(self.effects)
            case c.PlaceHold() | c.SettleHold() | c.ReleaseHold():
                self.move_hold(command)
            case c.CreditDeposit() | c.DebitDeposit() | c.Transfer() | c.PostEntry():
                self.move_money(command)
            case _:
                return self.configure(command)
        return True

    # Funds

    def move_money(self, command: c.CreditDeposit | c.DebitDeposit | c.Transfer | c.PostEntry) -> None:
        if isinstance(command, c.PostEntry):
            lines = [(line.owner, line.asset, number(line.amount)) for line in command.postings]
        else:
            source, target = source_and_target(command)
            lines = [(source, command.asset, -number(command.amount)), (target, command.asset, number(command.amount))]
        need(all(asset in self.assets for _, asset, _ in lines), No.ASSET_UNKNOWN)
        need(all(owner in self.members or owner[0] == "@" for owner, _, _ in lines), No.MEMBER_UNKNOWN)
        need(
            all(line[2] for line in lines) and (isinstance(command, c.PostEntry) or lines[1][2] > 0), No.AMOUNT_INVALID
        )
        after: dict[tuple[str, str], int] = {}
        totals: defaultdict[str, int] = defaultdict(int)
        for owner, asset, change in lines:
            after[owner, asset] = after.get((owner, asset), self.available[owner, asset]) + change
            totals[asset] += change
        spends = isinstance(command, c.DebitDeposit | c.Transfer)  # of what is there, so within range
        need(spends or all(abs(balance) <= AMOUNT_MAX for balance in after.values()), No.AMOUNT_OUT_OF_RANGE)
        need(not any(totals.values()), No.ENTRY_UNBALANCED)
        need(all(left >= 0 for (owner, _), left in after.items() if owner != EXTERNAL), No.INSUFFICIENT_BALANCE)
        self.available.update(after)

    def reserve(self, member: str, asset: str, amount: int) -> None:
        need(amount <= self.available[member, asset], No.INSUFFICIENT_BALANCE)
        self.available[member, asset] -= amount
        self.held[member, asset] += amount

    def move_hold(self, x: c.PlaceHold | c.SettleHold | c.ReleaseHold) -> None:
        amount, fee = number(x.amount), number(x.fee) if isinstance(x, c.SettleHold) else 0
        if isinstance(x, c.PlaceHold):
            need(x.asset in self.assets, No.ASSET_UNKNOWN)
            need(x.member in self.members, No.MEMBER_UNKNOWN)
            need(amount > 0, No.AMOUNT_INVALID)
            self.reserve(x.member, x.asset, amount)
            self.holds[x.hold_id] = (x.member, x.asset, amount)
            return
        releases = isinstance(x, c.ReleaseHold)
        need(amount >= 0 and fee >= 0 and (releases or amount + fee), No.AMOUNT_INVALID)
        need(x.hold_id in self.holds, No.HOLD_UNKNOWN)
        member, asset, remaining = self.holds[x.hold_id]
        amount = remaining if releases and not amount else amount
        need(amount + fee <= remaining, No.HOLD_EXCEEDED)
        self.holds[x.hold_id] = (member, asset, remaining - amount - fee)
        if amount + fee == remaining:
            del self.holds[x.hold_id]
        self.held[member, asset] -= amount + fee
        self.available[member if releases else "@external", asset] += amount
        self.available["@revenue", asset] += fee

    # Orders

    def place_order(self, x: c.PlaceOrder) -> None:
        need(x.market in self.markets, No.MARKET_UNKNOWN)
        need(x.member in self.members, No.MEMBER_UNKNOWN)
        need(self.members[x.member].enabled, No.MEMBER_DISABLED)
        state = self.states[x.market]
        need(state not in CLOSED, No.MARKET_NOT_ENABLED)
        need(state != MarketState.POST_ONLY or x.post_only, No.MARKET_POST_ONLY)
        need(state != MarketState.LIMIT_ONLY or x.kind == OrderKind.LIMIT, No.MARKET_LIMIT_ONLY)
        walk, lots = self.plan_limit(x) if x.kind == OrderKind.LIMIT else self.plan_market(x)
        asset, hold = self.gives(x, x.price * lots or walk.cost(), lots)
        self.reserve(x.member, asset, hold)
        self.last_order += 1
        order = self.orders[self.last_order] = Order(self.last_order, x, lots, *self.fee_ppm(x.member, x.market))
        self.effects.append(("accepted", order.order_id, lots, hold, order.maker_ppm, order.taker_ppm))
        for deed, maker, quantity in walk.steps:
            if deed == "trade":
                self.trade(order, maker, quantity)
            elif deed == "cancel":
                self.end(maker, CancelReason.SELF_TRADE)
            else:
                self.decrement(maker, quantity)
                self.decrement(order, quantity)
        if order.remaining and walk.end != "book":
            self.end(order, CancelReason.SELF_TRADE if walk.end == "self" else CancelReason.FILL_LIMIT)
        elif order.remaining and (x.kind == OrderKind.MARKET or x.time_in_force != TimeInForce.GTC):
            self.end(order, CancelReason.IMMEDIATE_REMAINDER)

    def plan_limit(self, x: c.PlaceOrder) -> tuple[Walk, int]:
        rules = self.markets[x.market]
        need(not x.post_only or x.time_in_force == TimeInForce.GTC, No.ORDER_TERMS_INVALID)
        need(not number(x.quote_amount) and not x.max_slippage_ppm, No.ORDER_TERMS_INVALID)
        need(x.price >= 1, No.PRICE_INVALID)
        need(x.price >= rules.min_price, No.PRICE_BELOW_MINIMUM)
        need(not rules.max_price or x.price <= rules.max_price, No.PRICE_ABOVE_MAXIMUM)
        self.check_quantity(x, x.quantity)
        self.check_notional(x, x.price * x.quantity)
        walk = self.walk(x, x.price, x.quantity)
        need(not x.post_only or (not walk.steps and walk.end == "book"), No.POST_ONLY_WOULD_TAKE)
        filled = sum(lots for deed, _, lots in walk.steps if deed == "trade")
        need(x.time_in_force != TimeInForce.FOK or filled == x.quantity, No.FILL_OR_KILL_UNFILLABLE)
        return walk, x.quantity

    def plan_market(self, x: c.PlaceOrder) -> tuple[Walk, int]:
        lots, budget = x.quantity, number(x.quote_amount)
        need(not x.post_only and not x.price and bool(lots) != bool(budget), No.ORDER_TERMS_INVALID)
        need(0 <= x.max_slippage_ppm <= 10**6, No.ORDER_TERMS_INVALID)
        need(budget >= 0, No.AMOUNT_INVALID)
        if lots:
            self.check_quantity(x, lots)
        book = self.book(x.market, Side(3 - x.side))
        need(book, No.INSUFFICIENT_LIQUIDITY)
        best, slippage = book[0].terms.price, Fraction(x.max_slippage_ppm or 100_000, 10**6)
        bound = floor(best * (1 + slippage)) if x.side == Side.BUY else max(1, ceil(best * (1 - slippage)))
        if budget:
            lots = self.lots_for(x, bound, budget)
            self.check_quantity(x, lots)
        walk = self.walk(x, bound, lots)
        need(walk.end != "book" or not walk.left, No.INSUFFICIENT_LIQUIDITY)
        self.check_notional(x, walk.cost())
        return walk, lots

    def lots_for(self, x: c.PlaceOrder, bound: int, budget: int) -> int:
        """The lots of a market order by quote amount: one by one from the best price, until the next does not fit."""
        walk = self.walk(x, bound, AMOUNT_MAX)
        lots, left, least = 0, budget // self.units[x.market][1], 0
        for deed, maker, available in walk.steps:
            if deed == "decrement":
                return lots
            if deed == "trade":
                least = maker.terms.price if x.side == Side.BUY else bound
                fits = min(available, left // maker.terms.price)
                lots, left = lots + fits, left - fits * maker.terms.price
                if fits < available:
                    return lots
        need(walk.end != "book" or left < least, No.INSUFFICIENT_LIQUIDITY)
        return lots

    def check_quantity(self, x: c.PlaceOrder, lots: int) -> None:
        need(1 <= lots < 2**63, No.QUANTITY_INVALID)
        need(lots >= self.markets[x.market].min_quantity, No.QUANTITY_BELOW_MINIMUM)

    def check_notional(self, x: c.PlaceOrder, ticks: int) -> None:
        notional = ticks * self.units[x.market][1]
        need(notional <= AMOUNT_MAX, No.AMOUNT_OUT_OF_RANGE)
        need(notional >= number(self.markets[x.market].min_notional), No.NOTIONAL_BELOW_MINIMUM)

    def gives(self, x: c.PlaceOrder, ticks: int, lots: int) -> tuple[str, int]:
        """Asset and amount that an order of this side gives for `lots` that cost `ticks`."""
        base_unit, quote_unit = self.units[x.market]
        rules = self.markets[x.market]
        return (rules.quote, ticks * quote_unit) if x.side == Side.BUY else (rules.base, lots * base_unit)

    def book(self, market: str, side: Side) -> list[Order]:
        """Best price first, then oldest first."""
        resting = [order for order in self.orders.values() if order.terms.market == market and order.terms.side == side]
        sign = 1 if side == Side.SELL else -1
        return sorted(resting, key=lambda order: (sign * order.terms.price, order.order_id))

    def walk(self, x: c.PlaceOrder, bound: int, lots: int) -> Walk:
        """Go through the other side as far as `bound`, changing nothing."""
        walk = Walk(lots)
        for maker in self.book(x.market, Side(3 - x.side)):
            beyond = maker.terms.price > bound if x.side == Side.BUY else maker.terms.price < bound
            if beyond or not walk.left:
                break
            if len(walk.steps) == MEETINGS_MAX:
                walk.end = "limit"
                break
            mode = (x.stp or maker.terms.stp) if maker.terms.member == x.member else Stp.NONE
            if mode in (Stp.CANCEL_OLDEST, Stp.CANCEL_BOTH):
                walk.steps.append(("cancel", maker, maker.remaining))
            if mode in (Stp.CANCEL_NEWEST, Stp.CANCEL_BOTH):
                walk.end = "self"
                break
            if mode in (Stp.NONE, Stp.DECREMENT):
                taken = min(walk.left, maker.remaining)
                walk.steps.append(("trade" if mode == Stp.NONE else "decrement", maker, taken))
                walk.left -= taken
        return walk

    def trade(self, taker: Order, maker: Order, lots: int) -> None:
        ticks = maker.terms.price * lots
        buyer, seller = (taker, maker) if taker.terms.side == Side.BUY else (maker, taker)
        quote_asset, quote = self.gives(buyer.terms, ticks, lots)
        base_asset, base = self.gives(seller.terms, ticks, lots)
        fees = []
        for order, asset, amount in ((buyer, base_asset, base), (seller, quote_asset, quote)):
            fee = Fraction(amount * (order.taker_ppm if order is taker else order.maker_ppm), 10**6)
            self.available[order.terms.member, asset] += amount - ceil(fee)
            self.available["@revenue", asset] += floor(fee)
            self.available["@dust", asset] += ceil(fee) - floor(fee)
            fees.append(ceil(fee))
        reserved = self.gives(buyer.terms, buyer.terms.price * lots or ticks, lots)[1]
        self.held[buyer.terms.member, quote_asset] -= reserved
        self.available[buyer.terms.member, quote_asset] += reserved - quote
        self.held[seller.terms.member, base_asset] -= base
        self.effects.append(("trade", maker.order_id, taker.order_id, maker.terms.price, lots, *fees, reserved - quote))
        for order in (maker, taker):
            order.remaining -= lots
            if not order.remaining:
                self.forget(order)

    def decrement(self, order: Order, lots: int) -> None:
        if lots == order.remaining:
            self.end(order, CancelReason.SELF_TRADE)
            return
        order.remaining -= lots
        self.effects.append(("decremented", order.order_id, lots, self.release(order, lots)))

    def end(self, order: Order, reason: CancelReason) -> None:
        released = self.release(order, order.remaining)
        self.effects.append(("canceled", order.order_id, order.remaining, released, reason))
        order.remaining = 0
        self.forget(order)

    def release(self, order: Order, lots: int) -> int:
        """A market buy (of no price) has reserved only what it trades, all others what their remaining lots need."""
        asset, amount = self.gives(order.terms, order.terms.price * lots, lots)
        self.reserve(order.terms.member, asset, -amount)
        return amount

    def forget(self, order: Order) -> None:
        del self.orders[order.order_id]
        self.keys.order_ended(order.terms, self.clock)

    def to_cancel(self, x: c.CancelOrder | c.CancelOrders) -> list[Order]:
        market = None if isinstance(x, c.CancelOrder) else x.market
        need(market is None or market in self.markets, No.MARKET_UNKNOWN)
        need(x.member is None or x.member in self.members, No.MEMBER_UNKNOWN)
        need(market is None or self.states[market] != MarketState.HALTED, No.MARKET_NOT_ENABLED)
        mine = [order for order in self.orders.values() if order.terms.member == x.member]
        if isinstance(x, c.CancelOrder):
            keyed = self.keys.first((x.member, x.key), self.clock)
            order_id = x.order_id or (keyed[2] if keyed else 0)
            named = [order for order in mine if order.order_id == order_id]
            need(named, No.ORDER_UNKNOWN)
            need(self.states[named[0].terms.market] != MarketState.HALTED, No.MARKET_NOT_ENABLED)
            return named
        if x.member is None:
            mine = self.book(str(market), Side.BUY) + self.book(str(market), Side.SELL)
        mine = [order for order in mine if x.side in (None, order.terms.side) and market in (None, order.terms.market)]
        return [order for order in mine if self.states[order.terms.market] != MarketState.HALTED][:CANCELS_MAX]
