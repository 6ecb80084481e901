"""Bounded retry with growing pauses, for calls that are safe to repeat.

Invariant: only TransientError is retried, at most `attempts_max` times, and the last one is raised as it came. Limit:
it knows nothing about the call; whoever retries something that moves money passes the same key each time.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from pyxiu.kit.errors import TransientError

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class Backoff(msgspec.Struct, frozen=True):
    """How often, and how long to wait between: doubling from `first_s` to `longest_s`, each shortened at random."""

    attempts_max: int = 5
    first_s: float = 0.05
    longest_s: float = 2.0

    def pause_s(self, failures: int) -> float:
        """The pause after that many failures (1 for the first), without the random part."""
        return min(self.longest_s, self.first_s * (1 << (failures - 1)))


DEFAULT = Backoff()


async def retry(call: Callable[[], Awaitable[T]], backoff: Backoff = DEFAULT, *, sleep: Sleep = asyncio.sleep) -> T:
    """The result of `call`, repeated while it raises TransientError and attempts are left."""
    assert backoff.attempts_max >= 1, backoff
    failures = 0
    while True:
        try:
            return await call()
        except TransientError:
            failures += 1
            if failures >= backoff.attempts_max:
                raise
        # Half to all of the pause: many clients of one server that came back must not return in step.
        await sleep(backoff.pause_s(failures) * random.uniform(0.5, 1.0))  # noqa: S311 - not a secret
