"""Self-trade prevention in every mode, as taker and as maker, whole and in part (T-23, E-5)."""

from typing import NamedTuple

import pytest

from pyxiu.core.events import Event, OrderCanceled, OrderDecremented, TradeExecuted
from pyxiu.core.interface import Core
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import CancelReason, OrderStatus, Side, TimeInForce
from pyxiu.core.types import SelfTradePrevention as Stp
from tests.support.cores import (
    ALICE,
    BOB,
    BTC,
    BTC_LOT,
    BUY,
    SELL,
    USDT,
    accept,
    ask,
    at_market,
    limit,
    refusal,
    submit,
)

SIDES = pytest.mark.parametrize("side", [BUY, SELL], ids=["buy", "sell"])


class Case(NamedTuple):
    """Bob has 5 resting and takes `lots`; behind his own order stands one of Alice with 5."""

    mode: Stp
    lots: int
    traded: int
    maker_left: int
    taker_left: int
    taker_ends: CancelReason | None


CASES = [
    Case(Stp.CANCEL_NEWEST, 3, 0, 5, 0, CancelReason.SELF_TRADE),
    Case(Stp.CANCEL_NEWEST, 8, 0, 5, 0, CancelReason.SELF_TRADE),
    Case(Stp.CANCEL_OLDEST, 3, 3, 0, 0, None),
    Case(Stp.CANCEL_OLDEST, 8, 5, 0, 3, None),
    Case(Stp.CANCEL_BOTH, 3, 0, 0, 0, CancelReason.SELF_TRADE),
    Case(Stp.CANCEL_BOTH, 8, 0, 0, 0, CancelReason.SELF_TRADE),
    Case(Stp.DECREMENT, 3, 0, 2, 0, CancelReason.SELF_TRADE),
    Case(Stp.DECREMENT, 5, 0, 0, 0, CancelReason.SELF_TRADE),
    Case(Stp.DECREMENT, 8, 3, 0, 0, None),
    Case(Stp.DECREMENT, 12, 5, 0, 2, None),
]


def opposite(side: Side) -> Side:
    return SELL if side is BUY else BUY


def of_member(core: Core) -> dict[int, int]:
    return {order.order_id: order.remaining for order in core.open_orders(BOB)}


@SIDES
@pytest.mark.parametrize("rules", ["taker's", "maker's"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.mode.name}-{case.lots}")
def test_the_mode_decides_what_becomes_of_both_orders(core: Core, case: Case, side: Side, rules: str) -> None:
    """The taker's mode rules; where it is NONE, the maker's. Another mode of the maker is not asked."""
    maker_mode = case.mode if rules == "maker's" else Stp.CANCEL_NEWEST
    taker_mode = Stp.NONE if rules == "maker's" else case.mode
    accept(core, limit(BOB, opposite(side), 100, 5, stp=maker_mode), limit(ALICE, opposite(side), 100, 5))
    (outcome,), (record,) = submit(core, limit(BOB, side, 100, case.lots, stp=taker_mode))
    assert outcome.order is not None
    assert outcome.order.filled == case.traded
    assert outcome.order.cancel_reason == case.taker_ends
    left = {1: case.maker_left, 3: case.taker_left}
    assert of_member(core) == {order_id: lots for order_id, lots in left.items() if lots}
    assert all(e.maker != e.taker for e in record.events if isinstance(e, TradeExecuted))
    core.check_invariants()


@SIDES
def test_without_prevention_on_either_side_a_member_trades_with_itself(core: Core, side: Side) -> None:
    accept(core, limit(BOB, opposite(side), 100, 5, stp=Stp.NONE))
    before = {(a.asset, a.available + a.held) for a in core.accounts(BOB)}
    order = ask(core, limit(BOB, side, 100, 3, stp=Stp.NONE)).order
    assert order is not None
    assert order.status is OrderStatus.FILLED
    assert {(a.asset, a.available + a.held) for a in core.accounts(BOB)} == before
    assert of_member(core) == {1: 2}


@SIDES
def test_a_partly_filled_taker_meets_its_own_order(core: Core, side: Side) -> None:
    """Trades with others before it stand; only the rest is subject to the mode."""
    accept(core, limit(ALICE, opposite(side), 100, 4), limit(BOB, opposite(side), 100, 5))
    order = ask(core, limit(BOB, side, 100, 6)).order
    assert order is not None
    assert (order.filled, order.remaining, order.cancel_reason) == (4, 2, CancelReason.SELF_TRADE)
    assert of_member(core) == {2: 5}


@SIDES
def test_a_partly_filled_maker_is_decremented_by_what_is_left(core: Core, side: Side) -> None:
    accept(core, limit(BOB, opposite(side), 100, 5), limit(ALICE, side, 100, 2))
    order = ask(core, limit(BOB, side, 100, 7, stp=Stp.DECREMENT)).order
    assert order is not None
    assert (order.filled, order.remaining, order.status) == (0, 4, OrderStatus.OPEN)
    assert of_member(core) == {3: 4}
    core.check_invariants()


def test_decrementing_releases_just_the_hold_of_the_lots_taken_off(core: Core) -> None:
    accept(core, limit(BOB, SELL, 100, 5))
    _, (record,) = submit(core, limit(BOB, BUY, 103, 3, stp=Stp.DECREMENT))
    assert [type(event) for event in record.events[1:]] == [OrderDecremented, OrderCanceled]
    held = {account.asset: account.held for account in core.accounts(BOB)}
    assert (held[BTC], held[USDT]) == (2 * BTC_LOT, 0)


def self_trade_kinds(events: list[Event]) -> list[tuple[str, int, int]]:
    return [
        (type(event).__name__, event.order_id, event.quantity)
        for event in events
        if isinstance(event, OrderDecremented | OrderCanceled)
    ]


@pytest.mark.parametrize(
    ("lots", "expected"),
    [
        (3, [("OrderDecremented", 1, 3), ("OrderCanceled", 2, 3)]),
        (5, [("OrderCanceled", 1, 5), ("OrderCanceled", 2, 5)]),
        (8, [("OrderCanceled", 1, 5), ("OrderDecremented", 2, 5)]),
    ],
)
def test_of_a_decremented_pair_the_one_that_reaches_nothing_is_canceled(
    core: Core, lots: int, expected: list[tuple[str, int, int]]
) -> None:
    accept(core, limit(BOB, SELL, 100, 5))
    _, (record,) = submit(core, limit(BOB, BUY, 100, lots, stp=Stp.DECREMENT))
    assert self_trade_kinds(record.events) == expected


@SIDES
@pytest.mark.parametrize("mode", [Stp.CANCEL_NEWEST, Stp.CANCEL_OLDEST, Stp.CANCEL_BOTH, Stp.DECREMENT])
def test_fok_counts_only_what_its_mode_lets_it_trade(core: Core, mode: Stp, side: Side) -> None:
    """Own orders are passed over when they would be canceled; in all other modes counting stops at the first."""
    accept(core, limit(ALICE, opposite(side), 100, 2), limit(BOB, opposite(side), 100, 5, stp=Stp.NONE))
    accept(core, limit(ALICE, opposite(side), 100, 2))
    whole = limit(BOB, side, 100, 4, TimeInForce.FOK, stp=mode)
    first = limit(BOB, side, 100, 2, TimeInForce.FOK, stp=mode)
    if mode is Stp.CANCEL_OLDEST:
        order = ask(core, whole).order
        assert order is not None
        assert (order.filled, of_member(core)) == (4, {})
    else:
        assert refusal(core, whole) is Rejection.FILL_OR_KILL_UNFILLABLE
        order = ask(core, first).order
        assert order is not None
        assert (order.filled, of_member(core)) == (2, {2: 5})


@SIDES
def test_a_market_order_stops_at_its_own_order_or_passes_over_it(core: Core, side: Side) -> None:
    accept(core, limit(ALICE, opposite(side), 100, 2), limit(BOB, opposite(side), 100, 5, stp=Stp.NONE))
    accept(core, limit(ALICE, opposite(side), 100, 9))
    stopped = ask(core, at_market(BOB, side, 10)).order
    assert stopped is not None
    assert (stopped.filled, stopped.remaining, stopped.cancel_reason) == (2, 8, CancelReason.SELF_TRADE)
    decremented = ask(core, at_market(BOB, side, 6, stp=Stp.DECREMENT)).order
    assert decremented is not None
    assert (decremented.filled, decremented.status, of_member(core)) == (1, OrderStatus.FILLED, {})
    accept(core, limit(BOB, opposite(side), 100, 5, stp=Stp.NONE))
    passed = ask(core, at_market(BOB, side, 8, stp=Stp.CANCEL_OLDEST)).order
    assert passed is not None
    assert (passed.filled, passed.status) == (8, OrderStatus.FILLED)
    core.check_invariants()


@SIDES
def test_a_market_order_by_quote_amount_counts_up_to_its_own_order(core: Core, side: Side) -> None:
    accept(core, limit(ALICE, opposite(side), 100, 2), limit(BOB, opposite(side), 100, 5))
    order = ask(core, at_market(BOB, side, quote_amount=10**6)).order
    assert order is not None
    assert (order.quantity, order.filled, order.status) == (2, 2, OrderStatus.FILLED)
    assert refusal(core, at_market(BOB, side, quote_amount=10**6)) is Rejection.QUANTITY_INVALID
