"""The markets as the journal tells them: what their numbers mean, and who may look at them.

Invariant: learnt from the same records that feed everything else here, so whatever a record names is known. Limit:
names and positions are the catalog's; nobody needs them in a stream.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from pyxiu.core.events import AssetPut, Event, MarketPut, MarketStateSet
from pyxiu.core.types import AssetId, MarketId, MarketState
from pyxiu.projections.connection import Reader
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.reads import markets as reads

#: What tickers do not list.
_UNLISTED: Final = frozenset({MarketState.HIDDEN, MarketState.DISABLED})


class MarketDigits(NamedTuple):
    market: MarketId
    base: AssetId
    quote: AssetId
    price_precision: int
    amount_precision: int
    base_decimals: int
    quote_decimals: int


class Markets:
    """All markets by id."""

    def __init__(self) -> None:
        self.decimals: dict[AssetId, int] = {}
        self.assets = MarketAssets()
        self._digits: dict[MarketId, MarketDigits] = {}
        self._states: dict[MarketId, MarketState] = {}

    async def load(self, reader: Reader) -> None:
        """What the projected rules say."""
        self.decimals = await reads.assets(reader)
        for market in (await reads.markets(reader)).values():
            self._put(market.market, market.base, market.quote, market.price_precision, market.amount_precision)
            self._states[market.market] = market.state

    def learn(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, AssetPut):
                self.decimals[event.asset] = event.decimals
            elif isinstance(event, MarketPut):
                self._put(event.market, event.base, event.quote, event.price_precision, event.amount_precision)
                self._states.setdefault(event.market, MarketState.ENABLED)
            elif isinstance(event, MarketStateSet):
                self._states[event.market] = event.state

    def __getitem__(self, market: MarketId) -> MarketDigits:
        return self._digits[market]

    def readable(self, market: str) -> MarketDigits | None:
        """The market, if there is one that the public may look at: any that is not disabled."""
        digits = self._digits.get(MarketId(market))
        return None if digits is None or self._states[digits.market] is MarketState.DISABLED else digits

    def listed(self) -> list[MarketDigits]:
        return [digits for digits in self._digits.values() if self._states[digits.market] not in _UNLISTED]

    def _put(
        self, market: MarketId, base: AssetId, quote: AssetId, price_precision: int, amount_precision: int
    ) -> None:
        self._digits[market] = MarketDigits(
            market, base, quote, price_precision, amount_precision, self.decimals[base], self.decimals[quote]
        )
        self.assets = MarketAssets({digits.market: (digits.base, digits.quote) for digits in self._digits.values()})
