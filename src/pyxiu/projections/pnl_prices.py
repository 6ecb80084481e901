"""What an amount of one asset is worth in another, by the latest trades.

A price is kept as the two amounts of a trade, so that nothing is rounded before a value is. Invariant: only trades that
come earlier in the journal count, so a rebuild values everything as it was valued then. Limit: one other asset may
stand in between; where no such trades have been, an amount is worth nothing.
"""

from collections.abc import Mapping
from typing import Final

from pyxiu.core.types import AssetId
from pyxiu.projections.connection import Connection

TABLE: Final = "pnl_prices"
#: Values are counted in so many parts of the smallest unit: what a division leaves is far below anything that is shown.
FINE: Final = 10**8
FINE_DIGITS: Final = 8

#: (base, quote)
Pair = tuple[AssetId, AssetId]
#: (amount of base, amount of quote)
Ratio = tuple[int, int]

_PUT: Final = """
INSERT INTO pnl_prices (base, quote, base_amount, quote_amount)
SELECT base, quote, base_amount::numeric, quote_amount::numeric
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS p(base, quote, base_amount, quote_amount)
ON CONFLICT (base, quote) DO UPDATE SET base_amount = excluded.base_amount, quote_amount = excluded.quote_amount
"""


class Prices:
    """The latest trade of each pair."""

    def __init__(self, known: Mapping[Pair, Ratio] | None = None) -> None:
        self._ratios = dict(known or {})
        self._assets = sorted({asset for pair in self._ratios for asset in pair})
        self.changed: set[Pair] = set()

    def traded(self, base: AssetId, quote: AssetId, base_amount: int, quote_amount: int) -> None:
        if (base, quote) not in self._ratios:
            self._assets = sorted({*self._assets, base, quote})
        self._ratios[base, quote] = (base_amount, quote_amount)
        self.changed.add((base, quote))

    def value(self, asset: AssetId, into: AssetId, amount: int) -> int:
        """An amount in FINE parts of the smallest unit of `into`, rounded down."""
        if asset == into:
            return amount * FINE
        rate = self._rate(asset, into)
        if rate is not None:
            return amount * FINE * rate[1] // rate[0]
        for middle in self._assets:
            first, second = self._rate(asset, middle), self._rate(middle, into)
            if first is not None and second is not None:
                return amount * FINE * first[1] * second[1] // (first[0] * second[0])
        return 0

    def _rate(self, asset: AssetId, into: AssetId) -> Ratio | None:
        """So much of the one is so much of the other, whichever of them the market names first."""
        direct = self._ratios.get((asset, into))
        if direct is not None:
            return direct
        reverse = self._ratios.get((into, asset))
        return None if reverse is None else (reverse[1], reverse[0])

    def rows(self) -> tuple[list[str], list[str], list[str], list[str]]:
        """What has changed, as columns."""
        pairs = sorted(self.changed)
        ratios = [self._ratios[pair] for pair in pairs]
        return (
            [base for base, _ in pairs],
            [quote for _, quote in pairs],
            [str(amount) for amount, _ in ratios],
            [str(amount) for _, amount in ratios],
        )


async def load_prices(connection: Connection) -> Prices:
    rows = await connection.fetch("SELECT base, quote, base_amount, quote_amount FROM pnl_prices")
    return Prices({(row["base"], row["quote"]): (int(row["base_amount"]), int(row["quote_amount"])) for row in rows})


async def store_prices(connection: Connection, prices: Prices) -> None:
    if prices.changed:
        await connection.execute(_PUT, *prices.rows())
