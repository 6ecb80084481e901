"""Pairs as aggregators write them, `BTC_USD`, and the listed markets behind them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pyxiu.api.edge import Edge
from pyxiu.api.errors import NOT_FOUND, refuse
from pyxiu.api.public.markets import UNLISTED
from pyxiu.api.rules import MarketRules
from pyxiu.catalog import model
from pyxiu.core.types import MarketId
from pyxiu.projections.tickers import Ticker

PAIR_PATH: Final = {"market_pair": "Base and quote, such as BTC_USD."}


class Listed(NamedTuple):
    """A listed market with what is known of it."""

    market: model.Market
    rules: MarketRules
    figures: Ticker

    @property
    def pair(self) -> str:
        return f"{self.market.base_unit}_{self.market.quote_unit}".upper()


async def listed_markets(edge: Edge) -> list[Listed]:
    """All listed markets with their tickers."""
    figures, rules = await edge.tickers.all(), await edge.rulebook.rules()
    return [
        Listed(market, rules[market.id], figures.get(MarketId(market.id)) or edge.tickers.empty())
        for market in (await edge.catalog.markets()).values()
        if market.state not in UNLISTED
    ]


async def market_of_pair(edge: Edge, pair: str) -> MarketRules:
    """The rules of a pair's market; ApiError 404 if there is none."""
    market = find_pair(await edge.catalog.markets(), pair)
    if market is None:
        raise refuse(NOT_FOUND)
    return (await edge.rulebook.rules())[market.id]


def find_pair(markets: Mapping[str, model.Market], pair: str) -> model.Market | None:
    wanted = pair.lower()
    for market in markets.values():
        if market.state not in UNLISTED and wanted == f"{market.base_unit}_{market.quote_unit}":
            return market
    return None


def best_levels(edge: Edge, rules: MarketRules) -> tuple[int, int]:
    """The best bid and ask in ticks, 0 for an empty side."""
    depth = edge.services.book.depth(MarketId(rules.market), 1)
    if depth is None:
        return 0, 0
    return depth.bids[0][0] if depth.bids else 0, depth.asks[0][0] if depth.asks else 0
