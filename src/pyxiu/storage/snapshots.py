"""Snapshots as rows: the state in parts, because one value cannot exceed 1 GB.

Invariant: a snapshot is visible whole or not at all. Limit: loading needs twice its size in memory for a moment.
"""

from typing import Final

from pyxiu.engine.ports import Snapshot
from pyxiu.kit.errors import PermanentError
from pyxiu.storage.database import Pool

PART_BYTES: Final = 16 * 2**20

_WRITE = """
    INSERT INTO snapshots (seq, state_hash, journal_hash, state_bytes) VALUES ($1, $2, $3, $4)
    ON CONFLICT (seq) DO NOTHING
    RETURNING seq
"""
_WRITE_PART = "INSERT INTO snapshot_parts (seq, part, data) VALUES ($1, $2, $3)"
_PRUNE = "DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT $1)"


class PostgresSnapshots:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def seqs(self) -> list[int]:
        async with self._pool.acquire() as connection:
            rows = await connection.fetch("SELECT seq FROM snapshots ORDER BY seq DESC")
        return [row["seq"] for row in rows]

    async def load(self, seq: int) -> Snapshot:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            head = await connection.fetchrow(
                "SELECT state_hash, journal_hash, state_bytes FROM snapshots WHERE seq = $1", seq
            )
            if head is None:
                raise PermanentError(f"there is no snapshot at {seq}")
            parts = [
                part["data"]
                async for part in connection.cursor(
                    "SELECT data FROM snapshot_parts WHERE seq = $1 ORDER BY part", seq, prefetch=1
                )
            ]
        state = b"".join(parts)
        if len(state) != head["state_bytes"]:
            raise PermanentError(f"snapshot {seq}: expected {head['state_bytes']} bytes, found {len(state)}")
        return Snapshot(seq, state, head["state_hash"], head["journal_hash"])

    async def write(self, snapshot: Snapshot) -> None:
        """Store it; one that is there already stays, as two at the same number are the same."""
        async with self._pool.acquire() as connection, connection.transaction():
            head = (snapshot.seq, snapshot.state_hash, snapshot.journal_hash, len(snapshot.state))
            if await connection.fetchval(_WRITE, *head) is None:
                return
            view = memoryview(snapshot.state)
            for part, start in enumerate(range(0, len(view), PART_BYTES)):
                await connection.execute(_WRITE_PART, snapshot.seq, part, bytes(view[start : start + PART_BYTES]))

    async def prune(self, keep: int) -> None:
        async with self._pool.acquire() as connection:
            await connection.execute(_PRUNE, keep)
