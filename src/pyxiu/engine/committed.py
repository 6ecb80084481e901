"""What the engine of this process has committed, for followers in the same process: no detour through the database.

    with feed.followed() as committed:
        while True:
            batch = await committed.next()

Invariant: a batch is told only after its commit, in order; one that was dropped because its follower was slow shows as
a gap of numbers, and the journal has it. Limit: BATCHES_MAX batches wait per follower; one event loop.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

BATCHES_MAX: Final = 64


class Committed(NamedTuple):
    """`records` is a msgpack array of Record, numbered `seq_first` to `seq_last`."""

    records: bytes
    seq_first: int
    seq_last: int


class CommittedFeed:
    def __init__(self) -> None:
        self._followers: list[Follower] = []

    def tell(self, batch: Committed) -> None:
        """Called by the engine after each commit; costs next to nothing."""
        for follower in self._followers:
            follower.tell(batch)

    @contextmanager
    def followed(self) -> Iterator["Follower"]:
        """Everything that is committed from now on."""
        follower = Follower()
        self._followers.append(follower)
        try:
            yield follower
        finally:
            self._followers.remove(follower)


class Follower:
    def __init__(self) -> None:
        self._batches: deque[Committed] = deque(maxlen=BATCHES_MAX)
        self._told = asyncio.Event()

    def tell(self, batch: Committed) -> None:
        self._batches.append(batch)
        self._told.set()

    async def next(self) -> Committed:
        """The oldest batch that was not taken yet, as soon as there is one."""
        while not self._batches:
            self._told.clear()
            await self._told.wait()
        return self._batches.popleft()

    def waiting(self) -> int:
        """How many batches can be taken at once."""
        return len(self._batches)
