"""What Hypothesis draws commands from: few members, few prices, few keys, so that everything meets everything."""

from hypothesis import strategies as st

from pyxiu.core import commands as c
from pyxiu.core.money import pack
from pyxiu.core.types import (
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

ASSETS = {AssetId("ada"): 0, AssetId("btc"): 8, AssetId("usd"): 18}
MARKETS = {
    MarketId("adausd"): (AssetId("ada"), AssetId("usd"), 18, 0),
    MarketId("btcusd"): (AssetId("btc"), AssetId("usd"), 2, 4),
}
MEMBERS = [MemberId("ann"), MemberId("ben"), MemberId("cay")]
GROUPS = ["vip-0", "maker"]

members = st.sampled_from([*MEMBERS, *MEMBERS, *MEMBERS, *MEMBERS, MemberId("nobody")])
assets = st.sampled_from(list(ASSETS))
markets = st.sampled_from(list(MARKETS))
sides = st.sampled_from(Side)
stps = st.sampled_from(SelfTradePrevention)
prices = st.integers(1, 12)
lots = st.integers(1, 20)
keys = st.sampled_from([f"k{number}" for number in range(40)])
order_keys = st.one_of(st.just(""), st.just(""), st.sampled_from(["a", "b", "c"]))
hold_ids = st.sampled_from([HoldId(f"h{number}") for number in range(4)])
order_ids = st.integers(0, 40).map(OrderId)
amounts = st.one_of(
    st.integers(-1, 10), st.integers(1, 2 * 10**17), st.sampled_from([2**126 - 1, 2**126, 2**127 - 1])
).map(pack)
fees_ppm = st.sampled_from([0, 1, 333, 2_500, 500_000])

openings: list[c.Command] = [
    *(c.PutAsset(asset, decimals) for asset, decimals in ASSETS.items()),
    *(c.PutMarket(market, *terms) for market, terms in MARKETS.items()),
    *(c.PutMember(member) for member in MEMBERS),
    *(
        c.CreditDeposit(f"opening:{member}:{asset}", member, asset, pack(10**6 if asset == "ada" else 10**17))
        for member in MEMBERS
        for asset in ASSETS
    ),
]

limit_orders = st.builds(
    c.PlaceOrder,
    member=members,
    market=markets,
    side=sides,
    kind=st.just(OrderKind.LIMIT),
    price=prices,
    quantity=lots,
    time_in_force=st.sampled_from([TimeInForce.GTC, *TimeInForce]),
    post_only=st.sampled_from([False, False, False, True]),
    stp=stps,
    key=order_keys,
)
market_orders = st.builds(
    c.PlaceOrder,
    member=members,
    market=markets,
    side=sides,
    kind=st.just(OrderKind.MARKET),
    quantity=lots,
    stp=stps,
    key=order_keys,
    max_slippage_ppm=st.sampled_from([0, 1, 200_000, 1_000_000]),
)
quote_orders = st.builds(
    lambda order, ticks: c.PlaceOrder(
        order.member, order.market, order.side, OrderKind.MARKET, stp=order.stp, key=order.key,
        quote_amount=pack(ticks * (1 if order.market == "adausd" else 10**12) + 1), max_slippage_ppm=1_000_000,
    ),
    market_orders,
    st.integers(0, 400),
)  # fmt: skip
cancels: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.CancelOrder, members, order_ids),
    st.builds(c.CancelOrder, members, st.just(OrderId(0)), st.sampled_from(["a", "b", "c"])),
    st.builds(c.CancelOrders, members, st.none() | markets, st.none() | sides),
    st.builds(c.CancelOrders, st.none(), markets, st.none() | sides),
)
postings = st.builds(c.Posting, st.sampled_from([*MEMBERS, *map(MemberId, ("@external", "@revenue"))]), assets, amounts)
money_moves: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.CreditDeposit, keys, members, assets, amounts),
    st.builds(c.DebitDeposit, keys, members, assets, amounts),
    st.builds(c.Transfer, keys, members, members, assets, amounts),
    st.builds(c.PostEntry, keys, st.tuples(postings, postings)),
    st.builds(
        lambda key, source, target, asset, amount: c.PostEntry(
            key, (c.Posting(source, asset, pack(-amount)), c.Posting(target, asset, pack(amount)))
        ),
        keys,
        st.sampled_from(MEMBERS),
        st.sampled_from(MEMBERS),
        assets,
        st.integers(1, 10**6),
    ),
)
hold_moves: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.PlaceHold, hold_ids, members, assets, amounts),
    st.builds(c.SettleHold, keys, hold_ids, amounts, st.integers(-1, 3).map(pack)),
    st.builds(c.ReleaseHold, keys, hold_ids, amounts),
)
#: Valid ones only: the oracle does not judge the catalog.
catalog_changes: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.SetMarketState, markets, st.sampled_from([MarketState.ENABLED] * 9 + list(MarketState))),
    st.builds(c.PutMember, st.sampled_from(MEMBERS), st.sampled_from(GROUPS), st.sampled_from([True, True, False])),
    st.builds(
        lambda rules: c.PutFeeSchedule(tuple(c.FeeRule(*pair, *fees) for pair, fees in rules.items())),
        st.dictionaries(
            st.tuples(st.sampled_from([*GROUPS, "any"]), st.sampled_from([*MARKETS, "any"])),
            st.tuples(fees_ppm, fees_ppm),
            max_size=4,
        ),
    ),
    st.builds(
        lambda market, least, most, lots: c.PutMarket(market, *MARKETS[market], least, most, lots),
        markets,
        st.integers(1, 3),
        st.sampled_from([0, 0, 10]),
        st.integers(1, 3),
    ),
)
