"""Whether this process is the only one that takes signed orders for its engine, and stays it.

A process that is alone remembers requests in memory, which is cheaper than in the journal (`api/replays.py`). Another
API asks it to make room, and both remember in the journal from then on. Invariant: whoever starts does so only when
nobody believes to be alone any more, or never will commit anything. Limit: an advisory lock on a connection of its own;
whoever cannot be sure of it for LEASE_S is not alone until the lock is confirmed, or for good if it is lost.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg
import structlog

from pyxiu.kit.errors import PermanentError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect

#: "pyxiu" + 9: held by the one process that is alone, or shared by all that are not.
ALONE_LOCK: Final = 0x7079786975_09
#: Notified by whoever wants to share.
CHANNEL: Final = "pyxiu_alone"
CHECK_S: Final = 0.5
#: After the last time that the database confirmed the lock.
LEASE_S: Final = 2.0
ROOM_S: Final = 10.0
_RETRY_S: Final = 0.05

_log = structlog.stdlib.get_logger("pyxiu.alone")


class Aloneness:
    """Ask it before each use."""

    def __init__(self, *, alone: bool, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._ended = not alone
        self._until_s = now_s() + LEASE_S if alone else float("-inf")

    def __call__(self) -> bool:
        return self._now_s() < self._until_s

    def confirm(self, asked_s: float) -> None:
        """The lock has been held all the time, up to a moment after `asked_s` at least."""
        if not self._ended:
            self._until_s = asked_s + LEASE_S

    def end(self) -> None:
        """It never comes back."""
        self._ended, self._until_s = True, float("-inf")


@asynccontextmanager
async def aloneness(dsn: str, *, has_engine: bool) -> AsyncIterator[Aloneness]:
    """Alone if no other API is there, otherwise every other one makes room. Raises PermanentError if one does not."""
    connection = await connect(dsn, "pyxiu alone")
    try:
        alone = bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", ALONE_LOCK))
        if not alone:
            await _ask_for_room(connection)
        if not has_engine:
            # Whoever was alone and has lost its connection, perhaps without knowing, believes it until its lease ends.
            # (With the engine in this process, the one that it had commits nothing any more.)
            await asyncio.sleep(LEASE_S)
        found = Aloneness(alone=alone)
        watching = asyncio.create_task(_stay_alone(connection, found)) if alone else None
        try:
            yield found
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
    finally:
        await close_quietly(connection)


async def _ask_for_room(connection: Connection) -> None:
    deadline_s = time.monotonic() + ROOM_S
    while not await connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", ALONE_LOCK):
        if time.monotonic() > deadline_s:
            raise PermanentError(
                "another process serves the API of this database and has not made room for this one: does it hang?"
            )
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
        await asyncio.sleep(_RETRY_S)


async def _stay_alone(connection: Connection, found: Aloneness) -> None:
    """Until somebody asks for room, or the lock is in doubt."""
    asked = asyncio.Event()
    await connection.add_listener(CHANNEL, lambda *_: asked.set())
    try:
        while not asked.is_set():
            found.confirm(await _confirmed(connection))
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), CHECK_S)
        found.end()
        await connection.fetchval("SELECT pg_advisory_unlock($1)", ALONE_LOCK)
        await connection.fetchval("SELECT pg_advisory_lock_shared($1)", ALONE_LOCK)
        _log.info("no longer the only API")
    except (*UNAVAILABLE, asyncpg.PostgresError) as error:
        _log.warning("not alone any more", error=repr(error))
    finally:
        found.end()


async def _confirmed(connection: Connection) -> float:
    """A moment up to which the connection, and with it the lock, has been there."""
    asked_s = time.monotonic()
    await connection.fetchval("SELECT 1")
    return asked_s
