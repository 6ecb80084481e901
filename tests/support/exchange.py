"""A small exchange's commands, for tests that need something to happen: funds, crossing orders, cancels, holds.

Every command that can carry a key does, so that a test may send it again after a crash.
"""

from random import Random

from pyxiu.core.commands import (
    CancelOrder,
    Command,
    CreditDeposit,
    PlaceHold,
    PlaceOrder,
    PutAsset,
    PutMarket,
    PutMember,
    ReleaseHold,
    SettleHold,
    Transfer,
)
from pyxiu.core.interface import Core
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, HoldId, MarketId, MemberId, OrderId, Side

BTC, USD = AssetId("btc"), AssetId("usd")
MARKET = MarketId("btcusd")
MEMBERS = [MemberId(f"m{number}") for number in range(5)]


def opening() -> list[Command]:
    """Two assets, a market, five funded members."""
    deposits = [
        CreditDeposit(f"open:{member}:{asset}", member, asset, pack(10**18))
        for member in MEMBERS
        for asset in (BTC, USD)
    ]
    return [
        PutAsset(BTC, 8),
        PutAsset(USD, 8),
        PutMarket(MARKET, BTC, USD, 2, 4),
        *(PutMember(member) for member in MEMBERS),
        *deposits,
    ]


def business(count: int, seed: int = 1) -> list[Command]:
    """The same `count` commands for the same seed. Cancels are by client order id, so they can be sent again too."""
    random = Random(seed)
    return [_one(random, number) for number in range(count)]


def facts(core: Core) -> object:
    """What the state says apart from times: two runs of the same commands must agree on it."""
    orders = sorted(
        (order.order_id, order.member, order.side, order.price, order.remaining, order.filled, order.filled_quote)
        for order in core.open_orders()
    )
    return sorted(core.accounts()), sorted(core.holds()), orders, core.depth(MARKET), core.seq


def _one(random: Random, number: int) -> Command:
    member = random.choice(MEMBERS)
    match random.randrange(10):
        case 0:
            return CreditDeposit(f"d{number}", member, USD, pack(random.randint(1, 10**9)))
        case 1:
            return Transfer(f"t{number}", member, random.choice(MEMBERS), BTC, pack(random.randint(1, 10**6)))
        case 2:
            return PlaceHold(HoldId(f"h{number}"), member, USD, pack(random.randint(1, 10**6)))
        case 3:
            hold = HoldId(f"h{random.randrange(number + 1)}")
            settle = random.random() < 0.5
            return SettleHold(f"s{number}", hold, pack(1)) if settle else ReleaseHold(f"r{number}", hold)
        case 4 | 5:
            return CancelOrder(member, OrderId(0), f"o{random.randrange(number + 1)}")
        case _:
            side = random.choice([Side.BUY, Side.SELL])
            price = 10_000 + random.randint(-20, 20)
            return PlaceOrder(member, MARKET, side, price=price, quantity=random.randint(1, 50), key=f"o{number}")
