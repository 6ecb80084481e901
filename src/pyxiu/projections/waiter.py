"""Read your own writes: wait until the tables have reached a record.

Invariant: `wait_for` answers True only when every projection that members read had committed that record and is not
known to be emptied since. A lost notification costs POLL_S at most, because the cursors are also read. Limit: it waits
for what members read (orders, trades, accounts); while one of those is being rebuilt it answers False after the full
wait. Whoever reads at the very moment at which a rebuild empties a table, before that is told, may find it empty.
"""

import asyncio
from typing import Any, Final, Self

import asyncpg
import structlog

from pyxiu.projections.apply_chunk import CHANNEL
from pyxiu.projections.connection import LOST, Connection
from pyxiu.projections.registry import READ_BY_MEMBERS
from pyxiu.storage.database import close_quietly, connect

WAIT_S: Final = 2.0
POLL_S: Final = 0.25
RECONNECT_S: Final = 0.5
_REACHED: Final = "SELECT count(*) = $2::int AS known, min(seq) AS seq FROM projection_cursors WHERE name = ANY($1)"

log = structlog.get_logger(__name__)


class CursorWaiter:
    """`async with` starts and stops its listening. `seq` is the record that the tables are known to have reached.

    It goes back when a table is made anew.
    """

    def __init__(self, dsn: str) -> None:
        self.seq = 0
        self._dsn = dsn
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen(), name="cursor waiter")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait_for(self, seq: int, timeout_s: float = WAIT_S) -> bool:
        """Whether the tables have reached `seq`, waiting for at most so long."""
        if seq <= self.seq:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                while self.seq < seq:
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    def _at(self, seq: int) -> None:
        went_on, self.seq = seq > self.seq, seq
        if not went_on:
            return
        # A new event for whoever comes now or waits on; the old one wakes all, and each looks at `seq` itself.
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _listen(self) -> None:
        while True:
            connection = None
            try:
                connection = await connect(self._dsn, "pyxiu cursor waiter")
                await connection.add_listener(CHANNEL, self._notified)
                await self._poll(connection)
            except (*LOST, asyncpg.PostgresError) as error:
                log.warning("cursor_waiter_reconnects", seq=self.seq, error=repr(error))
                await asyncio.sleep(RECONNECT_S)
            finally:
                if connection is not None:
                    await close_quietly(connection)

    async def _poll(self, connection: Connection) -> None:
        while True:
            before = self.seq
            row = await connection.fetchrow(_REACHED, list(READ_BY_MEMBERS), len(READ_BY_MEMBERS))
            # What was announced meanwhile may be newer than what was read.
            if row is not None and row["known"] and self.seq == before:
                self._at(row["seq"])
            await asyncio.sleep(POLL_S)

    def _notified(self, *notification: Any) -> None:
        *_, payload = notification
        seq = int(payload)
        # One that is late must not undo what was read since; only a table that was emptied goes back.
        if seq > self.seq or seq == 0:
            self._at(seq)
