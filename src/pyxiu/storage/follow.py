"""Follow the journal: every record from a number on, in order, as it is committed.

    async with JournalFollower(dsn, seq_after=cursor) as follower:
        async for records in follower:
            ...

Invariant: no record is skipped, repeated or yielded before it is committed. It waits for a notification, looks by
itself every POLL_S, and reconnects after a lost connection, as reading has no side to lose. Limit: one consumer; the
time it spends on a batch is backpressure, nothing is read ahead.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final, Self

import structlog

from pyxiu.core.codec import decode_records
from pyxiu.core.outcomes import Record
from pyxiu.engine.errors import JournalCorruptError
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect
from pyxiu.storage.journal import read_chunk, read_head
from pyxiu.storage.notify import CHANNEL

POLL_S: Final = 0.25
RECONNECT_S: Final = 0.5
#: A batch holds about this many records, and one journal row more at most.
BATCH_RECORDS: Final = 4_096

log = structlog.get_logger(__name__)


class JournalFollower:
    """Yields lists of records. `seq` is the last one yielded."""

    def __init__(self, dsn: str, seq_after: int, *, batch_records: int = BATCH_RECORDS, name: str = "follower") -> None:
        self.seq = seq_after
        self._dsn = dsn
        self._batch_records = batch_records
        self._name = name
        self._grown = asyncio.Event()
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        if self._connection is None:
            self._connection = await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._disconnect()

    async def __aiter__(self) -> AsyncIterator[list[Record]]:
        while True:
            yield await self.next_batch()

    async def next_batch(self) -> list[Record]:
        """The records that follow, one at least, as soon as there are any."""
        while True:
            if records := await self.poll():
                return records
            try:
                async with asyncio.timeout(POLL_S):
                    await self._grown.wait()
            except TimeoutError:
                continue

    async def poll(self) -> list[Record]:
        """The records that follow, as far as they are committed by now; empty at the end of the journal."""
        # Cleared before reading: what is committed after the read notifies again.
        self._grown.clear()
        try:
            if self._connection is None:
                self._connection = await self._connect()
            rows = await read_chunk(self._connection, self.seq + 1, self._batch_records)
        except (*UNAVAILABLE, TransientError) as error:
            await self._lost(error)
            return []
        # The first row may begin before the number we are at, when another reader's batches ended elsewhere.
        records = [record for row in rows for record in decode_records(row.records) if record.seq > self.seq]
        if records:
            self._check(records)
            self.seq = records[-1].seq
        return records

    async def head(self) -> int:
        """The last number committed by now."""
        if self._connection is None:
            self._connection = await self._connect()
        return (await read_head(self._connection)).seq

    def _check(self, records: list[Record]) -> None:
        if records[0].seq != self.seq + 1 or records[-1].seq != self.seq + len(records):
            raise JournalCorruptError(
                f"{self._name}: expected records {self.seq + 1} to {self.seq + len(records)}, found {records[0].seq} "
                f"to {records[-1].seq}"
            )

    async def _connect(self) -> Connection:
        connection = await connect(self._dsn, f"pyxiu {self._name}")
        try:
            await connection.add_listener(CHANNEL, self._notified)
        except BaseException:
            await close_quietly(connection)
            raise
        return connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _lost(self, error: Exception) -> None:
        log.warning("follower_reconnects", follower=self._name, seq=self.seq, error=repr(error))
        await self._disconnect()
        await asyncio.sleep(RECONNECT_S)

    def _notified(self, *_: Any) -> None:
        self._grown.set()
