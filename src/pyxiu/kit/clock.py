"""Time as something that is passed in, so that whoever needs it can be run at any time.

Invariant: code outside this file asks a Clock and never the machine, as far as the answer ends up in a command, a row
or a decision. Limit: nanoseconds of unix time; a machine's clock may step back, whoever needs order must enforce it.
"""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    def now_ns(self) -> int:
        """Unix time in nanoseconds."""


class SystemClock:
    """The machine's wall clock."""

    def now_ns(self) -> int:
        return time.time_ns()


class ManualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start_ns: int) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, duration_ns: int) -> None:
        """Move the clock; a negative duration steps it back, as a corrected machine clock does."""
        self._now_ns += duration_ns


def now_of(clock: Clock) -> datetime:
    """The time that a row holds: UTC, in whole microseconds as PostgreSQL keeps them."""
    seconds, nanoseconds = divmod(clock.now_ns(), 10**9)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanoseconds // 1_000)


@lru_cache(maxsize=4096)
def iso8601(unix_s: int) -> str:
    """A second as ISO 8601 in UTC. Cached: what happens now happens in a few distinct seconds."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
