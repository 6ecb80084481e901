"""What the caller is told: an outcome per command, and the record that the journal keeps.

Invariant: an outcome with `rejection` 0 has a `seq`, and the state holds its effect; any other outcome changed nothing.
"""

import msgspec

from pyxiu.core.events import Event
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import (
    CancelReason,
    MarketId,
    MemberId,
    OrderId,
    OrderKind,
    OrderStatus,
    SelfTradePrevention,
    Side,
    TimeInForce,
)


class OrderState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order as of one record: prices in ticks, quantities in lots, `filled_quote` in the quote asset's units.

    `quantity == filled + remaining + canceled`; `remaining` is what was left when the order ended, as the wire shows
    it.
    """

    order_id: OrderId
    member: MemberId
    market: MarketId
    side: Side
    kind: OrderKind
    status: OrderStatus
    price: int
    quantity: int
    remaining: int
    filled: int
    filled_quote: bytes
    trades_count: int
    maker_ppm: int
    taker_ppm: int
    time_in_force: TimeInForce
    post_only: bool
    stp: SelfTradePrevention
    key: str
    created_ns: int
    updated_ns: int
    cancel_reason: CancelReason | None = None


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`seq` of the record (0 if rejected). `replayed`: the key was known and this is the first effect told again.

    `order` for PlaceOrder and CancelOrder, `orders` and `more` for CancelOrders.
    """

    seq: int
    rejection: Rejection = Rejection.NONE
    order: OrderState | None = None
    orders: tuple[OrderState, ...] = ()
    more: bool = False
    replayed: bool = False


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One committed command with its events. `at_ns` is unix time, never decreasing from record to record."""

    seq: int
    at_ns: int
    command: bytes
    events: list[Event]
