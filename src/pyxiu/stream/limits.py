"""How much one client may do: a bucket of tokens, and counts of connections by whom they belong to.

Invariant: a count returns to what it was when a connection ends, and a key without connections is forgotten. Limit: of
this process.
"""

from collections import Counter


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
        self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._tokens < count:
            return False
        self._tokens -= count
        return True


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
