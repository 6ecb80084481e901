"""What the edge needs of a market to read and write numbers: its digits, by the ids that clients use.

Invariant: derived from the catalog's picture and rebuilt when that changes; precisions and decimals of a market never
change, so a picture of a second ago still parses exactly. Limit: whether a market takes orders is the engine's answer.
"""

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Final, NamedTuple

from pyxiu.catalog.model import Market, MarketStatus
from pyxiu.catalog.reads import CatalogPicture, CatalogReader

#: How long the catalog is not even asked; what is shown is older than that by what the catalog allows itself.
ASK_EVERY_S: Final = 0.2


class MarketRules(NamedTuple):
    market: str
    base: str
    quote: str
    price_precision: int
    amount_precision: int
    base_decimals: int
    quote_decimals: int
    #: 10^amount_precision and 10^quote_decimals
    lots_per_unit: int
    quote_units_per_unit: int
    state: MarketStatus

    @property
    def readable(self) -> bool:
        """Whether the public may look at it; all that is not disabled."""
        return self.state is not MarketStatus.DISABLED


class Rulebook:
    """Market rules by id, as fresh as the catalog's picture."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._picture: CatalogPicture | None = None
        self._rules: dict[str, MarketRules] = {}
        self._asked_until = float("-inf")

    async def rules(self) -> Mapping[str, MarketRules]:
        """All markets by id in lower and in upper case."""
        return self.at_once() or self._take(await self._catalog.picture())

    def at_once(self) -> Mapping[str, MarketRules] | None:
        """The same, if the catalog need not be asked."""
        return self._rules if monotonic() < self._asked_until else None

    async def of(self, market: str) -> MarketRules:
        """Of a market that the engine has told of."""
        known = (self.at_once() or {}).get(market)
        return known or (await self.covering([market]))[market]

    async def covering(self, markets: Iterable[str]) -> Mapping[str, MarketRules]:
        """The same, with these markets in it: what the engine has told of is in the catalog, if not in our picture."""
        rules = await self.rules()
        if all(market in rules for market in markets):
            return rules
        # A task of its own, because an order that asks may have none (see `market/order_request.py`).
        return self._take(await asyncio.create_task(self._catalog.refresh()))

    def _take(self, picture: CatalogPicture) -> Mapping[str, MarketRules]:
        if picture is not self._picture:
            self._rules = _rules_of(picture)
            self._picture = picture
        self._asked_until = monotonic() + ASK_EVERY_S
        return self._rules


def market_rules(market: Market, picture: CatalogPicture) -> MarketRules:
    quote_decimals = picture.currencies[market.quote_unit].decimals
    return MarketRules(
        market=market.id,
        base=market.base_unit,
        quote=market.quote_unit,
        price_precision=market.price_precision,
        amount_precision=market.amount_precision,
        base_decimals=picture.currencies[market.base_unit].decimals,
        quote_decimals=quote_decimals,
        lots_per_unit=10**market.amount_precision,
        quote_units_per_unit=10**quote_decimals,
        state=market.state,
    )


def _rules_of(picture: CatalogPicture) -> dict[str, MarketRules]:
    rules = [market_rules(market, picture) for market in picture.markets.values()]
    return {**{rule.market.upper(): rule for rule in rules}, **{rule.market: rule for rule in rules}}
