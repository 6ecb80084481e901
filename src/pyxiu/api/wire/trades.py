"""A trade as the wire shows it: to the member who was part of it, and to the public.

Invariant: `total` is exactly price times amount, in the market's digits. Limit: public trades carry numbers where the
member's own carry text, because the dialect always did.
"""

from typing import Annotated, Final, Generic, TypeVar

import msgspec

from pyxiu.api.rules import MarketRules
from pyxiu.api.wire.texts import NS_PER_S, Decimal, Number, Time, iso8601_of_ns, number, rate
from pyxiu.core.types import Side
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.reads import trades as reads

_SIDES: Final = {Side.BUY: "buy", Side.SELL: "sell"}


#: How times are told: as text over HTTP, in seconds by the stream.
When = TypeVar("When")


class TradeFields(msgspec.Struct, Generic[When], frozen=True, gc=False):
    """A member's half of a trade, wherever it is shown."""

    id: int
    price: Decimal
    amount: Decimal
    total: Decimal
    fee_currency: Annotated[str, msgspec.Meta(description="The currency received; the fee was taken from it.")]
    fee: Annotated[Decimal, msgspec.Meta(description="The fraction that was charged.")]
    fee_amount: Decimal
    market: str
    created_at: When
    taker_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["buy", "sell"]})]
    side: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["buy", "sell"]})]
    order_id: int


class Trade(TradeFields[Time], frozen=True, gc=False):
    """A member's half of a trade."""


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """A trade as everyone may see it."""

    id: int
    price: Number
    amount: Number
    total: Number
    market: str
    created_at: Annotated[int, msgspec.Meta(description="Unix time in seconds.")]
    taker_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["buy", "sell"]})]


def trade_entity(trade: reads.MemberTrade, rules: MarketRules) -> Trade:
    buys = trade.side is Side.BUY
    received, decimals = (rules.base, rules.base_decimals) if buys else (rules.quote, rules.quote_decimals)
    return Trade(
        id=trade.trade_id,
        price=format_decimal(trade.price, rules.price_precision),
        amount=format_decimal(trade.quantity, rules.amount_precision),
        total=format_decimal(trade.quote_amount, rules.quote_decimals),
        fee_currency=received,
        fee=rate(trade.fee_ppm),
        fee_amount=format_decimal(trade.fee, decimals),
        market=trade.market,
        created_at=iso8601_of_ns(trade.executed_ns),
        taker_type=_SIDES[trade.taker_side],
        side=_SIDES[trade.side],
        order_id=trade.order_id,
    )


def public_trade_entity(trade: reads.PublicTrade, rules: MarketRules) -> PublicTrade:
    return PublicTrade(
        id=trade.trade_id,
        price=number(trade.price, rules.price_precision),
        amount=number(trade.quantity, rules.amount_precision),
        total=number(trade.quote_amount, rules.quote_decimals),
        market=trade.market,
        created_at=trade.executed_ns // NS_PER_S,
        taker_type=_SIDES[trade.taker_side],
    )
