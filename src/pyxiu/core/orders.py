"""An open order as the state keeps it.

Invariant: `quantity == filled + remaining + canceled`, and what the order holds is a function of side, price and
remaining (`need`), so a hold cannot drift from its order. Limit: a market order's need is known only while it is
placed; it never outlives its command.
"""

from typing import TYPE_CHECKING

from pyxiu.core.money import ZERO, pack
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import (
    BUY,
    GTC,
    LIMIT,
    OPEN,
    CancelReason,
)

if TYPE_CHECKING:
    from pyxiu.core.book import Level
    from pyxiu.core.events import OrderAccepted
    from pyxiu.core.state import Market, Member


class Order:
    """Links to its level and neighbours (`level`, `older`, `newer`) make removal O(1) wherever it stands."""

    __slots__ = (
        "cancel_reason",
        "created_ns",
        "filled",
        "filled_quote",
        "id",
        "key",
        "kind",
        "level",
        "maker_ppm",
        "market",
        "member",
        "newer",
        "older",
        "post_only",
        "price",
        "quantity",
        "remaining",
        "side",
        "status",
        "stp",
        "taker_ppm",
        "time_in_force",
        "trades_count",
    )

    def __init__(
        self, terms: "OrderAccepted | OrderState", member: "Member", market: "Market", created_ns: int
    ) -> None:
        self.id = terms.order_id
        self.member = member
        self.market = market
        self.side = terms.side
        self.kind = terms.kind
        self.price = terms.price
        self.quantity = self.remaining = terms.quantity
        self.filled = self.filled_quote = self.trades_count = 0
        self.maker_ppm = terms.maker_ppm
        self.taker_ppm = terms.taker_ppm
        self.time_in_force = terms.time_in_force
        self.post_only = terms.post_only
        self.stp = terms.stp
        self.key = terms.key
        self.created_ns = created_ns
        self.status = OPEN
        self.cancel_reason: CancelReason | None = None
        self.level: Level | None = None
        self.older: Order | None = None
        self.newer: Order | None = None

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
            pack(self.filled_quote) if self.filled_quote else ZERO,
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
