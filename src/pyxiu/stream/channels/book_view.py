"""The best levels of a book as clients have them: pure, from one depth to the next.

Invariant: a client that applies every change to the levels of an earlier moment has exactly the levels of now; a
level is removed only if the client has it. Limit: as many levels of each side as it is fed.
"""

import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple

from pyxiu.core.interface import Depth
from pyxiu.kit.decimals import format_decimal

CHECKSUM_LEVELS: Final = 10
#: (price in ticks, quantity in lots), 0 lots for a level that is gone.
Change = tuple[int, int]


class Changes(NamedTuple):
    """Removals first, then new quantities, each best price first."""

    bids: list[Change]
    asks: list[Change]


class BookView:
    """`bids` and `asks` best first, as last shown."""

    def __init__(self, price_precision: int, amount_precision: int) -> None:
        self._digits = price_precision, amount_precision
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self._bid_texts: dict[int, str] = {}
        self._ask_texts: dict[int, str] = {}

    def advance(self, depth: Depth) -> Changes:
        """Show this depth from now on; what is different from the one before."""
        bids, asks = dict(depth.bids), dict(depth.asks)
        changes = Changes(_changes(self.bids, bids), _changes(self.asks, asks))
        self.bids, self.asks = bids, asks
        self._rewrite(self._bid_texts, changes.bids)
        self._rewrite(self._ask_texts, changes.asks)
        return changes

    def pair(self, change: Change) -> str:
        """A change as the wire's pair; 0 lots are `"0"`."""
        price, lots = change
        return f'["{self._price(price)}","{self._volume(lots)}"]'

    def sides(self) -> str:
        """Both sides whole, as the members of a JSON object."""
        asks = ",".join(map(self._ask_texts.__getitem__, self.asks))
        bids = ",".join(map(self._bid_texts.__getitem__, self.bids))
        return f'"asks":[{asks}],"bids":[{bids}]'

    def checksum(self) -> int:
        """CRC-32 of the best levels, as docs/api/stream.md defines it."""
        bids, asks = self._top(self.bids), self._top(self.asks)
        parts = []
        for place in range(CHECKSUM_LEVELS):
            parts += [side[place] for side in (bids, asks) if place < len(side)]
        return zlib.crc32(":".join(parts).encode("ascii"))

    def _top(self, side: dict[int, int]) -> list[str]:
        levels = zip(side.items(), range(CHECKSUM_LEVELS), strict=False)
        return [f"{self._price(price)}:{self._volume(lots)}" for (price, lots), _ in levels]

    def _rewrite(self, texts: dict[int, str], changes: Iterable[Change]) -> None:
        for price, lots in changes:
            if lots:
                texts[price] = self.pair((price, lots))
            else:
                del texts[price]

    def _price(self, price: int) -> str:
        return format_decimal(price, self._digits[0])

    def _volume(self, lots: int) -> str:
        return format_decimal(lots, self._digits[1]) if lots else "0"


def _changes(before: dict[int, int], after: dict[int, int]) -> list[Change]:
    removed = [(price, 0) for price in before if price not in after]
    return removed + [(price, lots) for price, lots in after.items() if before.get(price) != lots]
