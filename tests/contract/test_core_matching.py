"""How orders meet: price-time priority, time in force, post-only, market orders and their protection.

T-24, T-26, E-3, E-4, E-6, E-7, E-11 of the fault catalogue.
"""

import msgspec
import pytest

from pyxiu.core import codec
from pyxiu.core.commands import CancelOrder, CancelOrders, PlaceOrder
from pyxiu.core.events import OrderAccepted, OrderCanceled, TradeExecuted
from pyxiu.core.interface import Core
from pyxiu.core.money import unpack
from pyxiu.core.outcomes import OrderState
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import (
    DEFAULT_SLIPPAGE_PPM,
    MAX_CANCELS_PER_COMMAND,
    MAX_FILLS_PER_COMMAND,
    PPM,
    CancelReason,
    OrderId,
    OrderStatus,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from tests.support.cores import (
    ALICE,
    BOB,
    BTC,
    BTCUSDT,
    BTCUSDT_UNIT,
    BUY,
    CAROL,
    SELL,
    USDT,
    accept,
    ask,
    at_market,
    limit,
    refusal,
    submit,
)

GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
SIDES = pytest.mark.parametrize("side", [BUY, SELL], ids=["buy", "sell"])


def place(core: Core, order: PlaceOrder) -> OrderState:
    """The order as it stands after it was accepted."""
    outcome = ask(core, order)
    assert outcome.rejection is Rejection.NONE, outcome.rejection.name
    assert outcome.order is not None
    return outcome.order


def fills(core: Core, order: PlaceOrder) -> list[tuple[int, int, int]]:
    """(maker order, price, lots) of each trade of an order."""
    _, (record,) = submit(core, order)
    return [(e.maker_order_id, e.price, e.quantity) for e in record.events if isinstance(e, TradeExecuted)]


def opposite(side: Side) -> Side:
    return SELL if side is BUY else BUY


def better(side: Side, price: int, ticks: int) -> int:
    """`ticks` more aggressive for an order of this side."""
    return price + ticks if side is BUY else price - ticks


def held(core: Core) -> int:
    return sum(account.held for account in core.accounts())


@SIDES
def test_best_price_trades_first_then_the_oldest(core: Core, side: Side) -> None:
    """E-3, E-4: and always at the maker's price."""
    resting = opposite(side)
    for member, ticks in ((ALICE, 0), (BOB, 2), (ALICE, 2), (BOB, 1)):
        accept(core, limit(member, resting, better(resting, 1_000, ticks), 5))
    taken = fills(core, limit(CAROL, side, 1_000, 17))
    two, one = better(resting, 1_000, 2), better(resting, 1_000, 1)
    assert taken == [(2, two, 5), (3, two, 5), (4, one, 5), (1, 1_000, 2)]


def test_a_partly_filled_order_keeps_its_place(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 10), limit(BOB, SELL, 100, 10), limit(CAROL, BUY, 100, 4))
    assert fills(core, limit(CAROL, BUY, 100, 8)) == [(1, 100, 6), (2, 100, 2)]


def test_an_order_placed_again_goes_to_the_end(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 1), limit(BOB, SELL, 100, 1), CancelOrder(ALICE, OrderId(1)))
    accept(core, limit(ALICE, SELL, 100, 1))
    assert fills(core, limit(CAROL, BUY, 100, 2)) == [(2, 100, 1), (3, 100, 1)]


@SIDES
def test_a_gtc_limit_rests_with_what_it_did_not_take(core: Core, side: Side) -> None:
    accept(core, limit(ALICE, opposite(side), 100, 3))
    order = place(core, limit(BOB, side, 100, 10))
    assert (order.status, order.filled, order.remaining) == (OrderStatus.OPEN, 3, 7)
    depth = core.depth(BTCUSDT)
    assert (depth.bids, depth.asks) == (([(100, 7)], []) if side is BUY else ([], [(100, 7)]))


@SIDES
def test_a_price_that_is_not_reached_does_not_trade(core: Core, side: Side) -> None:
    accept(core, limit(ALICE, opposite(side), better(side, 100, 1), 3))
    assert fills(core, limit(BOB, side, 100, 10)) == []
    core.check_invariants()


@SIDES
def test_ioc_remainder_is_canceled_and_hold_released(core: Core, side: Side) -> None:
    accept(core, limit(ALICE, opposite(side), 100, 3))
    order = place(core, limit(BOB, side, better(side, 100, 5), 10, IOC))
    assert (order.status, order.filled, order.remaining) == (OrderStatus.CANCELED, 3, 7)
    assert order.cancel_reason is CancelReason.IMMEDIATE_REMAINDER
    assert core.open_orders() == []
    assert held(core) == 0


def test_ioc_on_an_empty_book_is_accepted_and_canceled(core: Core) -> None:
    order = place(core, limit(BOB, BUY, 100, 10, IOC))
    assert (order.status, order.filled, order.remaining) == (OrderStatus.CANCELED, 0, 10)
    assert held(core) == 0


@SIDES
def test_fok_fills_whole_or_not_at_all(core: Core, side: Side) -> None:
    """T-24: one lot missing, one tick away, or just enough."""
    resting = opposite(side)
    accept(core, limit(ALICE, resting, 100, 3), limit(CAROL, resting, better(side, 100, 1), 3))
    assert refusal(core, limit(BOB, side, better(side, 100, 1), 7, FOK)) is Rejection.FILL_OR_KILL_UNFILLABLE
    assert refusal(core, limit(BOB, side, 100, 4, FOK)) is Rejection.FILL_OR_KILL_UNFILLABLE
    order = place(core, limit(BOB, side, better(side, 100, 1), 6, FOK))
    assert (order.status, order.filled, order.trades_count) == (OrderStatus.FILLED, 6, 2)
    assert held(core) == 0


def test_fok_judges_the_book_left_by_the_command_before_it_in_the_batch(core: Core) -> None:
    """T-24: a book that changes at the same instant."""
    accept(core, limit(ALICE, SELL, 100, 3))
    outcomes, _ = submit(
        core, limit(BOB, BUY, 100, 3, FOK), limit(CAROL, BUY, 100, 1, FOK), limit(ALICE, SELL, 100, 1),
        limit(CAROL, BUY, 100, 1, FOK),
    )  # fmt: skip
    assert [o.rejection for o in outcomes] == [
        Rejection.NONE, Rejection.FILL_OR_KILL_UNFILLABLE, Rejection.NONE, Rejection.NONE
    ]  # fmt: skip


@SIDES
@pytest.mark.parametrize("owner", [ALICE, BOB], ids=["another's", "own"])
def test_post_only_never_takes_not_even_by_one_tick(core: Core, side: Side, owner: object) -> None:
    """T-24: at the price or one tick through it is refused, one tick short of it rests."""
    accept(core, limit(ALICE if owner == ALICE else BOB, opposite(side), 100, 3))
    for ticks in (0, 1, 50):
        order = limit(BOB, side, better(side, 100, ticks), 10, post_only=True)
        assert refusal(core, order) is Rejection.POST_ONLY_WOULD_TAKE
    order_state = place(core, limit(BOB, side, better(side, 100, -1), 10, post_only=True))
    assert (order_state.status, order_state.post_only) == (OrderStatus.OPEN, True)


@SIDES
def test_a_market_order_takes_up_to_its_slippage_and_never_rests(core: Core, side: Side) -> None:
    """T-26: at the bound it trades, one tick beyond it does not count."""
    resting = opposite(side)
    edge = better(side, 1_000, 1_000 * DEFAULT_SLIPPAGE_PPM // PPM)
    accept(core, limit(ALICE, resting, 1_000, 1), limit(ALICE, resting, edge, 1))
    accept(core, limit(ALICE, resting, better(side, edge, 1), 5))
    assert refusal(core, at_market(BOB, side, 3)) is Rejection.INSUFFICIENT_LIQUIDITY
    order = place(core, at_market(BOB, side, 2))
    assert (order.status, order.filled, order.price) == (OrderStatus.FILLED, 2, 0)
    assert [o.member for o in core.open_orders()] == [ALICE]
    core.check_invariants()


@pytest.mark.parametrize(
    ("side", "slippage_ppm", "worst"),
    [(BUY, 1, 999), (BUY, 1_001, 999), (BUY, 1_002, 1_000), (BUY, PPM, 1_998), (SELL, 1, 999), (SELL, 1_001, 999),
     (SELL, 1_002, 998), (SELL, 990_000, 10), (SELL, PPM, 1)],
)  # fmt: skip
def test_the_slippage_bound_rounds_towards_the_best_price(
    core: Core, side: Side, slippage_ppm: int, worst: int
) -> None:
    """T-26, with 99 % slippage and more."""
    resting = opposite(side)
    accept(core, limit(ALICE, resting, 999, 1))
    if worst != 999:
        accept(core, limit(ALICE, resting, worst, 1))
    beyond = better(side, worst, 1)
    if beyond:
        accept(core, limit(ALICE, resting, beyond, 1))
    reachable = 1 if worst == 999 else 2
    bounded = [at_market(BOB, side, lots, slippage_ppm=slippage_ppm) for lots in (reachable + 1, reachable)]
    assert refusal(core, bounded[0]) is Rejection.INSUFFICIENT_LIQUIDITY
    assert place(core, bounded[1]).filled == reachable


@SIDES
def test_a_market_order_on_an_empty_book_is_refused(core: Core, side: Side) -> None:
    """T-26: also when there is a book, but only on its own side."""
    accept(core, limit(ALICE, side, 100, 5))
    for order in (at_market(BOB, side, 1), at_market(BOB, side, quote_amount=10**6)):
        assert refusal(core, order) is Rejection.INSUFFICIENT_LIQUIDITY
    core.check_invariants()


@pytest.mark.parametrize("time_in_force", TimeInForce)
def test_the_time_in_force_of_a_market_order_makes_no_difference(core: Core, time_in_force: TimeInForce) -> None:
    accept(core, limit(ALICE, SELL, 100, 5))
    order = place(core, msgspec.structs.replace(at_market(BOB, BUY, 2), time_in_force=time_in_force))
    assert (order.status, order.filled) == (OrderStatus.FILLED, 2)


def test_a_market_buy_holds_exactly_what_it_will_cost(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 5), limit(ALICE, SELL, 103, 5))
    _, (record,) = submit(core, at_market(BOB, BUY, 7))
    assert isinstance(record.events[0], OrderAccepted)
    assert unpack(record.events[0].hold) == (5 * 100 + 2 * 103) * BTCUSDT_UNIT
    assert held(core) == 3 * 10**4, "only the rest of the ask is held"


def test_price_improvement_goes_back_to_the_buyer_with_each_trade(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 90, 5), limit(ALICE, SELL, 95, 5))
    _, (record,) = submit(core, limit(BOB, BUY, 100, 12))
    trades = [event for event in record.events if isinstance(event, TradeExecuted)]
    assert [unpack(trade.buyer_release) for trade in trades] == [5 * 10 * BTCUSDT_UNIT, 5 * 5 * BTCUSDT_UNIT]
    (usdt,) = [account for account in core.accounts(BOB) if account.asset == USDT]
    assert usdt.held == 2 * 100 * BTCUSDT_UNIT
    assert 10**24 - usdt.available - usdt.held == (5 * 90 + 5 * 95) * BTCUSDT_UNIT


#: Lots bought or sold by a quote amount, given in ticks times lots, against asks 100x5, 103x5 or bids 100x5, 97x5.
BY_QUOTE = [
    (BUY, 99, Rejection.QUANTITY_INVALID), (BUY, 100, 1), (BUY, 199, 1), (BUY, 500, 5), (BUY, 602, 5), (BUY, 603, 6),
    (BUY, 1_015, 10), (BUY, 1_117, 10), (BUY, 1_118, Rejection.INSUFFICIENT_LIQUIDITY),
    (SELL, 99, Rejection.QUANTITY_INVALID), (SELL, 100, 1), (SELL, 500, 5), (SELL, 596, 5), (SELL, 597, 6),
    (SELL, 985, 10), (SELL, 985 + 89, 10), (SELL, 985 + 90, Rejection.INSUFFICIENT_LIQUIDITY),
]  # fmt: skip


@pytest.mark.parametrize(("side", "ticks", "expected"), BY_QUOTE)
def test_a_quote_amount_takes_lot_by_lot_while_the_next_one_fits(
    core: Core, side: Side, ticks: int, expected: int | Rejection
) -> None:
    """The bound of the default slippage is 110 for the buy (a next lot costs at least 103) and 90 for the sell."""
    accept(core, limit(ALICE, opposite(side), 100, 5), limit(ALICE, opposite(side), 103 if side is BUY else 97, 5))
    outcome = ask(core, at_market(BOB, side, quote_amount=ticks * BTCUSDT_UNIT + BTCUSDT_UNIT - 1))
    if isinstance(expected, Rejection):
        assert outcome.rejection is expected
        return
    assert outcome.order is not None
    assert (outcome.order.filled, outcome.order.status) == (expected, OrderStatus.FILLED)
    assert unpack(outcome.order.filled_quote) <= ticks * BTCUSDT_UNIT
    core.check_invariants()


def test_one_order_meets_at_most_so_many_resting_ones(core: Core) -> None:
    """E-11: a GTC limit, a market order and an FOK order over the limit."""
    crowd = [limit(ALICE, SELL, 100, 1) for _ in range(2 * MAX_FILLS_PER_COMMAND + 1)]
    accept(core, *crowd)
    assert refusal(core, limit(BOB, BUY, 100, MAX_FILLS_PER_COMMAND + 1, FOK)) is Rejection.FILL_OR_KILL_UNFILLABLE
    for order in (limit(BOB, BUY, 100, MAX_FILLS_PER_COMMAND + 1), at_market(CAROL, BUY, MAX_FILLS_PER_COMMAND + 1)):
        state = place(core, order)
        assert (state.filled, state.remaining, state.status) == (MAX_FILLS_PER_COMMAND, 1, OrderStatus.CANCELED)
        assert state.cancel_reason is CancelReason.FILL_LIMIT
        core.check_invariants()
    assert held(core) == 10**4


def test_own_orders_canceled_on_the_way_count_as_met(core: Core) -> None:
    """E-11: a member cannot make one command cancel without bound."""
    accept(core, *(limit(BOB, SELL, 100, 1) for _ in range(MAX_FILLS_PER_COMMAND + 5)))
    _, (record,) = submit(core, limit(BOB, BUY, 100, 1, stp=SelfTradePrevention.CANCEL_OLDEST))
    canceled = [event for event in record.events if isinstance(event, OrderCanceled)]
    assert len(canceled) == MAX_FILLS_PER_COMMAND + 1
    assert (canceled[-1].order_id, canceled[-1].reason) == (MAX_FILLS_PER_COMMAND + 6, CancelReason.FILL_LIMIT)
    core.check_invariants()


def test_an_order_of_just_so_many_fills_is_filled(core: Core) -> None:
    accept(core, *(limit(ALICE, SELL, 100, 1) for _ in range(MAX_FILLS_PER_COMMAND)))
    assert place(core, limit(BOB, BUY, 100, MAX_FILLS_PER_COMMAND, FOK)).status is OrderStatus.FILLED


def test_cancel_all_is_bounded_and_says_that_more_remain(core: Core) -> None:
    accept(core, *(limit(ALICE, BUY, 10, 1) for _ in range(MAX_CANCELS_PER_COMMAND + 2)))
    first = ask(core, CancelOrders(ALICE))
    assert (len(first.orders), first.more) == (MAX_CANCELS_PER_COMMAND, True)
    assert [order.order_id for order in first.orders] == list(range(1, MAX_CANCELS_PER_COMMAND + 1)), "oldest first"
    rest = ask(core, CancelOrders(None, BTCUSDT))
    assert (len(rest.orders), rest.more) == (2, False)
    assert held(core) == 0


def test_cancel_all_of_just_so_many_leaves_no_more(core: Core) -> None:
    accept(core, *(limit(ALICE, BUY, 10, 1) for _ in range(MAX_CANCELS_PER_COMMAND)))
    outcome = ask(core, CancelOrders(ALICE))
    assert (len(outcome.orders), outcome.more) == (MAX_CANCELS_PER_COMMAND, False)


def test_cancel_all_is_narrowed_by_member_market_and_side(core: Core) -> None:
    accept(core, limit(ALICE, BUY, 10, 1), limit(ALICE, SELL, 20, 1), limit(BOB, BUY, 10, 1), limit(BOB, SELL, 20, 1))
    assert [o.order_id for o in ask(core, CancelOrders(ALICE, BTCUSDT, SELL)).orders] == [2]
    assert [o.order_id for o in ask(core, CancelOrders(None, BTCUSDT, BUY)).orders] == [1, 3]
    assert [o.order_id for o in ask(core, CancelOrders(BOB)).orders] == [4]


def test_a_canceled_order_is_told_with_what_was_left(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 10, key="mine"), limit(BOB, BUY, 100, 4))
    order = ask(core, CancelOrder(ALICE, OrderId(0), "mine")).order
    assert order is not None
    assert (order.order_id, order.status, order.filled, order.remaining) == (1, OrderStatus.CANCELED, 4, 6)
    assert (order.cancel_reason, order.quantity) == (CancelReason.REQUESTED, 10)
    assert refusal(core, CancelOrder(ALICE, OrderId(1))) is Rejection.ORDER_UNKNOWN, "ended is final (E-6)"
    assert {account.available for account in core.accounts(ALICE) if account.asset == BTC} == {10**24 - 4 * 10**4}


def test_of_id_and_key_of_a_cancel_only_the_id_counts(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 10, key="mine"), limit(ALICE, SELL, 101, 10))
    assert refusal(core, CancelOrder(ALICE, OrderId(99), "mine")) is Rejection.ORDER_UNKNOWN
    accept(core, CancelOrder(ALICE, OrderId(2), "mine"))
    assert [order.order_id for order in core.open_orders()] == [1]


def test_records_can_be_decoded_without_the_core(core: Core) -> None:
    _, (record,) = submit(core, limit(ALICE, SELL, 100, 10))
    assert codec.decode_command(record.command) == limit(ALICE, SELL, 100, 10)
