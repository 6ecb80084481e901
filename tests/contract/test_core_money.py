"""Exact money: any decimals, products beyond 64 bits, fees by the written rule, holds that add up.

T-03, T-12, T-13, I-1, I-2, I-7, I-8, I-10, I-11 of the fault catalogue.
"""

from fractions import Fraction
from math import ceil, floor
from random import Random

import pytest

from pyxiu.core.commands import (
    CreditDeposit,
    DebitDeposit,
    FeeRule,
    PlaceHold,
    PostEntry,
    Posting,
    PutAsset,
    PutFeeSchedule,
    PutMarket,
    PutMember,
    ReleaseHold,
    SettleHold,
    Transfer,
)
from pyxiu.core.events import TradeExecuted
from pyxiu.core.interface import Core
from pyxiu.core.money import pack, unpack
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import DUST, EXTERNAL, REVENUE, AssetId, HoldId, MarketId, MemberId
from tests.support.cores import (
    ALICE,
    BOB,
    BTC,
    BTC_LOT,
    BTCUSDT,
    BTCUSDT_UNIT,
    BUY,
    CAROL,
    ETHUSDT,
    SELL,
    USDT,
    accept,
    ask,
    at_market,
    limit,
    refusal,
    submit,
)

BASE, QUOTE, PAIR = AssetId("base"), AssetId("quote"), MarketId("pair")


def balance(core: Core, owner: MemberId, asset: AssetId) -> tuple[int, int]:
    """(available, held)."""
    found = [(view.available, view.held) for view in core.accounts(owner) if view.asset == asset]
    return found[0] if found else (0, 0)


def check_sums(core: Core) -> None:
    """I-2, computed here and not by the core."""
    for asset in core.assets():
        total = sum(view.available + view.held for view in core.accounts() if view.asset == asset)
        assert total == 0, f"{asset} sums to {total}"
    core.check_invariants()


def test_every_way_to_move_funds_keeps_the_sum_at_zero(core: Core) -> None:
    """I-1, I-2, I-11."""
    moves = (
        CreditDeposit("1", ALICE, BTC, pack(100)),
        DebitDeposit("2", ALICE, BTC, pack(30)),
        Transfer("3", ALICE, BOB, BTC, pack(20)),
        PlaceHold(HoldId("4"), BOB, BTC, pack(50)),
        SettleHold("5", HoldId("4"), pack(10), pack(3)),
        ReleaseHold("6", HoldId("4"), pack(7)),
        PostEntry("7", (Posting(REVENUE, BTC, pack(-2)), Posting(CAROL, BTC, pack(2)))),
        PostEntry("8", (Posting(EXTERNAL, BTC, pack(-9)), Posting(DUST, BTC, pack(4)), Posting(BOB, BTC, pack(5)))),
    )
    for move in moves:
        accept(core, move)
        check_sums(core)
    start = 10**24
    assert balance(core, ALICE, BTC) == (start + 100 - 30 - 20, 0)
    assert balance(core, BOB, BTC) == (start + 20 - 50 + 7 + 5, 30)
    assert balance(core, CAROL, BTC) == (start + 2, 0)
    assert (balance(core, REVENUE, BTC), balance(core, DUST, BTC)) == ((1, 0), (4, 0))
    assert balance(core, EXTERNAL, BTC) == (-3 * start - 100 + 30 + 10 - 9, 0)


def test_a_hold_is_spent_or_released_in_total_just_once(core: Core) -> None:
    """I-7, I-8: created == spent + released + remaining, and a closed hold stays closed."""
    accept(core, PlaceHold(HoldId("w"), ALICE, BTC, pack(100)), SettleHold("a", HoldId("w"), pack(40), pack(5)))
    accept(core, ReleaseHold("b", HoldId("w"), pack(15)))
    (hold,) = core.holds()
    assert (hold.created, hold.spent, hold.released, hold.remaining) == (100, 45, 15, 40)
    assert refusal(core, SettleHold("c", HoldId("w"), pack(40), pack(1))) is Rejection.HOLD_EXCEEDED
    accept(core, ReleaseHold("d", HoldId("w")))
    assert core.holds() == []
    assert refusal(core, ReleaseHold("e", HoldId("w"))) is Rejection.HOLD_UNKNOWN
    assert refusal(core, PlaceHold(HoldId("w"), ALICE, BTC, pack(99))) is Rejection.KEY_REUSED
    assert balance(core, ALICE, BTC) == (10**24 - 45, 0)


def test_held_funds_cannot_be_spent_twice(core: Core) -> None:
    """T-03: order, withdrawal, transfer and debit race for the same funds; the first has them."""
    everything = 10**24
    accept(core, PlaceHold(HoldId("w"), ALICE, BTC, pack(everything - BTC_LOT)), limit(ALICE, SELL, 100, 1))
    for command in (
        limit(ALICE, SELL, 100, 1),
        PlaceHold(HoldId("x"), ALICE, BTC, pack(1)),
        Transfer("t", ALICE, BOB, BTC, pack(1)),
        DebitDeposit("d", ALICE, BTC, pack(1)),
        PostEntry("p", (Posting(ALICE, BTC, pack(-1)), Posting(BOB, BTC, pack(1)))),
    ):
        assert refusal(core, command) is Rejection.INSUFFICIENT_BALANCE
    check_sums(core)


def test_supply_is_bounded_and_nothing_overflows_on_the_way(core: Core) -> None:
    """An order may trade as taker for the whole supply and rest with more: what it has filled must still be told."""
    accept(core, PutAsset(BASE, 0), PutAsset(QUOTE, 18), PutMarket(PAIR, BASE, QUOTE, 0, 0))
    supply = next(
        2**bits - 1
        for bits in range(127, 100, -1)
        if ask(core, CreditDeposit(f"all-{bits}", BOB, QUOTE, pack(2**bits - 1))).rejection is Rejection.NONE
    )
    assert supply >= 2**125
    assert refusal(core, CreditDeposit("more", BOB, QUOTE, pack(supply))) is Rejection.AMOUNT_OUT_OF_RANGE
    quantity = 2**34
    price = supply * 9 // 10 // (quantity * 10**18)
    accept(core, CreditDeposit("base", ALICE, BASE, pack(quantity)))
    accept(core, limit(BOB, BUY, price * 19 // 10, quantity // 2, market=PAIR))
    accept(core, limit(ALICE, SELL, price, quantity, market=PAIR))
    accept(core, Transfer("around", ALICE, BOB, QUOTE, pack(balance(core, ALICE, QUOTE)[0])))
    accept(core, limit(BOB, BUY, price, quantity // 2 - 1, market=PAIR))
    (order,) = core.open_orders(ALICE)
    assert unpack(order.filled_quote) > supply
    core.restore(core.snapshot())
    check_sums(core)


@pytest.mark.parametrize(
    ("base_decimals", "quote_decimals", "price_precision", "amount_precision"),
    [(0, 0, 0, 0), (0, 18, 18, 0), (18, 0, 0, 0), (8, 8, 4, 4), (18, 18, 9, 9), (18, 18, 0, 18), (0, 18, 0, 0)],
)
def test_any_decimals_trade_exactly(
    core: Core, base_decimals: int, quote_decimals: int, price_precision: int, amount_precision: int
) -> None:
    """T-13: one tick times one lot is a whole number of quote units, and a product over 64 bits is exact."""
    accept(core, PutAsset(BASE, base_decimals), PutAsset(QUOTE, quote_decimals))
    accept(core, PutMarket(PAIR, BASE, QUOTE, price_precision, amount_precision))
    (market,) = [view for view in core.markets() if view.market == PAIR]
    assert market.base_lot == 10 ** (base_decimals - amount_precision)
    assert market.quote_lot == 10 ** (quote_decimals - price_precision - amount_precision)
    lots = 2**40 + 1
    price = (2**61 - 1) // market.quote_lot + 1
    base, quote = lots * market.base_lot, lots * price * market.quote_lot
    assert quote > 2**64
    accept(core, CreditDeposit("b", ALICE, BASE, pack(base)), CreditDeposit("q", BOB, QUOTE, pack(quote)))
    accept(core, limit(ALICE, SELL, price, lots, market=PAIR), limit(BOB, BUY, price, lots, market=PAIR))
    assert (balance(core, ALICE, BASE), balance(core, ALICE, QUOTE)) == ((0, 0), (quote, 0))
    assert (balance(core, BOB, BASE), balance(core, BOB, QUOTE)) == ((base, 0), (0, 0))
    check_sums(core)


def test_a_market_finer_than_its_assets_is_refused(core: Core) -> None:
    """T-13: no order can be worth less than one unit of the quote asset."""
    accept(core, PutAsset(BASE, 0), PutAsset(QUOTE, 0))
    for price_precision, amount_precision in ((1, 0), (0, 1)):
        market = PutMarket(PAIR, BASE, QUOTE, price_precision, amount_precision)
        assert refusal(core, market) is Rejection.MARKET_PRECISION_INVALID


FEES = (
    FeeRule("any", "any", 100, 200),
    FeeRule("any", BTCUSDT, 300, 400),
    FeeRule("gold", "any", 500, 600),
    FeeRule("gold", BTCUSDT, 700, 800),
)


@pytest.mark.parametrize(
    ("rules", "group", "market", "expected"),
    [
        (FEES, "gold", BTCUSDT, (700, 800)),
        (FEES, "gold", ETHUSDT, (500, 600)),
        (FEES, "vip-0", BTCUSDT, (300, 400)),
        (FEES, "vip-0", ETHUSDT, (100, 200)),
        (FEES[:3], "gold", BTCUSDT, (500, 600)),
        (FEES[1:], "vip-0", ETHUSDT, (0, 0)),
        ((), "gold", BTCUSDT, (0, 0)),
    ],
)
def test_the_most_specific_fee_rule_wins(
    core: Core, rules: tuple[FeeRule, ...], group: str, market: MarketId, expected: tuple[int, int]
) -> None:
    accept(core, PutMember(ALICE, group), *([PutFeeSchedule(rules)] if rules else []))
    order = ask(core, limit(ALICE, SELL, 100, 1, market=market)).order
    assert order is not None
    assert (order.maker_ppm, order.taker_ppm) == expected


def test_an_order_keeps_the_fees_of_the_moment_it_was_accepted(core: Core) -> None:
    accept(core, PutFeeSchedule((FeeRule("any", "any", 1_000, 2_000),)), limit(ALICE, SELL, 100, 1_000))
    accept(core, PutFeeSchedule(()), limit(BOB, BUY, 100, 1_000))
    quote = 100_000 * BTCUSDT_UNIT
    assert balance(core, ALICE, USDT)[0] == 10**24 + quote - quote // 1_000
    assert balance(core, BOB, BTC)[0] == 10**24 + 1_000 * BTC_LOT
    assert balance(core, REVENUE, USDT)[0] == quote // 1_000


def test_fees_are_charged_in_the_received_asset_and_rounding_goes_to_dust(core: Core) -> None:
    """I-10: the fee rounds up; its exact part rounded down is revenue, the rest is dust."""
    accept(core, PutFeeSchedule((FeeRule("any", "any", 3, 7),)), limit(ALICE, SELL, 1, 1))
    _, (record,) = submit(core, limit(BOB, BUY, 1, 1))
    (trade,) = [event for event in record.events if isinstance(event, TradeExecuted)]
    assert (unpack(trade.buyer_fee), trade.buyer_dust) == (1, 1), "7 ppm of 10,000"
    assert (unpack(trade.seller_fee), trade.seller_dust) == (1, 1), "3 ppm of 10"
    assert balance(core, BOB, BTC)[0] == 10**24 + BTC_LOT - 1
    assert balance(core, ALICE, USDT)[0] == 10**24 + BTCUSDT_UNIT - 1
    assert (balance(core, DUST, BTC), balance(core, REVENUE, BTC)) == ((1, 0), (0, 0))
    check_sums(core)


def test_a_fee_of_half_of_one_unit_takes_it_whole(core: Core) -> None:
    """The highest fee on the smallest amount never takes more than was received."""
    accept(core, PutAsset(BASE, 0), PutAsset(QUOTE, 0), PutMarket(PAIR, BASE, QUOTE, 0, 0))
    accept(core, PutFeeSchedule((FeeRule("any", "any", 500_000, 500_000),)))
    accept(core, CreditDeposit("b", ALICE, BASE, pack(1)), CreditDeposit("q", BOB, QUOTE, pack(1)))
    accept(core, limit(ALICE, SELL, 1, 1, market=PAIR), at_market(BOB, BUY, 1, market=PAIR))
    assert balance(core, BOB, BASE) == balance(core, ALICE, QUOTE) == (0, 0)
    assert (balance(core, DUST, BASE), balance(core, DUST, QUOTE)) == ((1, 0), (1, 0))
    check_sums(core)


@pytest.mark.parametrize("seed", range(3))
def test_grinding_the_rounding_gains_nobody_anything(core: Core, seed: int) -> None:
    """T-12: thousands of trades of the smallest lots; revenue and dust match fractions to the unit, users only lose."""
    random = Random(seed)
    maker_ppm, taker_ppm = random.randrange(1, 3_000), random.randrange(1, 3_000)
    accept(core, PutFeeSchedule((FeeRule("any", "any", maker_ppm, taker_ppm),)))
    exact = dict.fromkeys((BTC, USDT), Fraction())
    charged = dict.fromkeys((BTC, USDT), 0)
    revenue = dict.fromkeys((BTC, USDT), 0)
    for _ in range(60):
        commands = []
        for _ in range(25):
            price, lots = random.randrange(1, 9), random.randrange(1, 4)
            commands += [limit(ALICE, SELL, price, lots), limit(BOB, BUY, price, lots)]
            for asset, received, ppm in (
                (BTC, lots * BTC_LOT, taker_ppm),
                (USDT, price * lots * BTCUSDT_UNIT, maker_ppm),
            ):
                fee = Fraction(received * ppm, 10**6)
                exact[asset] += fee
                charged[asset] += ceil(fee)
                revenue[asset] += floor(fee)
        accept(core, *commands)
    for asset in (BTC, USDT):
        users = sum(sum(balance(core, member, asset)) for member in (ALICE, BOB, CAROL))
        assert users == 3 * 10**24 - charged[asset]
        assert balance(core, REVENUE, asset)[0] == revenue[asset]
        assert balance(core, DUST, asset)[0] == charged[asset] - revenue[asset]
        assert charged[asset] >= exact[asset] >= revenue[asset]
    assert core.open_orders() == []
    check_sums(core)


def test_splitting_an_order_never_lowers_its_fee(core: Core) -> None:
    accept(core, PutFeeSchedule((FeeRule("any", "any", 0, 333),)))
    accept(core, limit(CAROL, SELL, 100, 200))
    accept(core, limit(ALICE, BUY, 100, 100), *(limit(BOB, BUY, 100, 1) for _ in range(100)))
    assert balance(core, ALICE, BTC)[0] >= balance(core, BOB, BTC)[0]
