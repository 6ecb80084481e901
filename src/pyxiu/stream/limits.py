"""How much one client may do: buckets of tokens, and counts of connections, by whom they belong to.

Invariant: a count returns to what it was when a connection ends, and a key without connections is forgotten; its bucket
only when it is full again, so that whoever comes and goes gets no more than who stays. Limit: of this process; at most
KEPT_MAX buckets are kept for keys without connections.
"""

from collections import Counter, OrderedDict
from typing import Final

KEPT_MAX: Final = 100_000


class Bucket:
    """`per_s` tokens flow in each second, up to `burst`; starts full."""

    __slots__ = ("_at_s", "_burst", "_per_s", "_tokens")

    def __init__(self, per_s: float, burst: float, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = burst
        self._at_s = now_s

    def take(self, count: int, now_s: float) -> bool:
        """Whether there are that many, which are then gone; otherwise nothing is taken."""
        self._refill(now_s)
        if self._tokens < count:
            return False
        self._tokens -= count
        return True

    def is_full(self, now_s: float) -> bool:
        """Whether a new one would be the same."""
        self._refill(now_s)
        return self._tokens >= self._burst

    def _refill(self, now_s: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s


class Rates:
    """Buckets by key; `leave` when the last connection of a key has ended."""

    def __init__(self, per_s: float, burst: float, kept_max: int = KEPT_MAX) -> None:
        self._per_s = per_s
        self._burst = burst
        self._kept_max = kept_max
        self._inside: dict[str, Bucket] = {}
        #: Those of keys without connections, in the order in which they left.
        self._kept: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._inside) + len(self._kept)

    def of(self, key: str, now_s: float) -> Bucket:
        bucket = self._inside.get(key)
        if bucket is None:
            bucket = self._kept.pop(key, None) or Bucket(self._per_s, self._burst, now_s)
            self._inside[key] = bucket
        return bucket

    def leave(self, key: str, now_s: float) -> None:
        bucket = self._inside.pop(key, None)
        if bucket is not None:
            self._kept[key] = bucket
        # Only the first to leave is looked at: one that is full may wait behind it, for one filling at most.
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= self._kept_max and not self._kept[oldest].is_full(now_s):
                return
            del self._kept[oldest]


class Counts:
    """Connections by key, each key with at most `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: Counter[str] = Counter()

    def enter(self, key: str) -> bool:
        if self._counts[key] >= self._most:
            return False
        self._counts[key] += 1
        return True

    def leave(self, key: str) -> bool:
        """Whether that was the last one of the key."""
        self._counts[key] -= 1
        if self._counts[key] > 0:
            return False
        del self._counts[key]
        return True
