"""How many requests an address or a member may send: token buckets in this process.

Invariant: whoever stays below the rate is never refused, whoever floods is told when to come back and takes nothing
from others. Limit: per process, so several API processes allow as many times the rate; KEYS_MAX buckets, and those that
are full again are forgotten first.
"""

from typing import Final

import msgspec

KEYS_MAX: Final = 100_000


class Rate(msgspec.Struct, frozen=True):
    """So many a second in the long run, and so many at once."""

    per_s: float
    burst: int


class RateLimit:
    """One bucket per key, kept as the time at which it will be full again. Times are monotonic seconds."""

    def __init__(self, rate: Rate) -> None:
        self._interval_s = 1 / rate.per_s
        self._burst_s = rate.burst / rate.per_s
        self._full_at_s: dict[str, float] = {}

    def wait_s(self, key: str, now_s: float, cost: int = 1) -> float:
        """0 and the tokens are taken; or how long until there are enough."""
        full_at_s = max(self._full_at_s.get(key, now_s), now_s) + self._interval_s * cost
        too_early_s = full_at_s - now_s - self._burst_s
        if too_early_s > 1e-9:
            return too_early_s
        self._full_at_s[key] = full_at_s
        if len(self._full_at_s) > KEYS_MAX:
            self._forget(now_s)
        return 0.0

    def _forget(self, now_s: float) -> None:
        self._full_at_s = {key: full_at_s for key, full_at_s in self._full_at_s.items() if full_at_s > now_s}
        if len(self._full_at_s) > KEYS_MAX:
            # All of them are busy: the emptiest buckets are the ones to remember.
            newest = sorted(self._full_at_s.items(), key=lambda item: item[1])[KEYS_MAX // 2 :]
            self._full_at_s = dict(newest)
