"""The market of these tests: that of the property tests' commands."""

from pyxiu.core.types import AssetId, MarketId
from pyxiu.stream.markets import MarketDigits

BTCUSD = MarketDigits(MarketId("btcusd"), AssetId("btc"), AssetId("usd"), 2, 4, 8, 18)
