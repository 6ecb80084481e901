"""One request after the other of the same member, before they take connections: many at once of one member must not
keep those of others waiting.

    async with in_turn(uid):
        ...

Invariant: in this process; between processes the member's lock in the database does the same. Limit: WAITING_MAX wait,
whoever comes then is told to come later.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from pyxiu.kit.errors import TransientError

WAITING_MAX: Final = 256


class MemberBusyError(TransientError):
    """Too many requests of one member at once; nothing was done."""


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


_turns: WeakValueDictionary[tuple[int, str], _Turn] = WeakValueDictionary()


@asynccontextmanager
async def in_turn(uid: str) -> AsyncIterator[None]:
    """Raises MemberBusyError."""
    key = (id(asyncio.get_running_loop()), uid)
    turn = _turns.get(key)
    if turn is None:
        turn = _turns[key] = _Turn()
    if turn.waiting >= WAITING_MAX:
        raise MemberBusyError(f"{uid}: {turn.waiting} requests wait")
    turn.waiting += 1
    try:
        async with turn.lock:
            yield
    finally:
        turn.waiting -= 1
