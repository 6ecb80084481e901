"""Every rejection, provoked; and where two apply to one command, the one that stands first in the enumeration wins."""

from collections.abc import Callable

import pytest

from pyxiu.core import commands as c
from pyxiu.core import types
from pyxiu.core.interface import Core
from pyxiu.core.money import ZERO, pack
from pyxiu.core.rejections import DESCRIPTIONS, Rejection
from pyxiu.core.types import (
    EXTERNAL,
    MAX_FEE_PPM,
    AssetId,
    HoldId,
    MarketId,
    MarketState,
    MemberId,
    OrderId,
    OrderKind,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from tests.support.cores import (
    ALICE,
    BOB,
    BTC,
    BTCUSDT,
    BUY,
    CAROL,
    ETH,
    ETHUSDT,
    SELL,
    USDT,
    accept,
    at_market,
    limit,
    refusal,
    submit_raw,
)

NOBODY, NOWHERE, NOTHING = MemberId("nobody"), MarketId("nowhere"), AssetId("nothing")
FOK, IOC = TimeInForce.FOK, TimeInForce.IOC
R = Rejection
#: A change made before, a command, and what it must be answered. MALFORMED and KEYS_EXHAUSTED have tests of their own.
Case = tuple[Rejection, c.Command]

CASES: list[Case] = [
    (R.FIELD_INVALID, c.PutAsset(AssetId(""), 8)),
    (R.FIELD_INVALID, c.PutAsset(AssetId("b tc"), 8)),
    (R.FIELD_INVALID, c.PutAsset(AssetId("x" * 65), 8)),
    (R.FIELD_INVALID, c.PutAsset(AssetId("bťc"), 8)),
    (R.FIELD_INVALID, c.PutAsset(AssetId("@revenue"), 8)),
    (R.FIELD_INVALID, c.PutAsset(AssetId("new"), -1)),
    (R.FIELD_INVALID, c.PutAsset(AssetId("new"), 19)),
    (R.FIELD_INVALID, c.PutMarket(MarketId("any"), BTC, USDT, 1, 1)),
    (R.FIELD_INVALID, c.PutMember(EXTERNAL)),
    (R.FIELD_INVALID, c.PutMember(ALICE, "")),
    (R.FIELD_INVALID, c.PlaceHold(HoldId("no spaces"), ALICE, BTC, pack(1))),
    (R.FIELD_INVALID, c.Transfer("k", ALICE, ALICE, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.CreditDeposit("k", EXTERNAL, BTC, pack(1))),
    (R.FIELD_INVALID, c.PostEntry("k", ())),
    (R.FIELD_INVALID, c.PostEntry("k", (c.Posting(ALICE, BTC, pack(1)),) * 65)),
    (R.FIELD_INVALID, c.PostEntry("k", (c.Posting(ALICE, BTC, pack(-1)), c.Posting(BOB, BTC, pack(1))), "zero\0byte")),
    (R.FIELD_INVALID, c.PostEntry("k", (c.Posting(ALICE, BTC, pack(-1)), c.Posting(BOB, BTC, pack(1))), "x" * 10_000)),
    (R.FIELD_INVALID, c.CancelOrders()),
    (R.FIELD_INVALID, c.PutFeeSchedule((c.FeeRule("no spaces", "any", 0, 0),))),
    (R.KEY_INVALID, c.CreditDeposit("", ALICE, BTC, pack(1))),
    (R.KEY_INVALID, c.CreditDeposit("k" * 129, ALICE, BTC, pack(1))),
    (R.KEY_INVALID, c.DebitDeposit("", ALICE, BTC, pack(1))),
    (R.KEY_INVALID, c.Transfer("", ALICE, BOB, BTC, pack(1))),
    (R.KEY_INVALID, c.PostEntry("", (c.Posting(ALICE, BTC, pack(1)), c.Posting(BOB, BTC, pack(-1))))),
    (R.KEY_INVALID, c.SettleHold("", HoldId("h"), pack(1))),
    (R.KEY_INVALID, c.ReleaseHold("", HoldId("h"), pack(1))),
    (R.KEY_INVALID, limit(ALICE, BUY, 100, 5, key="k" * 129)),
    (R.KEY_INVALID, c.CreditDeposit("zero\0byte", ALICE, BTC, pack(1))),
    (R.KEY_INVALID, limit(ALICE, BUY, 100, 5, key="line\nbreak")),
    (R.KEY_REUSED, c.CreditDeposit("used", ALICE, BTC, pack(2))),
    (R.KEY_REUSED, c.PlaceHold(HoldId("used"), ALICE, BTC, pack(1))),
    (R.KEY_REUSED, limit(ALICE, SELL, 201, 5, key="used")),
    (R.ASSET_UNKNOWN, c.PutMarket(MarketId("new"), NOTHING, USDT, 1, 1)),
    (R.ASSET_UNKNOWN, c.CreditDeposit("k", ALICE, NOTHING, pack(1))),
    (R.ASSET_UNKNOWN, c.PlaceHold(HoldId("h"), ALICE, NOTHING, pack(1))),
    (R.ASSET_UNKNOWN, c.PostEntry("k", (c.Posting(ALICE, NOTHING, pack(1)), c.Posting(BOB, NOTHING, pack(-1))))),
    (R.ASSET_CONFLICT, c.PutAsset(BTC, 9)),
    (R.MARKET_UNKNOWN, c.SetMarketState(NOWHERE, MarketState.ENABLED)),
    (R.MARKET_UNKNOWN, c.PutFeeSchedule((c.FeeRule("any", NOWHERE, 0, 0),))),
    (R.MARKET_UNKNOWN, c.CancelOrders(ALICE, NOWHERE)),
    (R.MARKET_UNKNOWN, limit(ALICE, BUY, 100, 5, market=NOWHERE)),
    (R.MARKET_CONFLICT, c.PutMarket(MarketId("new"), BTC, BTC, 1, 1)),
    (R.MARKET_CONFLICT, c.PutMarket(BTCUSDT, BTC, USDT, 2, 4)),
    (R.MARKET_CONFLICT, c.PutMarket(BTCUSDT, ETH, USDT, 1, 4)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(MarketId("new"), BTC, USDT, 3, 4)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(MarketId("new"), BTC, USDT, -1, 4)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(MarketId("new"), BTC, ETH, 1, 9)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(MarketId("new"), BTC, USDT, 1, -1)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(BTCUSDT, BTC, USDT, 1, 4, min_price=0)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(BTCUSDT, BTC, USDT, 1, 4, min_price=5, max_price=4)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(BTCUSDT, BTC, USDT, 1, 4, max_price=-1)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(BTCUSDT, BTC, USDT, 1, 4, max_price=2**63)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(BTCUSDT, BTC, USDT, 1, 4, min_quantity=0)),
    (R.MARKET_PRECISION_INVALID, c.PutMarket(BTCUSDT, BTC, USDT, 1, 4, min_notional=pack(-1))),
    (R.FEE_RULE_INVALID, c.PutFeeSchedule((c.FeeRule("any", "any", -1, 0),))),
    (R.FEE_RULE_INVALID, c.PutFeeSchedule((c.FeeRule("any", "any", 0, MAX_FEE_PPM + 1),))),
    (R.FEE_RULE_INVALID, c.PutFeeSchedule((c.FeeRule("a", "any", 0, 0), c.FeeRule("a", "any", 1, 1)))),
    (R.MEMBER_UNKNOWN, c.CreditDeposit("k", NOBODY, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.CreditDeposit("k", types.REVENUE, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.DebitDeposit("k", types.DUST, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.Transfer("k", EXTERNAL, BOB, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.Transfer("k", ALICE, types.REVENUE, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.PlaceHold(HoldId("h"), EXTERNAL, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, limit(types.REVENUE, BUY, 100, 5)),
    (R.MEMBER_UNKNOWN, c.DebitDeposit("k", NOBODY, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.Transfer("k", ALICE, NOBODY, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.PlaceHold(HoldId("h"), NOBODY, BTC, pack(1))),
    (R.MEMBER_UNKNOWN, c.PostEntry("k", (c.Posting(NOBODY, BTC, pack(1)), c.Posting(BOB, BTC, pack(-1))))),
    (R.MEMBER_UNKNOWN, limit(NOBODY, BUY, 100, 5)),
    (R.MEMBER_UNKNOWN, c.CancelOrder(NOBODY, OrderId(1))),
    (R.MEMBER_UNKNOWN, c.CancelOrders(NOBODY)),
    (R.MEMBER_DISABLED, limit(MemberId("mallory"), BUY, 100, 5)),
    (R.ORDER_TERMS_INVALID, limit(ALICE, BUY, 100, 5, IOC, post_only=True)),
    (R.ORDER_TERMS_INVALID, limit(ALICE, BUY, 100, 5, FOK, post_only=True)),
    (R.ORDER_TERMS_INVALID, c.PlaceOrder(ALICE, BTCUSDT, BUY, price=100, quantity=5, quote_amount=pack(5))),
    (R.ORDER_TERMS_INVALID, c.PlaceOrder(ALICE, BTCUSDT, BUY, price=100, quantity=5, max_slippage_ppm=5)),
    (R.ORDER_TERMS_INVALID, c.PlaceOrder(ALICE, BTCUSDT, BUY, OrderKind.MARKET, 100, 5)),
    (R.ORDER_TERMS_INVALID, c.PlaceOrder(ALICE, BTCUSDT, BUY, OrderKind.MARKET, quantity=5, post_only=True)),
    (R.ORDER_TERMS_INVALID, at_market(ALICE, BUY)),
    (R.ORDER_TERMS_INVALID, at_market(ALICE, BUY, 5, quote_amount=5)),
    (R.ORDER_TERMS_INVALID, at_market(ALICE, BUY, 5, slippage_ppm=-1)),
    (R.ORDER_TERMS_INVALID, at_market(ALICE, BUY, 5, slippage_ppm=1_000_001)),
    (R.PRICE_INVALID, limit(ALICE, BUY, 0, 5)),
    (R.PRICE_INVALID, limit(ALICE, BUY, -1, 5)),
    (R.PRICE_INVALID, limit(ALICE, BUY, 2**63, 5)),
    (R.PRICE_BELOW_MINIMUM, limit(ALICE, BUY, 49, 5, market=ETHUSDT)),
    (R.PRICE_ABOVE_MAXIMUM, limit(ALICE, BUY, 501, 5, market=ETHUSDT)),
    (R.QUANTITY_INVALID, limit(ALICE, BUY, 100, 0)),
    (R.QUANTITY_INVALID, limit(ALICE, BUY, 100, -5)),
    (R.QUANTITY_INVALID, limit(ALICE, BUY, 100, 2**63)),
    (R.QUANTITY_INVALID, at_market(ALICE, BUY, -5)),
    (R.QUANTITY_INVALID, at_market(ALICE, BUY, quote_amount=1)),
    (R.QUANTITY_BELOW_MINIMUM, limit(ALICE, BUY, 100, 2, market=ETHUSDT)),
    (R.AMOUNT_INVALID, c.CreditDeposit("k", ALICE, BTC, ZERO)),
    (R.AMOUNT_INVALID, c.CreditDeposit("k", ALICE, BTC, pack(-1))),
    (R.AMOUNT_INVALID, c.CreditDeposit("k", ALICE, BTC, pack(-(2**127)))),
    (R.AMOUNT_INVALID, c.DebitDeposit("k", ALICE, BTC, pack(-1))),
    (R.AMOUNT_INVALID, c.Transfer("k", ALICE, BOB, BTC, pack(-1))),
    (R.AMOUNT_INVALID, c.PlaceHold(HoldId("h"), ALICE, BTC, ZERO)),
    (R.AMOUNT_INVALID, c.SettleHold("k", HoldId("used"), ZERO)),
    (R.AMOUNT_INVALID, c.SettleHold("k", HoldId("used"), pack(2), pack(-1))),
    (R.AMOUNT_INVALID, c.ReleaseHold("k", HoldId("used"), pack(-1))),
    (R.AMOUNT_INVALID, c.PostEntry("k", (c.Posting(ALICE, BTC, ZERO), c.Posting(BOB, BTC, ZERO)))),
    (R.AMOUNT_INVALID, at_market(ALICE, BUY, quote_amount=-1)),
    (R.AMOUNT_OUT_OF_RANGE, c.CreditDeposit("k", ALICE, BTC, pack(2**127 - 1))),
    (R.AMOUNT_OUT_OF_RANGE, c.PostEntry("k", (c.Posting(ALICE, BTC, pack(2**127 - 1)),) * 2)),
    (R.AMOUNT_OUT_OF_RANGE, limit(ALICE, BUY, 2**62, 2**63 - 1)),
    (R.NOTIONAL_BELOW_MINIMUM, limit(ALICE, BUY, 50, 3, market=ETHUSDT)),
    (R.NOTIONAL_BELOW_MINIMUM, at_market(ALICE, SELL, 3, market=ETHUSDT)),
    (R.POST_ONLY_WOULD_TAKE, limit(BOB, BUY, 200, 5, post_only=True)),
    (R.POST_ONLY_WOULD_TAKE, limit(ALICE, BUY, 200, 5, post_only=True)),
    (R.INSUFFICIENT_LIQUIDITY, at_market(BOB, SELL, 5)),
    (R.INSUFFICIENT_LIQUIDITY, at_market(BOB, BUY, 6)),
    (R.INSUFFICIENT_LIQUIDITY, at_market(BOB, BUY, quote_amount=10**6)),
    (R.FILL_OR_KILL_UNFILLABLE, limit(BOB, BUY, 200, 6, FOK)),
    (R.FILL_OR_KILL_UNFILLABLE, limit(BOB, BUY, 199, 1, FOK)),
    (R.ENTRY_UNBALANCED, c.PostEntry("k", (c.Posting(ALICE, BTC, pack(-2)), c.Posting(BOB, BTC, pack(1))))),
    (R.ENTRY_UNBALANCED, c.PostEntry("k", (c.Posting(ALICE, BTC, pack(-1)), c.Posting(BOB, USDT, pack(1))))),
    (R.HOLD_UNKNOWN, c.SettleHold("k", HoldId("h"), pack(1))),
    (R.HOLD_UNKNOWN, c.ReleaseHold("k", HoldId("h"))),
    (R.HOLD_EXCEEDED, c.SettleHold("k", HoldId("held"), pack(9), pack(2))),
    (R.HOLD_EXCEEDED, c.ReleaseHold("k", HoldId("held"), pack(11))),
    (R.INSUFFICIENT_BALANCE, c.DebitDeposit("k", ALICE, BTC, pack(10**24 + 1))),
    (R.INSUFFICIENT_BALANCE, c.Transfer("k", ALICE, BOB, BTC, pack(10**24 + 1))),
    (R.INSUFFICIENT_BALANCE, c.PlaceHold(HoldId("h"), ALICE, BTC, pack(10**24 + 1))),
    (R.INSUFFICIENT_BALANCE, c.PostEntry("k", (c.Posting(types.DUST, BTC, pack(-1)), c.Posting(BOB, BTC, pack(1))))),
    (R.INSUFFICIENT_BALANCE, limit(BOB, BUY, 10**9, 10**18)),
    (R.INSUFFICIENT_BALANCE, limit(MemberId("pauper"), SELL, 300, 1)),
    (R.INSUFFICIENT_BALANCE, at_market(MemberId("pauper"), BUY, 1)),
    (R.INSUFFICIENT_BALANCE, at_market(MemberId("pauper"), BUY, quote_amount=10_000)),
    (R.ORDER_UNKNOWN, c.CancelOrder(ALICE, OrderId(99))),
    (R.ORDER_UNKNOWN, c.CancelOrder(BOB, OrderId(1))),
    (R.ORDER_UNKNOWN, c.CancelOrder(ALICE, OrderId(0))),
    (R.ORDER_UNKNOWN, c.CancelOrder(ALICE, OrderId(0), "nothing")),
    (R.ORDER_UNKNOWN, c.CancelOrder(BOB, OrderId(0), "used")),
]  # fmt: skip


@pytest.fixture
def market(core: Core) -> Core:
    """One ask of 5 at 200, limits on ethusdt with a bid on it, a used key, a hold, a disabled and a poor member."""
    accept(
        core,
        c.PutMember(MemberId("mallory"), enabled=False),
        c.PutMember(MemberId("pauper")),
        limit(ALICE, SELL, 200, 5, key="used"),
        limit(BOB, BUY, 60, 10, market=ETHUSDT),
        c.PutMarket(ETHUSDT, ETH, USDT, 2, 4, 50, 500, 3, pack(200)),
        c.CreditDeposit("used", ALICE, BTC, pack(1)),
        c.PlaceHold(HoldId("held"), CAROL, BTC, pack(10)),
    )
    return core


@pytest.mark.parametrize(("expected", "command"), CASES, ids=lambda value: getattr(value, "name", None))
def test_each_rejection_is_given_and_changes_nothing(market: Core, expected: Rejection, command: c.Command) -> None:
    before = market.state_hash()
    assert refusal(market, command) is expected
    assert market.state_hash() == before


BOTH_CLOSED = (MarketState.CANCEL_ONLY, MarketState.HALTED, MarketState.DISABLED)
GOOD = [limit(BOB, BUY, 100, 5), limit(BOB, BUY, 100, 5, post_only=True), at_market(BOB, BUY, 1)]
CANCELS: list[c.Command] = [
    c.CancelOrder(ALICE, OrderId(1)),
    c.CancelOrders(None, BTCUSDT),
    c.CancelOrders(ALICE, BTCUSDT),
]
NOT_ENABLED, POST_ONLY, LIMIT_ONLY = R.MARKET_NOT_ENABLED, R.MARKET_POST_ONLY, R.MARKET_LIMIT_ONLY
#: What limit, post-only and market order are answered in each state, and whether cancels are taken.
STATES: dict[MarketState, tuple[list[Rejection], Rejection]] = {
    MarketState.ENABLED: ([R.NONE] * 3, R.NONE),
    MarketState.HIDDEN: ([R.NONE] * 3, R.NONE),
    MarketState.POST_ONLY: ([POST_ONLY, R.NONE, POST_ONLY], R.NONE),
    MarketState.LIMIT_ONLY: ([R.NONE, R.NONE, LIMIT_ONLY], R.NONE),
    MarketState.CANCEL_ONLY: ([NOT_ENABLED] * 3, R.NONE),
    MarketState.HALTED: ([NOT_ENABLED] * 3, NOT_ENABLED),
    MarketState.DISABLED: ([NOT_ENABLED] * 3, R.NONE),
}


@pytest.mark.parametrize("state", MarketState)
def test_a_market_state_takes_just_what_it_says(market: Core, state: MarketState) -> None:
    """E-8; ENABLED is what the market was, so that change is no change."""
    accept(market, c.SetMarketState(BTCUSDT, state))
    placed, canceled = STATES[state]
    assert [refusal(market, command) for command in GOOD] == placed
    for cancel in CANCELS:
        assert refusal(market, cancel) in {canceled, R.ORDER_UNKNOWN if canceled is R.NONE else canceled}
    assert refusal(market, limit(BOB, BUY, 100, 5, market=ETHUSDT)) is R.NONE, "other markets go on"


def test_a_halted_market_is_passed_over_when_a_member_cancels_everywhere(market: Core) -> None:
    accept(market, limit(ALICE, SELL, 300, 5, market=ETHUSDT), c.SetMarketState(BTCUSDT, MarketState.HALTED))
    accept(market, c.CancelOrders(ALICE))
    assert [order.market for order in market.open_orders(ALICE)] == [BTCUSDT]


def test_an_unknown_member_comes_before_a_halted_market(market: Core) -> None:
    accept(market, c.SetMarketState(BTCUSDT, MarketState.HALTED))
    assert refusal(market, c.CancelOrders(NOBODY, BTCUSDT)) is R.MEMBER_UNKNOWN
    assert refusal(market, c.CancelOrder(ALICE, OrderId(99))) is R.ORDER_UNKNOWN
    assert refusal(market, limit(NOBODY, BUY, 100, 5)) is R.MEMBER_UNKNOWN
    assert refusal(market, limit(MemberId("mallory"), BUY, 100, 5)) is R.MEMBER_DISABLED


def test_a_disabled_member_may_still_cancel(market: Core) -> None:
    accept(market, c.PutMember(ALICE, enabled=False))
    assert refusal(market, limit(ALICE, SELL, 200, 1)) is R.MEMBER_DISABLED
    accept(market, c.CancelOrder(ALICE, OrderId(1)))


def test_keys_are_exhausted_only_for_orders_with_a_new_key(
    market: Core, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Limit: it reaches into the Python core, because filling five million keys takes too long."""
    if "python" not in request.node.callspec.id:
        pytest.skip("the limit cannot be lowered from outside")
    monkeypatch.setattr("pyxiu.core.keys.MAX_ORDER_KEYS", 2)
    accept(market, limit(BOB, BUY, 90, 1, key="second"))
    assert refusal(market, limit(BOB, BUY, 90, 1, key="third")) is R.KEYS_EXHAUSTED
    accept(market, limit(BOB, BUY, 90, 1))
    accept(market, limit(BOB, BUY, 90, 1, key="second"))


def test_every_rejection_is_provoked_and_described() -> None:
    provoked = {expected for expected, _ in CASES} | {NOT_ENABLED, POST_ONLY, LIMIT_ONLY}
    assert set(Rejection) - provoked == {R.NONE, R.MALFORMED, R.KEYS_EXHAUSTED}
    assert set(DESCRIPTIONS) == set(Rejection) - {R.NONE}
    assert list(Rejection) == sorted(Rejection), "the order of the enumeration is the order of precedence"


def test_a_malformed_command_is_malformed(market: Core) -> None:
    outcomes, _ = submit_raw(market, [b"", b"\x00"])
    assert [outcome.rejection for outcome in outcomes] == [R.MALFORMED] * 2


#: Faults of a PlaceOrder in order of precedence, each as a change of a good order. Of several, the first must win.
Fault = tuple[Rejection, Callable[[dict[str, object]], None]]
ORDER_FAULTS: list[Fault] = [
    (R.KEY_INVALID, lambda fields: fields.update(key="k" * 129)),
    (R.MARKET_UNKNOWN, lambda fields: fields.update(market=NOWHERE)),
    (R.MEMBER_UNKNOWN, lambda fields: fields.update(member=NOBODY)),
    (R.ORDER_TERMS_INVALID, lambda fields: fields.update(max_slippage_ppm=1)),
    (R.PRICE_BELOW_MINIMUM, lambda fields: fields.update(price=2)),
    (R.QUANTITY_BELOW_MINIMUM, lambda fields: fields.update(quantity=2)),
]


@pytest.mark.parametrize("first", range(len(ORDER_FAULTS)))
def test_of_several_faults_of_an_order_the_first_is_told(market: Core, first: int) -> None:
    fields: dict[str, object] = {
        "member": MemberId("pauper"), "market": ETHUSDT, "side": Side.BUY, "price": 60, "quantity": 10,
        "time_in_force": FOK, "stp": SelfTradePrevention.NONE,
    }  # fmt: skip
    for _, spoil in ORDER_FAULTS[first:]:
        spoil(fields)
    assert refusal(market, c.PlaceOrder(**fields)) is ORDER_FAULTS[first][0]  # type: ignore[arg-type] # built by name


PAUPER, MALLORY = MemberId("pauper"), MemberId("mallory")
#: Commands with two faults or more.
PRECEDENCE: list[Case] = [
    (R.KEY_REUSED, limit(ALICE, BUY, 100, 5, key="used", market=NOWHERE)),
    (R.MEMBER_DISABLED, limit(MALLORY, BUY, 0, 0, IOC, post_only=True)),
    (R.PRICE_INVALID, limit(PAUPER, BUY, 0, 0)),
    (R.QUANTITY_INVALID, limit(PAUPER, BUY, 2**62, 2**63)),
    (R.NOTIONAL_BELOW_MINIMUM, limit(PAUPER, SELL, 50, 3, market=ETHUSDT, post_only=True)),
    (R.POST_ONLY_WOULD_TAKE, limit(PAUPER, BUY, 200, 5, post_only=True)),
    (R.FILL_OR_KILL_UNFILLABLE, limit(PAUPER, BUY, 200, 6, FOK)),
    (R.INSUFFICIENT_LIQUIDITY, at_market(PAUPER, BUY, 6)),
    (R.FIELD_INVALID, c.PlaceHold(HoldId("no spaces"), NOBODY, NOTHING, ZERO)),
    (R.FIELD_INVALID, c.Transfer("", NOBODY, NOBODY, NOTHING, ZERO)),
    (R.FIELD_INVALID, c.PostEntry("", ())),
    (R.KEY_INVALID, c.CreditDeposit("", NOBODY, NOTHING, ZERO)),
    (R.KEY_REUSED, c.CreditDeposit("used", NOBODY, NOTHING, ZERO)),
    (R.ASSET_UNKNOWN, c.CreditDeposit("k", NOBODY, NOTHING, ZERO)),
    (R.ASSET_UNKNOWN, c.PostEntry("k", (c.Posting(NOBODY, BTC, ZERO), c.Posting(ALICE, NOTHING, ZERO)))),
    (R.MEMBER_UNKNOWN, c.CreditDeposit("k", NOBODY, BTC, ZERO)),
    (R.MEMBER_UNKNOWN, c.PostEntry("k", (c.Posting(ALICE, BTC, ZERO), c.Posting(NOBODY, BTC, pack(5))))),
    (R.AMOUNT_INVALID, c.SettleHold("k", HoldId("h"), pack(-5))),
    (R.AMOUNT_OUT_OF_RANGE, c.PostEntry("k", (c.Posting(BOB, BTC, pack(2**127 - 1)), c.Posting(ALICE, BTC, pack(-1))))),
    (R.ENTRY_UNBALANCED, c.PostEntry("k", (c.Posting(PAUPER, BTC, pack(-2)), c.Posting(ALICE, BTC, pack(1))))),
    (R.ASSET_UNKNOWN, c.PutMarket(BTCUSDT, NOTHING, NOTHING, 99, 99)),
    (R.MARKET_CONFLICT, c.PutMarket(MarketId("new"), BTC, BTC, 99, 99)),
    (R.MARKET_UNKNOWN, c.PutFeeSchedule((c.FeeRule("any", NOWHERE, -1, 0),))),
    (R.MARKET_UNKNOWN, c.CancelOrders(NOBODY, NOWHERE)),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "command"), PRECEDENCE, ids=lambda value: getattr(value, "name", None))
def test_of_two_rejections_the_first_in_the_enumeration_is_told(
    market: Core, expected: Rejection, command: c.Command
) -> None:
    assert refusal(market, command) is expected
