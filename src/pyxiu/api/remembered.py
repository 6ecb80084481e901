"""What was looked up, remembered until it changes: keys, sessions, tables of rules.

Invariant: a value is used only while the follower of changes vouches that all changes have been told, or for BRIEFLY_S
after it was looked up; a change that comes during a look-up makes that look-up count for its own askers only. One
look-up at a time per key. Limit: SIZE_MAX values, and none older than KEEP_S.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Generic, Protocol, TypeVar

#: Without a follower that vouches for it, a value is good for so long, so that a change is seen within a second.
BRIEFLY_S: Final = 0.75
KEEP_S: Final = 60.0
SIZE_MAX: Final = 50_000

K = TypeVar("K")
V = TypeVar("V")


class Vouching(Protocol):
    """Says until when (monotonic) it is certain to have told all changes; identity's ChangeFollower does."""

    live_until_s: float


class NobodyVouches:
    """Where no changes are followed."""

    live_until_s: float = float("-inf")


class _Entry(Generic[V]):
    __slots__ = ("briefly_until_s", "keep_until_s", "tags", "value")

    def __init__(self, value: V, tags: tuple[str, ...], asked_s: float, keep_s: float) -> None:
        self.value = value
        self.tags = tags
        self.briefly_until_s = asked_s + BRIEFLY_S
        self.keep_until_s = asked_s + keep_s


class Remembered(Generic[K, V]):
    """`find` a value, from memory or with `look_up`; `forget` it by a tag such as `user:ID1`."""

    def __init__(
        self,
        look_up: Callable[[K], Awaitable[V]],
        vouching: Vouching,
        *,
        tags: Callable[[K, V], Iterable[str]] = lambda _key, _value: (),
        worth: Callable[[V], bool] = lambda _value: True,
        keep_s: float = KEEP_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look_up = look_up
        self._vouching = vouching
        self._tags = tags
        self._worth = worth
        self._keep_s = keep_s
        self._now_s = now_s
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._tagged: dict[str, set[K]] = {}
        self._looking: dict[K, asyncio.Task[V]] = {}
        #: Counts changes: a look-up that began before one is not remembered after it.
        self._changes = 0

    def fresh(self, key: K, now_s: float | None = None) -> V | None:
        """The value, if it is known and good at the moment, which is `now_s` where that is known."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if now_s is None:
            now_s = self._now_s()
        if now_s < entry.briefly_until_s or (now_s < self._vouching.live_until_s and now_s < entry.keep_until_s):
            return entry.value
        return None

    async def find(self, key: K) -> V:
        """From memory, or looked up; whoever asks for the same meanwhile gets the same answer."""
        value = self.fresh(key)
        if value is not None:
            return value
        looking = self._looking.get(key)
        if looking is None:
            looking = self._looking[key] = asyncio.create_task(self._look(key))
        # Shielded: a request that is canceled must not take the answer away from the others that wait for it.
        return await asyncio.shield(looking)

    def forget(self, tag: str) -> None:
        """Everything that has this tag changed."""
        self._changes += 1
        self._looking.clear()
        for key in self._tagged.pop(tag, ()):
            self._drop(key)

    def forget_all(self) -> None:
        self._changes += 1
        self._looking.clear()
        self._entries.clear()
        self._tagged.clear()

    async def _look(self, key: K) -> V:
        changes, asked_s = self._changes, self._now_s()
        task = asyncio.current_task()
        try:
            value = await self._look_up(key)
        finally:
            if self._looking.get(key) is task:
                del self._looking[key]
        if changes == self._changes and self._worth(value):
            self._remember(key, value, asked_s)
        return value

    def _remember(self, key: K, value: V, asked_s: float) -> None:
        self._drop(key)
        tags = tuple(self._tags(key, value))
        self._entries[key] = _Entry(value, tags, asked_s, self._keep_s)
        for tag in tags:
            self._tagged.setdefault(tag, set()).add(key)
        if len(self._entries) > SIZE_MAX:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        for tag in entry.tags:
            keys = self._tagged.get(tag)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._tagged[tag]
