"""Whether this process is the only one that takes signed orders for its engine, and stays it.

A process that has the engine to itself remembers requests in memory, which is cheaper than in the journal
(`api/replays.py`). Invariant: as long as one believes to be alone, no other API on the same database starts. Limit: an
advisory lock on a connection of its own; whoever loses it is not alone any more, and remembers in the journal.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import structlog

from pyxiu.kit.errors import PermanentError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect

#: "pyxiu" + 9: held by the one process that is alone, or shared by all that are not.
ALONE_LOCK: Final = 0x7079786975_09
CHECK_S: Final = 1.0

_log = structlog.stdlib.get_logger("pyxiu.alone")


class Aloneness:
    """Ask it before each use; it can end."""

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone

    def __call__(self) -> bool:
        return self._alone

    def end(self) -> None:
        self._alone = False


@asynccontextmanager
async def aloneness(dsn: str, *, has_engine: bool) -> AsyncIterator[Aloneness]:
    """Alone if the engine is in this process and no other API is there. Raises PermanentError if another one is."""
    connection = await connect(dsn, "pyxiu alone")
    try:
        alone = has_engine and await connection.fetchval("SELECT pg_try_advisory_lock($1)", ALONE_LOCK)
        if not alone and not await connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", ALONE_LOCK):
            raise PermanentError(
                "another process serves the API together with the engine of this database and does not share it: "
                "run the engine and the APIs as processes of their own"
            )
        found = Aloneness(alone=alone)
        watching = asyncio.create_task(_watch(connection, found))
        try:
            yield found
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    finally:
        await close_quietly(connection)


async def _watch(connection: Connection, found: Aloneness) -> None:
    try:
        while True:
            await asyncio.sleep(CHECK_S)
            await connection.execute("SELECT 1")
    except (*UNAVAILABLE, asyncpg.PostgresError) as error:
        found.end()
        _log.warning("not alone any more", error=repr(error))
