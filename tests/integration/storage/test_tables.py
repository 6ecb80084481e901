"""Snapshots, money keys and cursors in a real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from pyxiu.engine.ports import Snapshot, StoredKey
from pyxiu.kit.errors import PermanentError
from pyxiu.storage import snapshots as snapshots_module
from pyxiu.storage.cursors import read_cursor, read_cursors, write_cursor
from pyxiu.storage.database import DatabaseUnavailableError, Pool, create_pool
from pyxiu.storage.money_keys import PostgresMoneyKeys, write_money_keys
from pyxiu.storage.snapshots import PostgresSnapshots
from tests.support.postgres import execute
from tests.support.proxy import proxied


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    pool = await create_pool(database_dsn, "test", size_max=2)
    yield pool
    await pool.close()


def snapshot(seq: int, state: bytes = b"state") -> Snapshot:
    return Snapshot(seq, state, bytes([1] * 32), bytes([2] * 32))


async def test_a_snapshot_comes_back_whole_whatever_its_size(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots_module, "PART_BYTES", 1_000)
    store = PostgresSnapshots(pool)
    for seq, size in enumerate((0, 1, 999, 1_000, 1_001, 10_500), start=1):
        stored = snapshot(seq, bytes(index % 251 for index in range(size)))
        await store.write(stored)
        assert await store.load(seq) == stored
    assert await store.seqs() == [6, 5, 4, 3, 2, 1]


async def test_writing_a_snapshot_again_changes_nothing(pool: Pool) -> None:
    store = PostgresSnapshots(pool)
    await store.write(snapshot(7, b"first"))
    await store.write(snapshot(7, b"second"))
    assert (await store.load(7)).state == b"first"


async def test_pruning_keeps_the_newest(pool: Pool) -> None:
    store = PostgresSnapshots(pool)
    for seq in (1, 5, 9, 12):
        await store.write(snapshot(seq))
    await store.prune(2)
    assert await store.seqs() == [12, 9]
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM snapshot_parts") == 2


async def test_a_snapshot_that_lacks_a_part_is_refused(pool: Pool, database_dsn: str) -> None:
    store = PostgresSnapshots(pool)
    await store.write(snapshot(1))
    await execute(database_dsn, "DELETE FROM snapshot_parts")
    with pytest.raises(PermanentError, match="expected 5 bytes, found 0"):
        await store.load(1)
    with pytest.raises(PermanentError, match="no snapshot at 2"):
        await store.load(2)


async def test_money_keys_are_found_as_they_were_first_written(pool: Pool) -> None:
    """T-06."""
    keys = PostgresMoneyKeys(pool)
    async with pool.acquire() as connection:
        await write_money_keys(connection, [])
        await write_money_keys(connection, [("a", b"1", 1), ("b", b"2", 2)])
        await write_money_keys(connection, [("b", b"other", 9), ("c", b"3", 3)])
    assert await keys.find(["a", "b", "nobody"]) == {"a": StoredKey(b"1", 1), "b": StoredKey(b"2", 2)}
    assert await keys.find([]) == {}


async def test_keys_are_durable_up_to_the_cursor_of_entries(pool: Pool) -> None:
    keys = PostgresMoneyKeys(pool)
    assert await keys.durable_seq() == 0
    async with pool.acquire() as connection:
        await write_cursor(connection, "entries", 17)
        await write_cursor(connection, "trades", 99)
    assert await keys.durable_seq() == 17


async def test_looking_up_keys_without_a_database_is_a_transient_fault(database_dsn: str) -> None:
    async with proxied(database_dsn) as proxy:
        pool = await create_pool(proxy.dsn, "test", size_max=1)
        keys = PostgresMoneyKeys(pool)
        await keys.find(["a"])
        await proxy.close()
        with pytest.raises(DatabaseUnavailableError, match="money keys"):
            await keys.find(["a"])
        pool.terminate()


async def test_a_cursor_moves_with_the_rows_it_speaks_for(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await read_cursor(connection, "orders") == 0
        await write_cursor(connection, "orders", 5)
        with suppress(asyncpg.DivisionByZeroError):
            async with connection.transaction():
                await write_cursor(connection, "orders", 6)
                await connection.execute("SELECT 1 / 0")
        assert await read_cursor(connection, "orders") == 5
        assert await read_cursors(connection) == {"orders": 5}
