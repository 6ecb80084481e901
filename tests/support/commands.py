"""A seeded stream of commands for a small, busy exchange: near the touch, full of retries, mistakes and edge cases.

It looks at the oracle to aim at orders and holds that exist. Limit: fields are well-formed and the catalog commands are
valid, because that is what the oracle judges.
"""

from collections import deque
from collections.abc import Callable
from random import Random

from pyxiu.core import commands as c
from pyxiu.core.money import ZERO, pack
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
from tests.support.oracle import Oracle

#: Decimals from none to the most there may be.
ASSETS = {AssetId("ada"): 0, AssetId("btc"): 8, AssetId("eth"): 18, AssetId("usd"): 18}
#: Market: base, quote, price precision, amount precision.
MARKETS = {
    MarketId("btcusd"): (AssetId("btc"), AssetId("usd"), 2, 4),
    MarketId("ethbtc"): (AssetId("eth"), AssetId("btc"), 5, 3),
    MarketId("adausd"): (AssetId("ada"), AssetId("usd"), 18, 0),
}
GROUPS = ("vip-0", "vip-1", "maker")
MEMBERS = [MemberId(f"m{number:02}") for number in range(24)]
FUNDS = 10**27
TRADING = (MarketState.ENABLED, MarketState.HIDDEN)


def opening() -> list[c.Command]:
    """Assets, markets, members, funds and fees."""
    return [
        *(c.PutAsset(asset, decimals) for asset, decimals in ASSETS.items()),
        *(c.PutMarket(market, *terms) for market, terms in MARKETS.items()),
        *(c.PutMember(member, GROUPS[number % len(GROUPS)]) for number, member in enumerate(MEMBERS)),
        *(
            c.CreditDeposit(f"opening:{member}:{asset}", member, asset, pack(FUNDS))
            for member in MEMBERS
            for asset in ASSETS
        ),
        c.PutFeeSchedule((c.FeeRule("any", "any", 1_000, 2_000), c.FeeRule("maker", "any", 0, 333))),
    ]


class CommandStream:
    """`next()` draws a command. Prices wander around a middle of their own, so that books stay near and trade."""

    def __init__(self, seed: int, oracle: Oracle) -> None:
        self.random = Random(seed)
        self.oracle = oracle
        self.middles = dict.fromkeys(MARKETS, 1_000)
        self.members = MEMBERS[: self.random.choice((8, 24))]
        self.recent: deque[c.Command] = deque(maxlen=200)
        self.number = 0
        self.now_ns = 10**18
        kinds: list[tuple[int, Callable[[], c.Command]]] = [
            (580, self.limit_order),
            (70, self.market_order),
            (130, self.cancel_order),
            (2, self.cancel_orders),
            (40, self.retry),
            (50, self.funds),
            (30, self.hold),
            (8, self.catalog),
        ]
        self.weights = [weight for weight, _ in kinds]
        self.makers = [make for _, make in kinds]

    def next(self) -> c.Command:
        self.number += 1
        (make,) = self.random.choices(self.makers, self.weights)
        command = make()
        if getattr(command, "key", "") or isinstance(command, c.PlaceHold):
            self.recent.append(command)
        return command

    def tick(self) -> int:
        """Time passes, mostly by little, now and then by half a day or backwards."""
        draw = self.random.random()
        if draw < 0.001:
            self.now_ns += 13 * 3600 * 10**9
        elif draw < 0.01:
            return self.now_ns - self.random.randrange(10**12)
        self.now_ns += self.random.randrange(10**8)
        return self.now_ns

    def limit_order(self) -> c.PlaceOrder:
        r = self.random
        market = self.market()
        side = r.choice((Side.BUY, Side.SELL))
        away = int(r.expovariate(0.12)) - 5
        price = self.middles[market] + (away if side is Side.SELL else -away)
        (time_in_force,) = r.choices((TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK), (85, 8, 7))
        return c.PlaceOrder(
            self.member(),
            market,
            side,
            OrderKind.LIMIT,
            price if r.random() < 0.99 else r.choice((0, -1, 1, 5, 2**63 - 1)),
            self.quantity(),
            time_in_force,
            post_only=r.random() < 0.1,
            stp=self.stp(),
            key=self.key(0.3),
        )

    def market_order(self) -> c.PlaceOrder:
        r = self.random
        market = self.market()
        by_quote = r.random() < 0.4
        return c.PlaceOrder(
            self.member(),
            market,
            r.choice((Side.BUY, Side.SELL)),
            OrderKind.MARKET,
            quantity=0 if by_quote else self.quantity(),
            time_in_force=r.choice(tuple(TimeInForce)),
            stp=self.stp(),
            key=self.key(0.2),
            quote_amount=pack(self.quantity() * self.middles[market] * self.quote_unit(market)) if by_quote else ZERO,
            max_slippage_ppm=r.choice((0, 0, 1_000, 10_000, 1_000_000)),
        )

    def cancel_order(self) -> c.CancelOrder:
        r = self.random
        if not self.oracle.orders or r.random() < 0.03:
            return c.CancelOrder(self.member(), OrderId(r.randrange(self.oracle.last_order + 2)))
        order = r.choice(list(self.oracle.orders.values()))
        member = order.terms.member if r.random() < 0.97 else self.member()
        if order.terms.key and r.random() < 0.5:
            return c.CancelOrder(member, OrderId(0), order.terms.key)
        return c.CancelOrder(member, OrderId(order.order_id))

    def cancel_orders(self) -> c.CancelOrders:
        r = self.random
        side = r.choice((None, Side.BUY, Side.SELL))
        if r.random() < 0.03:
            return c.CancelOrders(None, self.market(), side)
        return c.CancelOrders(self.member(), r.choice((None, self.market())), side)

    def retry(self) -> c.Command:
        """Something sent before, sometimes changed; or anything, where nothing was."""
        if not self.recent:
            return self.limit_order()
        command = self.random.choice(self.recent)
        if isinstance(command, c.CreditDeposit) and self.random.random() < 0.5:
            return c.CreditDeposit(command.key, command.member, command.asset, pack(7))
        if isinstance(command, c.PlaceOrder) and self.random.random() < 0.2:
            return c.PlaceOrder(command.member, command.market, command.side, price=999, quantity=9, key=command.key)
        return command

    def funds(self) -> c.Command:
        r = self.random
        asset, member, amount = r.choice(list(ASSETS)), self.member(), pack(self.amount())
        kind = r.randrange(4)
        if kind == 0:
            return c.CreditDeposit(self.key(1), member, asset, amount)
        if kind == 1:
            return c.DebitDeposit(self.key(1), member, asset, amount)
        if kind == 2:
            return c.Transfer(self.key(1), member, self.member(), asset, amount)
        owners = [member, self.member(), r.choice((MemberId("@external"), MemberId("@revenue"), MemberId("@dust")))]
        first, second = self.amount(), self.amount()
        third = -first - second + (r.random() < 0.1)
        return c.PostEntry(self.key(1), tuple(map(c.Posting, owners, [asset] * 3, map(pack, (first, -second, third)))))

    def hold(self) -> c.Command:
        r = self.random
        if not self.oracle.holds or r.random() < 0.4:
            return c.PlaceHold(HoldId(self.key(1)), self.member(), r.choice(list(ASSETS)), pack(self.amount()))
        hold_id = HoldId(r.choice(list(self.oracle.holds)))
        part = self.oracle.holds[hold_id][2] // r.choice((1, 2, 3)) + r.choice((0, 0, 0, 1))
        if r.random() < 0.5:
            return c.ReleaseHold(self.key(1), hold_id, pack(part) if r.random() < 0.7 else ZERO)
        fee = part // 10
        return c.SettleHold(self.key(1), hold_id, pack(part - fee), pack(fee))

    def catalog(self) -> c.Command:
        r = self.random
        kind = r.randrange(5)
        market = self.market()
        if kind == 0:
            (state,) = r.choices(tuple(MarketState), (40, 10, 1, 1, 1, 1, 1))
            broken = [m for m, found in self.oracle.states.items() if found not in TRADING]
            return (
                c.SetMarketState(MarketId(broken[0]), MarketState.ENABLED)
                if broken
                else c.SetMarketState(market, state)
            )
        if kind == 1:
            return c.PutMember(self.member(), r.choice(GROUPS), r.random() < 0.9)
        if kind == 2:
            rules = {(r.choice((*GROUPS, "any")), r.choice((*MARKETS, "any"))): r.randrange(3_000) for _ in range(4)}
            return c.PutFeeSchedule(tuple(c.FeeRule(*pair, fee // 2, fee) for pair, fee in rules.items()))
        if kind == 3:
            limits = (r.choice((1, 900)), r.choice((0, 1_100)), r.choice((1, 3)), pack(r.choice((0, 10_000))))
            limits = limits if r.random() < 0.3 else (1, 0, 1, ZERO)
            return c.PutMarket(market, *MARKETS[market], *limits)
        return c.PutMember(r.choice(self.members), r.choice(GROUPS))

    def market(self) -> MarketId:
        market = self.random.choice(tuple(MARKETS))
        if self.random.random() < 0.05:
            self.middles[market] = min(5_000, max(50, self.middles[market] + self.random.choice((-1, 1))))
        return market

    def member(self) -> MemberId:
        """A few are busy, most are not; one in five hundred does not exist."""
        if self.random.random() < 0.002:
            return MemberId("nobody")
        return self.members[int(len(self.members) * self.random.random() ** 2)]

    def stp(self) -> SelfTradePrevention:
        return self.random.choice(tuple(SelfTradePrevention))

    def quantity(self) -> int:
        return self.random.choice((1, 2, 3, 5, 8, 20, 100, self.random.randrange(1, 1_000)))

    def amount(self) -> int:
        return self.random.choice((1, 7, 10**9, 10**18, 10**26, self.random.randrange(-5, 10**25)))

    def key(self, likely: float) -> str:
        return f"k{self.number}" if self.random.random() < likely else ""

    def quote_unit(self, market: MarketId) -> int:
        _, quote, price_precision, amount_precision = MARKETS[market]
        return int(10 ** (ASSETS[quote] - price_precision - amount_precision))
