"""The keys of all money moves, so that a retry after years still has no second effect.

Invariant: rows are added by the `entries` projection in the db transaction of its cursor and never removed, not even
when that projection is rebuilt: the engine's memory of a key ends only after its row is here. Limit: a key is written
once; whoever writes it again with other content has a bug, and the first content stays.
"""

from collections.abc import Sequence
from typing import Final

from pyxiu.engine.ports import StoredKey
from pyxiu.storage.cursors import read_cursor
from pyxiu.storage.database import AnyConnection, Pool, unavailable_as_fault

#: The projection whose cursor says which keys are here.
CURSOR: Final = "entries"
#: The engine waits for these answers: a pool whose connections all wait for the engine must not stop it.
TIMEOUT_S: Final = 5.0

_WRITE = """
    INSERT INTO money_keys (key, content_hash, seq) SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[])
    ON CONFLICT (key) DO NOTHING
"""
_FIND = "SELECT key, content_hash, seq FROM money_keys WHERE key = ANY($1::text[])"


class PostgresMoneyKeys:
    """Looks keys up on pooled connections."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def durable_seq(self) -> int:
        with unavailable_as_fault("money keys"):
            async with self._pool.acquire(timeout=TIMEOUT_S) as connection:
                return await read_cursor(connection, CURSOR)

    async def find(self, keys: Sequence[str]) -> dict[str, StoredKey]:
        with unavailable_as_fault("money keys"):
            async with self._pool.acquire(timeout=TIMEOUT_S) as connection:
                rows = await connection.fetch(_FIND, keys, timeout=TIMEOUT_S)
        return {row["key"]: StoredKey(row["content_hash"], row["seq"]) for row in rows}


async def write_money_keys(connection: AnyConnection, keys: Sequence[tuple[str, bytes, int]]) -> None:
    """Add (key, content hash, seq) rows; those that are known already stay as they are."""
    if keys:
        await connection.execute(_WRITE, *map(list, zip(*keys, strict=True)))
