"""Which assets a market trades: the one thing about a market that folding events needs.

Invariant: the assets of a market never change (the core rejects it), so what was learnt from a later record serves for
an earlier one as well; that is what lets one projection replay from the start while others are ahead.
"""

from collections.abc import Iterable, Mapping

from pyxiu.core.events import Event, MarketPut
from pyxiu.core.types import AssetId, MarketId
from pyxiu.projections.connection import Reader


class MarketAssets:
    """(base, quote) by market."""

    def __init__(self, known: Mapping[MarketId, tuple[AssetId, AssetId]] | None = None) -> None:
        self._known = dict(known or {})

    def learn(self, facts: Iterable[tuple[int, int, Event]]) -> None:
        """Take in the markets that these events create."""
        for _, _, event in facts:
            if isinstance(event, MarketPut):
                self._known[event.market] = (event.base, event.quote)

    def __getitem__(self, market: MarketId) -> tuple[AssetId, AssetId]:
        try:
            return self._known[market]
        except KeyError:
            message = f"market {market!r} is in no record before and not in proj_markets: rebuild 'markets' first"
            raise AssertionError(message) from None


async def load_market_assets(reader: Reader) -> MarketAssets:
    """What the projected markets say."""
    rows = await reader.fetch("SELECT market, base, quote FROM proj_markets")
    return MarketAssets({row["market"]: (row["base"], row["quote"]) for row in rows})
