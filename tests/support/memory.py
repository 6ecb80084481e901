"""The engine's ports in memory: for tests of what happens when, where the database would only blur it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from pyxiu.engine.ports import GENESIS_HASH, JournalHead, JournalRow, Snapshot, StoredKey, row_hash


class MemoryJournal:
    """A journal and its reader. While `held`, appends wait for `release_one` or `release`; with `fail` they fail."""

    def __init__(self) -> None:
        self.committed: list[JournalRow] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.held = False
        self.fail: Exception | None = None
        self.lose: Callable[[Exception], None] = lambda _: None

    async def append(self, records: bytes, seq_first: int, seq_last: int) -> None:
        if self.held:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            await turn
        if self.fail is not None:
            raise self.fail
        prev = self.committed[-1].hash if self.committed else GENESIS_HASH
        digest = row_hash(prev, seq_first, seq_last, records)
        self.committed.append(JournalRow(seq_first, seq_last, records, digest, prev))

    def on_lost(self, callback: Callable[[Exception], None]) -> None:
        self.lose = callback

    def release_one(self) -> None:
        self.waiting.pop(0).set_result(None)

    def release(self) -> None:
        self.held = False
        while self.waiting:
            self.release_one()

    async def head(self) -> JournalHead:
        if not self.committed:
            return JournalHead(0, GENESIS_HASH)
        return JournalHead(self.committed[-1].seq_last, self.committed[-1].hash)

    async def hash_at(self, seq: int) -> bytes | None:
        return next((row.hash for row in self.committed if row.seq_last == seq), None)

    async def rows(self, seq_after: int) -> AsyncIterator[JournalRow]:
        for row in list(self.committed):
            if row.seq_last > seq_after:
                yield row


class MemorySnapshots:
    def __init__(self) -> None:
        self.stored: dict[int, Snapshot] = {}

    async def seqs(self) -> list[int]:
        return sorted(self.stored, reverse=True)

    async def load(self, seq: int) -> Snapshot:
        return self.stored[seq]

    async def write(self, snapshot: Snapshot) -> None:
        self.stored.setdefault(snapshot.seq, snapshot)

    async def prune(self, keep: int) -> None:
        for seq in (await self.seqs())[keep:]:
            del self.stored[seq]


class MemoryMoneyKeys:
    """What a projection has written; `fail` is raised by the next look-up."""

    def __init__(self) -> None:
        self.keys: dict[str, StoredKey] = {}
        self.seq = 0
        self.fail: Exception | None = None

    async def durable_seq(self) -> int:
        return self.seq

    async def find(self, keys: Sequence[str]) -> dict[str, StoredKey]:
        if self.fail is not None:
            failure, self.fail = self.fail, None
            raise failure
        return {key: self.keys[key] for key in keys if key in self.keys}
