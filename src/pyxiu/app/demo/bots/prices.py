"""Where the demo's prices wander: a seeded random walk that is pulled back to where it began.

Invariant: integers only (millionths of the quote currency), and the same seed gives the same walk; the cross market is
derived from the others, so that no one can arbitrage the demo's maker. Limit: it looks alive, it models nothing.
"""

import random
from collections.abc import Mapping
from typing import Final

MILLION: Final = 1_000_000
#: A step is a sum of draws, hence bell-shaped: 12 draws of up to this many millionths give about 0.06 % a step.
DRAW_PPM: Final = 300
DRAWS: Final = 12
#: Each step also goes this fraction of the way back to the start.
PULL: Final = 400
#: What one unit costs in the quote currency, in millionths, when the demo begins.
BEGINNING: Final[Mapping[str, int]] = {
    "btcusdt": 64_000 * MILLION,
    "ethusdt": 3_200 * MILLION,
    "ltcusdt": 80 * MILLION,
}


class Prices:
    """The middle of each market, in millionths of the quote currency."""

    def __init__(self, seed: int, last: Mapping[str, int] | None = None) -> None:
        """`last` are prices to go on from, such as the last trades before a restart."""
        self._random = random.Random(seed)  # noqa: S311 - a demo's prices are no secret
        self._middle = dict(BEGINNING) | {name: price for name, price in (last or {}).items() if name in BEGINNING}

    def step(self) -> None:
        for name, price in self._middle.items():
            drawn = sum(self._random.randint(-DRAW_PPM, DRAW_PPM) for _ in range(DRAWS))
            pulled = (BEGINNING[name] - price) // PULL
            self._middle[name] = max(1, price + price * drawn // MILLION + pulled)

    def follow(self, market: str, price: int) -> None:
        """Go on from a price of elsewhere; markets that the walk does not know stay as they are."""
        if market in self._middle:
            self._middle[market] = max(1, price)

    def middle(self, market: str) -> int | None:
        """The price of a market; None for one the demo knows nothing about."""
        if market == "ethbtc":
            return self._middle["ethusdt"] * MILLION // self._middle["btcusdt"]
        return self._middle.get(market)
