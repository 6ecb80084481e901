"""How many requests an address or a member may send: token buckets in this process.

Invariant: whoever stays below the rate is never refused, whoever floods is told when to come back and takes nothing
from others. Limit: per process; what other processes grant is charged here a moment later (`taken`, `charge`), by
`app/rate_sharing.py`. KEYS_MAX buckets, and those that are full again are forgotten first.
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
        self.rate = rate
        self._interval_s = 1 / rate.per_s
        self._burst_s = rate.burst / rate.per_s
        self._full_at_s: dict[str, float] = {}
        #: What was granted by key since somebody last looked; None while nobody does.
        self.taken: dict[str, int] | None = None

    def wait_s(self, key: str, now_s: float, cost: int = 1) -> float:
        """0 and the tokens are taken; or how long until there are enough."""
        full_at_s = max(self._full_at_s.get(key, now_s), now_s) + self._interval_s * cost
        too_early_s = full_at_s - now_s - self._burst_s
        if too_early_s > 1e-9:
            return too_early_s
        self._full_at_s[key] = full_at_s
        if self.taken is not None:
            self.taken[key] = self.taken.get(key, 0) + cost
        if len(self._full_at_s) > KEYS_MAX:
            self._forget(now_s)
        return 0.0

    def charge(self, key: str, cost: int, now_s: float) -> None:
        """Take tokens that somebody else has granted, also where there are not so many: the bucket is then in debt, by
        at most as much as it holds.
        """
        full_at_s = max(self._full_at_s.get(key, now_s), now_s) + self._interval_s * cost
        self._full_at_s[key] = min(full_at_s, now_s + 2 * self._burst_s)
        if len(self._full_at_s) > KEYS_MAX:
            self._forget(now_s)

    def _forget(self, now_s: float) -> None:
        self._full_at_s = {key: full_at_s for key, full_at_s in self._full_at_s.items() if full_at_s > now_s}
        if len(self._full_at_s) > KEYS_MAX:
            # All of them are busy: the emptiest buckets are the ones to remember.
            newest = sorted(self._full_at_s.items(), key=lambda item: item[1])[KEYS_MAX // 2 :]
            self._full_at_s = dict(newest)
