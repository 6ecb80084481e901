"""Tell followers that the journal has grown: a NOTIFY after commits, one per few milliseconds at most.

Invariant: it never delays a commit, and a lost notification loses nothing, as followers also look by themselves. Limit:
it reconnects in its own time; until then followers are as slow as their poll.
"""

import asyncio
from typing import Final

import asyncpg
import structlog

from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect

CHANNEL: Final = "pyxiu_journal"
INTERVAL_S: Final = 0.005
RECONNECT_S: Final = 1.0

log = structlog.get_logger(__name__)


class JournalNotifier:
    """`committed(seq)` after each commit; `run()` does the sending."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._seq = 0
        self._grown = asyncio.Event()

    def committed(self, seq: int) -> None:
        """Note the end of the journal. Costs next to nothing; called by the engine after every commit."""
        self._seq = seq
        self._grown.set()

    async def run(self) -> None:
        """Send until canceled."""
        while True:
            try:
                connection = await connect(self._dsn, "pyxiu notify")
            except TransientError as error:
                log.warning("notify_reconnects", error=str(error))
                await asyncio.sleep(RECONNECT_S)
                continue
            try:
                await self._send(connection)
            except (*UNAVAILABLE, asyncpg.PostgresError) as error:
                log.warning("notify_reconnects", error=repr(error))
                await asyncio.sleep(RECONNECT_S)
            finally:
                await close_quietly(connection)

    async def _send(self, connection: Connection) -> None:
        # A notification is a db transaction with a commit record; nobody needs that one to be flushed.
        await connection.execute("SET synchronous_commit = off")
        notify = await connection.prepare("SELECT pg_notify($1, $2)")
        while True:
            await self._grown.wait()
            self._grown.clear()
            await notify.fetch(CHANNEL, str(self._seq))
            await asyncio.sleep(INTERVAL_S)
