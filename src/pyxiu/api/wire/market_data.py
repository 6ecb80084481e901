"""Depth, books and tickers as the wire shows them.

Invariant: prices and amounts are texts in the market's digits. Limit: a book order tells nothing by which its owner, or
the order elsewhere, could be recognised.
"""

from typing import Annotated, Final

import msgspec

from pyxiu.api.rules import MarketRules
from pyxiu.api.wire.orders import Order, average_price, order_entity
from pyxiu.api.wire.texts import ZERO, Decimal
from pyxiu.core.interface import Depth as Levels
from pyxiu.core.outcomes import OrderState
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.tickers import Ticker as Figures

PERCENT_DIGITS: Final = 2
Level = Annotated[
    list[str], msgspec.Meta(min_length=2, max_length=2, examples=[["20000.0", "0.1"]], description="Price and amount.")
]


class Depth(msgspec.Struct, frozen=True):
    """What is offered, by price level, both sides best first."""

    timestamp: Annotated[int, msgspec.Meta(description="Unix time in seconds.")]
    asks: list[Level]
    bids: list[Level]


class BookOrder(msgspec.Struct, frozen=True):
    """An order in the public book. `id`, `uuid` and the fees are always null: whose order it is stays private."""

    id: None
    uuid: None
    side: str
    ord_type: str
    price: Decimal | None
    avg_price: Decimal
    state: str
    market: str
    created_at: str
    updated_at: str
    origin_volume: Decimal
    remaining_volume: Decimal
    executed_volume: Decimal
    maker_fee: None
    taker_fee: None
    trades_count: int


class OrderBook(msgspec.Struct, frozen=True):
    """The orders that stand in the book, best price first, then oldest."""

    asks: list[BookOrder]
    bids: list[BookOrder]


class TickerEntry(msgspec.Struct, frozen=True):
    """The last 24 hours. Everything is text; without trades it is "0.0", except `last`, the latest price ever."""

    at: Annotated[str, msgspec.Meta(description="Unix time in seconds, as text.", examples=["1620813600"])]
    avg_price: Annotated[Decimal, msgspec.Meta(description="Volume-weighted, rounded down to price precision.")]
    high: Decimal
    last: Decimal
    low: Decimal
    open: Decimal
    price_change_percent: Annotated[str, msgspec.Meta(pattern=r"^[+-][0-9]+\.[0-9]{2}%$", examples=["+1.23%"])]
    volume: Annotated[Decimal, msgspec.Meta(description="Traded, in the quote currency.")]
    amount: Annotated[Decimal, msgspec.Meta(description="Traded, in the base currency.")]
    vol: Annotated[Decimal, msgspec.Meta(description="The same as `volume`.")]


class Ticker(msgspec.Struct, frozen=True):
    at: Annotated[int, msgspec.Meta(description="Unix time in seconds.")]
    ticker: TickerEntry


def levels_texts(levels: list[tuple[int, int]], rules: MarketRules) -> list[list[str]]:
    return [
        [format_decimal(price, rules.price_precision), format_decimal(quantity, rules.amount_precision)]
        for price, quantity in levels
    ]


def depth_entity(levels: Levels, rules: MarketRules, now_s: int) -> Depth:
    return Depth(now_s, levels_texts(levels.asks, rules), levels_texts(levels.bids, rules))


def book_order_entity(order: OrderState, rules: MarketRules) -> BookOrder:
    full: Order = order_entity(order, rules)
    return BookOrder(
        id=None,
        uuid=None,
        side=full.side,
        ord_type=full.ord_type,
        price=full.price,
        avg_price=full.avg_price,
        state=full.state,
        market=full.market,
        created_at=full.created_at,
        updated_at=full.updated_at,
        origin_volume=full.origin_volume,
        remaining_volume=full.remaining_volume,
        executed_volume=full.executed_volume,
        maker_fee=None,
        taker_fee=None,
        trades_count=full.trades_count,
    )


def ticker_entity(figures: Figures, rules: MarketRules) -> Ticker:
    digits = rules.price_precision
    volume = format_decimal(figures.quote_volume, rules.quote_decimals)
    entry = TickerEntry(
        at=str(figures.at_s),
        avg_price=average_price(figures.quote_volume, figures.volume, rules) if figures.volume else ZERO,
        high=format_decimal(figures.high, digits),
        last=format_decimal(figures.last, digits),
        low=format_decimal(figures.low, digits),
        open=format_decimal(figures.open, digits),
        price_change_percent=change_percent(figures.open, figures.last),
        volume=volume,
        amount=format_decimal(figures.volume, rules.amount_precision),
        vol=volume,
    )
    return Ticker(figures.at_s, entry)


def change_percent(opened: int, last: int) -> str:
    """`+1.23%`: signed, two digits, rounded half away from zero, exactly; `+0.00%` where nothing was traded."""
    if not opened:
        return "+0.00%"
    scaled = 100 * 10**PERCENT_DIGITS
    hundredths = (2 * abs(last - opened) * scaled + opened) // (2 * opened)
    sign = "-" if last < opened and hundredths else "+"
    whole, fraction = divmod(hundredths, 10**PERCENT_DIGITS)
    return f"{sign}{whole}.{fraction:02d}%"
