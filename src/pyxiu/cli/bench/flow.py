"""A seeded flow of orders like that of a busy market, to drive the core with.

55 % of the commands are limit orders near the touch at a geometric distance, 35 % cancel an open order, 10 % trade at
once; few members are busy, most are not. The flow runs against a core of its own, so that every cancel names an order
that is open then: another core in the same state answers the same stream, at the same NOW_NS, the same way.
"""

import math
from collections.abc import Iterator
from random import Random

from pyxiu.core import codec
from pyxiu.core.commands import (
    CancelOrder,
    Command,
    FeeRule,
    PlaceOrder,
    PostEntry,
    Posting,
    PutAsset,
    PutFeeSchedule,
    PutMarket,
    PutMember,
)
from pyxiu.core.events import OrderAccepted, OrderCanceled, TradeExecuted
from pyxiu.core.interface import Core
from pyxiu.core.money import pack
from pyxiu.core.types import (
    EXTERNAL,
    MAX_POSTINGS,
    AssetId,
    MarketId,
    MemberId,
    OrderId,
    OrderKind,
    Side,
)

BTC, USDT, BTCUSDT = AssetId("btc"), AssetId("usdt"), MarketId("btcusdt")
BASE_FUNDS, QUOTE_FUNDS = 10**24, 10**28  # beyond 64 bits, as real balances of 18 decimals are
MIDDLE = 1_000_000
#: Mean distance from the touch, in ticks.
DISTANCE = 20
#: Resting orders of the start are spread over this many prices a side.
LEVELS = 5_000
SETUP_BATCH = 1_024
NOW_NS = 1_700_000_000_000_000_000


class OrderFlow:
    def __init__(self, core: Core, *, seed: int, members: int, keyed: bool = False) -> None:
        self.core = core
        self.random = Random(seed)  # noqa: S311 -- load, not secrets
        self.members = [MemberId(f"member-{number}") for number in range(members)]
        self.keyed = keyed
        self.number = 0
        self._open: list[tuple[MemberId, OrderId]] = []
        self._places: dict[OrderId, int] = {}

    @property
    def open_orders(self) -> int:
        return len(self._open)

    def set_up_members(self) -> None:
        """Assets, a market, fees, and members with funds in both assets."""
        self._submit(
            PutAsset(BTC, 8),
            PutAsset(USDT, 6),
            PutMarket(BTCUSDT, BTC, USDT, 2, 4),
            PutFeeSchedule((FeeRule("any", "any", 1_000, 2_000),)),
        )
        for first in range(0, len(self.members), SETUP_BATCH):
            self._submit(*map(PutMember, self.members[first : first + SETUP_BATCH]))
        share = MAX_POSTINGS - 1
        for asset, funds in ((BTC, BASE_FUNDS), (USDT, QUOTE_FUNDS)):
            for first in range(0, len(self.members), share):
                funded = self.members[first : first + share]
                lines = [Posting(member, asset, pack(funds)) for member in funded]
                lines.append(Posting(EXTERNAL, asset, pack(-funds * len(funded))))
                self._submit(PostEntry(f"funds:{asset}:{first}", tuple(lines)))

    def set_up_orders(self, count: int) -> None:
        """Fill the book with `count` resting orders that do not cross, by all members alike."""
        made = 0
        while made < count:
            batch = min(SETUP_BATCH, count - made)
            self._submit(*(self._spread_order() for _ in range(batch)))
            made += batch

    def stream(self, count: int) -> Iterator[bytes]:
        """Draw `count` commands, each sent to the flow's own core as it is drawn."""
        if not self._places:
            self._look_up_open_orders()
        for _ in range(count):
            yield self._send(self._draw())

    def _look_up_open_orders(self) -> None:
        """Learn what set_up_orders opened; only here, so that the memory of the core can be told alone before."""
        self._open = [(order.member, order.order_id) for order in self.core.open_orders()]
        self._places = {order_id: place for place, (_, order_id) in enumerate(self._open)}

    def _draw(self) -> Command:
        draw = self.random.random()
        if draw < 0.35 and self._open:
            member, order_id = self.random.choice(self._open)
            return CancelOrder(member, order_id)
        if draw < 0.45:
            return self._marketable_order()
        return self._near_order()

    def _near_order(self) -> PlaceOrder:
        side = self.random.choice((Side.BUY, Side.SELL))
        return self._order(side, MIDDLE + 1 + self._distance() if side is Side.SELL else MIDDLE - 1 - self._distance())

    def _marketable_order(self) -> PlaceOrder:
        """Half market orders, half limit orders that cross."""
        side = self.random.choice((Side.BUY, Side.SELL))
        if self.random.random() < 0.5:
            return PlaceOrder(self._member(), BTCUSDT, side, OrderKind.MARKET, quantity=self._quantity())
        return self._order(side, MIDDLE + 3 * DISTANCE * (1 if side is Side.BUY else -1))

    def _spread_order(self) -> PlaceOrder:
        side = self.random.choice((Side.BUY, Side.SELL))
        away = 2 + self.random.randrange(LEVELS)
        member = self.random.choice(self.members)
        return PlaceOrder(
            member, BTCUSDT, side, price=MIDDLE + (away if side is Side.SELL else -away), quantity=self._quantity()
        )

    def _order(self, side: Side, price: int) -> PlaceOrder:
        self.number += 1
        key = f"order-{self.number}" if self.keyed else ""
        return PlaceOrder(self._member(), BTCUSDT, side, price=price, quantity=self._quantity(), key=key)

    def _member(self) -> MemberId:
        return self.members[int(len(self.members) * self.random.random() ** 3)]

    def _quantity(self) -> int:
        return self.random.randrange(1, 1_000)

    def _distance(self) -> int:
        """Geometric, by inversion."""
        return int(math.log1p(-self.random.random()) / math.log1p(-1 / DISTANCE))

    def _send(self, command: Command) -> bytes:
        """Submit one command and keep track of what it opened and closed."""
        raw, records = self._submit(command)
        for record in codec.decode_records(records):
            for event in record.events:
                self._follow(event)
        return raw[0]

    def _submit(self, *commands: Command) -> tuple[list[bytes], bytes]:
        raw = [codec.encode_command(command) for command in commands]
        return raw, self.core.submit(codec.encode_batch(raw), NOW_NS).records

    def _follow(self, event: object) -> None:
        match event:
            case OrderAccepted():
                if event.kind is OrderKind.LIMIT:
                    self._places[event.order_id] = len(self._open)
                    self._open.append((event.member, event.order_id))
            case TradeExecuted():
                for order_id, remaining in (
                    (event.maker_order_id, event.maker_remaining),
                    (event.taker_order_id, event.taker_remaining),
                ):
                    if remaining == 0:
                        self._forget(order_id)
            case OrderCanceled():
                self._forget(event.order_id)

    def _forget(self, order_id: OrderId) -> None:
        """Drop an order in O(1): the last one takes its place."""
        place = self._places.pop(order_id, None)
        if place is None:
            return
        last = self._open.pop()
        if last[1] != order_id:
            self._open[place] = last
            self._places[last[1]] = place
