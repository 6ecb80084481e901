"""Trouble with some of many that have their turn: noted while the others go on, raised when all have had it.

    done = await in_turn("payout", ids, work)

    faults = Faults()                          # the same by hand
    for one in many:
        with faults.of(f"payout {one}"):
            await work(one)
    faults.raise_any()

Invariant: what is noted is raised, so a job that had trouble is never told as one that had none. Limit: a bug (an
assertion that fails) is caught by nothing here and ends the job.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from pyxiu.kit.errors import Fault, TransientError

#: What one of many may fail with. The database's errors too: a row that it refuses is no trouble of the others.
CAUGHT: Final = (Fault, DBAPIError)
#: So many are named when they are raised; the log has all of them.
NAMED: Final = 5

log = structlog.get_logger(__name__)


async def in_turn(about: str, ids: Iterable[int], work: Callable[[int], Awaitable[int]]) -> int:
    """How much was done for all of them. Raises TransientError at the end if some had trouble."""
    done, faults = 0, Faults()
    for one in ids:
        with faults.of(f"{about} {one}"):
            done += await work(one)
    faults.raise_any()
    return done


class Faults:
    def __init__(self) -> None:
        self._told: list[str] = []
        self._first: Exception | None = None

    @contextmanager
    def of(self, about: str) -> Iterator[None]:
        """Trouble inside ends the block, and is noted."""
        try:
            yield
        except CAUGHT as error:
            self.note(about, error)

    def note(self, about: str, error: Exception) -> None:
        log.warning("turn_failed", about=about, error=reason_of(error))
        self._told.append(f"{about}: {reason_of(error)}")
        self._first = self._first or error

    def __bool__(self) -> bool:
        return bool(self._told)

    def raise_any(self) -> None:
        """Raises TransientError if anything was noted."""
        if self._told:
            more = len(self._told) - NAMED
            told = "; ".join(self._told[:NAMED])
            raise TransientError(f"{told}; and {more} more" if more > 0 else told) from self._first


def reason_of(error: Exception) -> str:
    """In words for an alarm: without the statement and its values, which an error of the database brings along."""
    if isinstance(error, DBAPIError):
        return f"the database refuses it: {str(error.orig).partition(chr(10))[0]}"
    return str(error) or type(error).__name__
