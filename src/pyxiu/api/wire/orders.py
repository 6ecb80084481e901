"""An order as the wire shows it, from the state that the engine or the projection tells.

Invariant: the same state always gives the same bytes, so that a retry with a known client order id is answered like the
first time. Limit: the dialect's words for states, sides and kinds live in the tables below and nowhere inside.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Generic

import msgspec

from pyxiu.api.replays import MADE_KEY_PREFIX
from pyxiu.api.rules import MarketRules
from pyxiu.api.wire.texts import ZERO, Decimal, Time, iso8601_of_ns, rate, rounded_down
from pyxiu.api.wire.trades import Trade, When
from pyxiu.core.money import unpack
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import LIMIT, CancelReason, OrderKind, OrderStatus, SelfTradePrevention, Side, TimeInForce
from pyxiu.kit.decimals import format_decimal

STATES: Final = {OrderStatus.OPEN: "wait", OrderStatus.FILLED: "done", OrderStatus.CANCELED: "cancel"}
SIDES: Final = {Side.BUY: "buy", Side.SELL: "sell"}
KINDS: Final = {OrderKind.LIMIT: "limit", OrderKind.MARKET: "market"}
TIMES_IN_FORCE: Final = {TimeInForce.GTC: "gtc", TimeInForce.IOC: "ioc", TimeInForce.FOK: "fok"}
SELF_TRADE_PREVENTIONS: Final = {
    SelfTradePrevention.NONE: "none",
    SelfTradePrevention.CANCEL_NEWEST: "cancel_newest",
    SelfTradePrevention.CANCEL_OLDEST: "cancel_oldest",
    SelfTradePrevention.CANCEL_BOTH: "cancel_both",
    SelfTradePrevention.DECREMENT: "decrement",
}
CANCEL_REASONS: Final = {
    CancelReason.REQUESTED: "requested",
    CancelReason.IMMEDIATE_REMAINDER: "immediate_remainder",
    CancelReason.SELF_TRADE: "self_trade",
    CancelReason.FILL_LIMIT: "fill_limit",
}
_STATUS_OF: Final = {word: status for status, word in STATES.items()}


def _by_value(words: Mapping[Any, str]) -> tuple[str, ...]:
    """The words at the places of their values: looking there is many times faster than hashing an enumeration."""
    return tuple({int(value): word for value, word in words.items()}.get(place, "") for place in range(max(words) + 1))


_STATE_WORDS: Final = _by_value(STATES)
_SIDE_WORDS: Final = _by_value(SIDES)
_KIND_WORDS: Final = _by_value(KINDS)
_TIME_IN_FORCE_WORDS: Final = _by_value(TIMES_IN_FORCE)
_PREVENTION_WORDS: Final = _by_value(SELF_TRADE_PREVENTIONS)
_CANCEL_REASON_WORDS: Final = _by_value(CANCEL_REASONS)


class OrderFields(msgspec.Struct, Generic[When], frozen=True, gc=False):
    """An order wherever it is shown. The fields after `trades_count` are additions to the dialect."""

    id: int
    uuid: Annotated[str, msgspec.Meta(description="The id and the creation time as a UUID of version 7.")]
    side: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["buy", "sell"]})]
    ord_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["limit", "market"]})]
    price: Decimal | None
    avg_price: Annotated[Decimal, msgspec.Meta(description="Rounded down to the market's price precision.")]
    state: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["wait", "done", "cancel"]})]
    market: str
    created_at: When
    updated_at: When
    origin_volume: Decimal
    remaining_volume: Decimal
    executed_volume: Decimal
    maker_fee: Annotated[Decimal, msgspec.Meta(description="Fraction charged while resting, fixed at creation.")]
    taker_fee: Annotated[Decimal, msgspec.Meta(description="Fraction charged while taking, fixed at creation.")]
    trades_count: int
    client_order_id: str | None
    time_in_force: Annotated[str, msgspec.Meta(extra_json_schema={"enum": [*TIMES_IN_FORCE.values()]})]
    post_only: bool
    stp: Annotated[str, msgspec.Meta(extra_json_schema={"enum": [*SELF_TRADE_PREVENTIONS.values()]})]
    executed_quote: Annotated[Decimal, msgspec.Meta(description="What was paid or received, before fees.")]
    cancel_reason: str | None


class Order(OrderFields[Time], frozen=True, gc=False):
    """A member's order. The fields after `trades_count` are additions to the dialect."""

    trades: list[Trade] | msgspec.UnsetType = msgspec.UNSET


def order_entity(
    order: OrderState, rules: MarketRules, trades: list[Trade] | msgspec.UnsetType = msgspec.UNSET
) -> Order:
    """The wire's picture of an order."""
    lots_digits = rules.amount_precision
    quantity = format_decimal(order.quantity, lots_digits)
    if order.filled:
        remaining = format_decimal(order.remaining, lots_digits)
        executed = format_decimal(order.filled, lots_digits)
        filled_quote = unpack(order.filled_quote)
        average = average_price(filled_quote, order.filled, rules)
        executed_quote = format_decimal(filled_quote, rules.quote_decimals)
    else:
        remaining = quantity if order.remaining == order.quantity else format_decimal(order.remaining, lots_digits)
        executed = average = executed_quote = ZERO
    created_at = iso8601_of_ns(order.created_ns)
    return Order(
        order.order_id,
        uuid_text(order.order_id, order.created_ns),
        _SIDE_WORDS[order.side],
        _KIND_WORDS[order.kind],
        format_decimal(order.price, rules.price_precision) if order.kind is LIMIT else None,
        average,
        _STATE_WORDS[order.status],
        order.market,
        created_at,
        created_at if order.updated_ns == order.created_ns else iso8601_of_ns(order.updated_ns),
        quantity,
        remaining,
        executed,
        rate(order.maker_ppm),
        rate(order.taker_ppm),
        order.trades_count,
        order.key if order.key and order.key[0] != MADE_KEY_PREFIX else None,
        _TIME_IN_FORCE_WORDS[order.time_in_force],
        order.post_only,
        _PREVENTION_WORDS[order.stp],
        executed_quote,
        None if order.cancel_reason is None else _CANCEL_REASON_WORDS[order.cancel_reason],
        trades,
    )


def average_price(filled_quote: int, filled: int, rules: MarketRules) -> str:
    """Quote spent or received per base, rounded down to price precision."""
    return rounded_down(filled_quote * rules.lots_per_unit, filled * rules.quote_units_per_unit, rules.price_precision)


def uuid_text(order_id: int, created_ns: int) -> str:
    """`str(kit.ids.order_uuid(...))` without building the object, which costs more than the rest of an order's text."""
    return f"{_uuid_time(created_ns)}{0x8000 | order_id >> 48:04x}-{order_id & 0xFFFF_FFFF_FFFF:012x}"


@lru_cache(maxsize=1024)
def _uuid_time(created_ns: int) -> str:
    """Cached, because all orders of one batch have been created at the same time."""
    time = f"{created_ns // 1_000_000:012x}"
    return f"{time[:8]}-{time[8:]}-7000-"


def status_of(state: str) -> OrderStatus | None:
    """The status behind a wire state; None for the dialect's states that orders here never have (pending, reject)."""
    return _STATUS_OF.get(state)
