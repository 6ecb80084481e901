"""What a maker wants to have in a book, and the fewest cancels and orders that get it there.

Invariant: pure; never more than `LEVELS` orders a side; buys stand below the middle and sells above it, so the maker
does not trade with itself. Limit: one maker that quotes both sides of a market evenly.
"""

import random
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pyxiu.app.demo.bots.prices import MILLION
from pyxiu.kit.decimals import format_decimal, parse_decimal

LEVELS: Final = 12
#: Distance of the first level from the middle, and between levels, in millionths of the price.
FIRST_PPM: Final = 300
STEP_PPM: Final = 350
#: An order this near to a wanted level may stay.
TOLERANCE_PPM: Final = 140
#: What one level is worth, in millionths of the quote currency of a dollar market; a level further out is larger.
LEVEL_VALUE: Final = 4_000 * MILLION
CHANGES_MAX: Final = 16


class Market(NamedTuple):
    """The digits of a market, as GET /public/markets tells them."""

    id: str
    price_precision: int
    amount_precision: int
    min_amount: str

    @classmethod
    def from_wire(cls, entity: dict[str, Any]) -> "Market":
        return cls(
            str(entity["id"]),
            int(entity["price_precision"]),
            int(entity["amount_precision"]),
            str(entity["min_amount"]),
        )

    def ticks(self, price: int) -> int:
        """A price in millionths as ticks."""
        power: int = 10**self.price_precision
        return max(1, price * power // MILLION)

    def price_text(self, ticks: int) -> str:
        return format_decimal(ticks, self.price_precision)

    def volume_text(self, lots: int) -> str:
        smallest = parse_decimal(self.min_amount, self.amount_precision) or 1
        return format_decimal(max(lots, smallest), self.amount_precision)


class Open(NamedTuple):
    """An order in the book."""

    id: int
    side: str
    ticks: int


class Quote(NamedTuple):
    side: str
    ticks: int
    volume: str


class Changes(NamedTuple):
    cancels: list[int]
    places: list[Quote]


def wanted_quotes(market: Market, middle: int, value: int, rng: random.Random) -> list[Quote]:
    """A ladder around the middle; `value` is what a level is worth, in millionths of the quote currency."""
    quotes = []
    for level in range(LEVELS):
        distance = middle * (FIRST_PPM + level * STEP_PPM) // MILLION
        for side, price in (("buy", middle - distance), ("sell", middle + distance)):
            ticks = market.ticks(price) + (1 if side == "sell" else 0)
            worth = value * (4 + level) * rng.randint(60, 140) // 400
            lots = worth * 10**market.amount_precision // max(1, price)
            quotes.append(Quote(side, ticks, market.volume_text(lots)))
    return quotes


def changes(standing: Sequence[Open], wanted: Sequence[Quote], middle_ticks: int) -> Changes:
    """Keep what is near a wanted level, cancel what is not, place what is missing: bounded, worst first."""
    tolerance = middle_ticks * TOLERANCE_PPM // MILLION
    left = list(standing)
    missing = []
    for quote in wanted:
        near = [order for order in left if order.side == quote.side and abs(order.ticks - quote.ticks) <= tolerance]
        if near:
            left.remove(min(near, key=lambda order: abs(order.ticks - quote.ticks)))
        else:
            missing.append(quote)
    # First those on the wrong side of the middle: they would stop the new ones from resting.
    left.sort(key=lambda order: middle_ticks - order.ticks if order.side == "buy" else order.ticks - middle_ticks)
    return Changes([order.id for order in left[:CHANGES_MAX]], missing[:CHANGES_MAX])
