"""An open order as the state keeps it.

Invariant: `quantity == filled + remaining + canceled`, and what the order holds is a function of side, price and
remaining (`need`), so a hold cannot drift from its order. Limit: a market order's need is known only while it is
placed; it never outlives its command.
"""

from typing import TYPE_CHECKING

import msgspec

from pyxiu.core.money import ZERO
from pyxiu.core.outcomes import OrderState
from pyxiu.core.structs import quick_to_set
from pyxiu.core.types import (
    BUY,
    GTC,
    LIMIT,
    OPEN,
    CancelReason,
    OrderId,
    OrderKind,
    OrderStatus,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

if TYPE_CHECKING:
    from pyxiu.core.book import Level
    from pyxiu.core.state import Account, Market, Member


@quick_to_set
class Order(msgspec.Struct, eq=False):
    """Mutable; links to its level and neighbours (`level`, `older`, `newer`) make removal O(1) wherever it stands.

    A struct only because that is the cheapest object to make: it is never encoded (see `state`). `account` is the
    member's that the order's hold is on: of the quote asset for a buy, else of the base.
    """

    id: OrderId
    member: "Member"
    market: "Market"
    account: "Account"
    side: Side
    kind: OrderKind
    price: int
    quantity: int
    remaining: int
    time_in_force: TimeInForce
    post_only: bool
    stp: SelfTradePrevention
    maker_ppm: int
    taker_ppm: int
    key: str
    created_ns: int
    filled: int = 0
    filled_quote: int = 0
    trades_count: int = 0
    status: OrderStatus = OPEN
    cancel_reason: CancelReason | None = None
    level: "Level | None" = None
    older: "Order | None" = None
    newer: "Order | None" = None

    @property
    def rests(self) -> bool:
        """Whether an order of these terms stands in the book; all others end within their command."""
        return self.kind is LIMIT and self.time_in_force is GTC

    def need(self, lots: int) -> int:
        """What `lots` of this limit order (or market sell) keep held, in the quote asset for a buy, else in base."""
        if self.side is BUY:
            return self.price * lots * self.market.quote_lot
        return lots * self.market.base_lot

    def state(self, updated_ns: int) -> OrderState:
        """The order as callers see it, as of a record at `updated_ns`."""
        return OrderState(
            self.id,
            self.member.id,
            self.market.id,
            self.side,
            self.kind,
            self.status,
            self.price,
            self.quantity,
            self.remaining,
            self.filled,
            self.filled_quote.to_bytes(16) if self.filled_quote else ZERO,
            self.trades_count,
            self.maker_ppm,
            self.taker_ppm,
            self.time_in_force,
            self.post_only,
            self.stp,
            self.key,
            self.created_ns,
            updated_ns,
            self.cancel_reason,
        )
