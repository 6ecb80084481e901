"""Read your own writes: what a member was told has happened is seen by whatever the member reads next.

Invariant: a read by a member waits until the projections have reached the last seq that this process told the member;
a member who was forgotten for lack of room waits for the newest seq told to anyone forgotten. Limit: bounded in memory
and in time; a read that has waited long enough answers with what is there and says so in the X-Pyxiu-Lag header.
"""

from collections import OrderedDict
from typing import Final, Protocol

MEMBERS_MAX: Final = 100_000
WAIT_MAX_S: Final = 2.0
LAG_HEADER: Final = "X-Pyxiu-Lag"


class SeqWaiter(Protocol):
    """Waits for the projections; `pyxiu.projections.waiter.CursorWaiter` does."""

    seq: int

    async def wait_for(self, seq: int, timeout_s: float = WAIT_MAX_S) -> bool: ...


class Freshness:
    """The last seq told to each member."""

    def __init__(self, waiter: SeqWaiter, members_max: int = MEMBERS_MAX) -> None:
        self._waiter = waiter
        self._members_max = members_max
        self._told: OrderedDict[str, int] = OrderedDict()
        self._forgotten_seq = 0

    def told(self, member: str, seq: int) -> None:
        """Remember that the member knows of the record `seq`."""
        told = self._told
        if member in told:
            # A replayed outcome carries an old seq; what the member knows never goes back.
            told[member] = max(told[member], seq)
            told.move_to_end(member)
            return
        told[member] = seq
        if len(told) > self._members_max:
            _, forgotten = told.popitem(last=False)
            self._forgotten_seq = max(self._forgotten_seq, forgotten)

    def known_to(self, member: str) -> int:
        return self._told.get(member, self._forgotten_seq)

    async def caught_up(self, member: str) -> bool:
        """Wait, bounded, until what the member knows can be read; False if it cannot yet."""
        seq = self.known_to(member)
        return seq == 0 or await self._waiter.wait_for(seq, WAIT_MAX_S)

    def lag(self, member: str) -> int:
        """How many records the projections are behind what the member knows."""
        return max(0, self.known_to(member) - self._waiter.seq)
