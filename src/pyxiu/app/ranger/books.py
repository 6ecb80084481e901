"""Books for the websocket exchange: a snapshot with number N, then one level a message, N+1, N+2, without a gap.

Invariant: the numbers of a market grow without a gap for as long as this process publishes, and begin above all that an
earlier one has used, so that a client that missed something always notices. A level that is gone has volume "0". Limit:
the best DEPTH levels of each side.
"""

import time
from collections.abc import Callable
from typing import Final

from pyxiu.app.ranger.messages import RangerMessage, public
from pyxiu.core.interface import Depth
from pyxiu.stream.channels.book_view import BookView
from pyxiu.stream.markets import MarketDigits

#: What the dialect's snapshots hold at most.
DEPTH: Final = 300
#: A snapshot is due after so long, and sooner where so many changes have come since the last.
SNAPSHOT_S: Final = 60.0
BUSY_CHANGES: Final = 20
BUSY_SNAPSHOT_S: Final = 10.0


class RangerBook:
    """One market; `depth` gives the present levels, best first."""

    def __init__(self, digits: MarketDigits, depth: Callable[[], Depth]) -> None:
        self._market = digits.market
        self._depth = depth
        self._view = BookView(digits.price_precision, digits.amount_precision)
        # In milliseconds, because no market changes a thousand times a second for all of its life.
        self._sequence = time.time_ns() // 10**6
        self._changes = 0
        self._told_s = float("-inf")

    def changes(self) -> list[RangerMessage]:
        """From the levels told last to the present ones; nothing before the first snapshot."""
        if self._told_s == float("-inf"):
            return []
        changes = self._view.advance(self._depth())
        pairs = [("asks", change) for change in changes.asks] + [("bids", change) for change in changes.bids]
        pairs.sort(key=lambda pair: pair[1][1] != 0)  # removals first, so that the book is not crossed meanwhile
        self._changes += len(pairs)
        return [public(self._market, "ob-inc", self._change(side, self._view.pair(change))) for side, change in pairs]

    def snapshot_if_due(self, now_s: float, *, anew: bool = False) -> list[RangerMessage]:
        """Changes up to now and a snapshot, if it is time or if the listeners begin `anew`."""
        wait_s = BUSY_SNAPSHOT_S if self._changes >= BUSY_CHANGES else SNAPSHOT_S
        if not anew and now_s < self._told_s + wait_s:
            return []
        told = self.changes()
        self._view.advance(self._depth())
        self._told_s, self._changes = now_s, 0
        body = f'{{{self._view.sides()},"sequence":{self._sequence}}}'
        return [*told, public(self._market, "ob-snap", body.encode())]

    def _change(self, side: str, pair: str) -> bytes:
        self._sequence += 1
        return f'{{"{side}":{pair},"sequence":{self._sequence}}}'.encode()
