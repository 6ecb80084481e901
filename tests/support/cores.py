"""Every implementation of the core, and short ways to build commands and read what came of them.

A new implementation joins CORES and thereby every contract, property and simulation test.
"""

from collections.abc import Callable, Iterable, Sequence

from pyxiu.core import codec
from pyxiu.core.commands import Command, CreditDeposit, PlaceOrder, PutAsset, PutMarket, PutMember
from pyxiu.core.interface import Core
from pyxiu.core.machine import PythonCore
from pyxiu.core.money import ZERO, pack
from pyxiu.core.outcomes import Outcome, Record
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MarketId, MemberId, OrderKind, SelfTradePrevention, Side, TimeInForce

CoreFactory = Callable[[], Core]
CORES: dict[str, CoreFactory] = {"python": PythonCore}

BTC, ETH, USDT = AssetId("btc"), AssetId("eth"), AssetId("usdt")
BTCUSDT, ETHUSDT = MarketId("btcusdt"), MarketId("ethusdt")
ALICE, BOB, CAROL = MemberId("alice"), MemberId("bob"), MemberId("carol")
BUY, SELL = Side.BUY, Side.SELL
NOW_NS = 1_700_000_000_000_000_000
#: One lot of btc and one tick times one lot of btcusdt, as `exchange` sets them up.
BTC_LOT, BTCUSDT_UNIT = 10**4, 10**1


def submit(core: Core, *commands: Command, now_ns: int = NOW_NS) -> tuple[list[Outcome], list[Record]]:
    """Send commands as one batch; what was answered and what was recorded."""
    return submit_raw(core, [codec.encode_command(command) for command in commands], now_ns)


def submit_raw(core: Core, commands: Sequence[bytes], now_ns: int = NOW_NS) -> tuple[list[Outcome], list[Record]]:
    submitted = core.submit(codec.encode_batch(commands), now_ns)
    return codec.decode_outcomes(submitted.outcomes), codec.decode_records(submitted.records)


def ask(core: Core, command: Command, now_ns: int = NOW_NS) -> Outcome:
    """One command, one outcome."""
    return submit(core, command, now_ns=now_ns)[0][0]


def accept(core: Core, *commands: Command, now_ns: int = NOW_NS) -> list[Outcome]:
    """Send commands that must all be accepted."""
    outcomes, _ = submit(core, *commands, now_ns=now_ns)
    refused = [(command, o.rejection.name) for command, o in zip(commands, outcomes, strict=True) if o.rejection]
    assert not refused, refused
    return outcomes


def refusal(core: Core, command: Command, now_ns: int = NOW_NS) -> Rejection:
    return ask(core, command, now_ns).rejection


def exchange(core: Core, members: Iterable[MemberId] = (ALICE, BOB, CAROL), funds: int = 10**24) -> Core:
    """btc (8 decimals), eth (18), usdt (6) and two markets; every member has `funds` units of each asset."""
    accept(core, PutAsset(BTC, 8), PutAsset(ETH, 18), PutAsset(USDT, 6))
    accept(core, PutMarket(BTCUSDT, BTC, USDT, 1, 4), PutMarket(ETHUSDT, ETH, USDT, 2, 4))
    accept(core, *(PutMember(member) for member in members))
    if funds:
        accept(
            core,
            *(
                CreditDeposit(f"initial:{member}:{asset}", member, asset, pack(funds))
                for member in members
                for asset in (BTC, ETH, USDT)
            ),
        )
    return core


def limit(
    member: MemberId,
    side: Side,
    price: int,
    quantity: int,
    time_in_force: TimeInForce = TimeInForce.GTC,
    *,
    market: MarketId = BTCUSDT,
    post_only: bool = False,
    stp: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST,
    key: str = "",
) -> PlaceOrder:
    return PlaceOrder(
        member, market, side, OrderKind.LIMIT, price, quantity, time_in_force, post_only=post_only, stp=stp, key=key
    )


def at_market(
    member: MemberId,
    side: Side,
    quantity: int = 0,
    *,
    quote_amount: int = 0,
    slippage_ppm: int = 0,
    market: MarketId = BTCUSDT,
    stp: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST,
    key: str = "",
) -> PlaceOrder:
    return PlaceOrder(
        member,
        market,
        side,
        OrderKind.MARKET,
        quantity=quantity,
        stp=stp,
        key=key,
        quote_amount=pack(quote_amount) if quote_amount else ZERO,
        max_slippage_ppm=slippage_ppm,
    )
