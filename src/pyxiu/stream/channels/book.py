"""`M.ob-inc`: a snapshot of the book, then its changes, numbered without a gap; and `M.update`, the whole book.

Invariant: after each frame a client has the levels of one version of the view, and the last frame of a moment brings it
to the engine's book as of the last record. Limit: the best `depth` levels of each side.
"""

from collections.abc import Callable
from typing import Final

from pyxiu.core.interface import Depth
from pyxiu.stream.channels.book_view import BookView, Changes
from pyxiu.stream.channels.channel import Channel
from pyxiu.stream.frames import data_frame
from pyxiu.stream.markets import MarketDigits

#: At most so often is a whole book sent.
UPDATE_EVERY_S: Final = 0.5
_NOTHING_CHANGED: Final = Changes([], [])


class BookChannel(Channel):
    """`depth` gives the present levels, best first."""

    def __init__(self, digits: MarketDigits, depth: Callable[[], Depth]) -> None:
        super().__init__(f"{digits.market}.ob-inc")
        self._snapshot_name = f"{digits.market}.ob-snap"
        self._depth = depth
        self._view = BookView(digits.price_precision, digits.amount_precision)
        self._changes = _NOTHING_CHANGED
        #: By form, flat and nested: the number of the last frame.
        self._sequences = [1, 0]
        self._snapshots: dict[bool, bytes] = {}
        self._steps: dict[bool, bytes] = {}

    def refresh(self) -> None:
        self.advance()

    def advance(self) -> bool:
        changes = self._view.advance(self._depth())
        count = len(changes.asks) + len(changes.bids)
        # The first subscriber gets a snapshot also of an empty book.
        if not count and self.version:
            return False
        self._changes = changes
        self._sequences[False] += count
        self._sequences[True] += 1
        self.version += 1
        self._snapshots.clear()
        self._steps.clear()
        return True

    def catch_up(self, seen: int, *, nested: bool) -> bytes:  # noqa: ARG002 - a snapshot replaces whatever was seen
        snapshot = self._snapshots.get(nested)
        if snapshot is None:
            payload = f"{{{self._view.sides()},{self._mark(self._sequences[nested])}}}"
            snapshot = self._snapshots[nested] = data_frame(self._snapshot_name, payload.encode())
        return snapshot

    def step(self, *, nested: bool) -> bytes:
        step = self._steps.get(nested)
        if step is None:
            step = self._steps[nested] = self._nested() if nested else self._flat()
        return step

    def _nested(self) -> bytes:
        sides = ",".join(
            f'"{side}":[{",".join(map(self._view.pair, changes))}]'
            for side, changes in (("asks", self._changes.asks), ("bids", self._changes.bids))
        )
        return data_frame(self.name, f"{{{sides},{self._mark(self._sequences[True])}}}".encode())

    def _flat(self) -> bytes:
        pairs = [("asks", change) for change in self._changes.asks]
        pairs += [("bids", change) for change in self._changes.bids]
        pairs.sort(key=lambda pair: pair[1][1] != 0)  # removals first, so that the book is not crossed meanwhile
        last = self._sequences[False]
        frames = []
        for sequence, (side, change) in enumerate(pairs, last - len(pairs) + 1):
            mark = self._mark(sequence) if sequence == last else f'"sequence":{sequence}'
            frames.append(data_frame(self.name, f'{{"{side}":{self._view.pair(change)},{mark}}}'.encode()))
        return b"".join(frames)

    def _mark(self, sequence: int) -> str:
        return f'"sequence":{sequence},"checksum":{self._view.checksum()}'


class UpdateChannel(Channel):
    """The whole book each time, for clients that keep none."""

    def __init__(self, digits: MarketDigits, depth: Callable[[], Depth], now_s: Callable[[], float]) -> None:
        super().__init__(f"{digits.market}.update")
        self._depth = depth
        self._view = BookView(digits.price_precision, digits.amount_precision)
        self._now_s = now_s
        self._due_s = float("-inf")
        self._frame = b""

    def refresh(self) -> None:
        self._view.advance(self._depth())
        self._show()

    def advance(self) -> bool:
        # A change that comes too early is not lost: the market stays dirty until the time has come.
        if self.waits() or self._view.advance(self._depth()) == _NOTHING_CHANGED:
            return False
        self._show()
        return True

    def waits(self) -> bool:
        """Whether it is too early for the next one."""
        return self._now_s() < self._due_s

    def catch_up(self, seen: int, *, nested: bool) -> bytes:  # noqa: ARG002 - always the whole book
        return self._frame

    def step(self, *, nested: bool) -> bytes:  # noqa: ARG002 - as above
        return self._frame

    def _show(self) -> None:
        self.version += 1
        self._due_s = self._now_s() + UPDATE_EVERY_S
        self._frame = data_frame(self.name, f"{{{self._view.sides()}}}".encode())
