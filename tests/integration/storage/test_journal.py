"""The journal in a real PostgreSQL: one writer, rows in a chain, every change noticed. I-4, I-14."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from pyxiu.engine.errors import JournalCorruptError, LeadershipHeldError, LeadershipLostError
from pyxiu.engine.ports import GENESIS_HASH, JournalRow
from pyxiu.engine.verify import verify_journal
from pyxiu.kit.errors import PermanentError
from pyxiu.storage import journal as journal_module
from pyxiu.storage.database import Pool, create_pool
from pyxiu.storage.embedded import EmbeddedPostgres
from pyxiu.storage.journal import LEADER_LOCK, PostgresJournal, PostgresJournalReader, lead
from tests.support.postgres import execute, home_folder
from tests.support.records import records_from


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    pool = await create_pool(database_dsn, "test", size_max=3)
    yield pool
    await pool.close()


@pytest.fixture
async def reader(pool: Pool) -> PostgresJournalReader:
    return PostgresJournalReader(pool)


@pytest.fixture
async def journal(database_dsn: str) -> AsyncIterator[PostgresJournal]:
    journal = await lead(database_dsn)
    yield journal
    await journal.close()


async def append(journal: PostgresJournal, *sizes: int) -> None:
    """Rows of so many records each."""
    for size in sizes:
        first = journal.seq + 1
        await journal.append(records_from(first, size), first, first + size - 1)


async def rows_of(reader: PostgresJournalReader, seq_after: int = 0) -> list[JournalRow]:
    return [row async for row in reader.rows(seq_after)]


async def test_rows_come_back_in_order_and_linked(journal: PostgresJournal, reader: PostgresJournalReader) -> None:
    await append(journal, 3, 1, 5)
    rows = await rows_of(reader)
    assert [(row.seq_first, row.seq_last) for row in rows] == [(1, 3), (4, 4), (5, 9)]
    assert rows[0].prev_hash == GENESIS_HASH
    assert [row.prev_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert rows[2].records == records_from(5, 5)
    assert await reader.head() == (9, rows[-1].hash) == (journal.seq, journal.hash)
    verified = await verify_journal(reader)
    assert (verified.rows, verified.seq) == (3, 9)


async def test_an_empty_journal_ends_at_zero(reader: PostgresJournalReader) -> None:
    assert await reader.head() == (0, GENESIS_HASH)
    assert await rows_of(reader) == []
    assert await reader.hash_at(0) is None


async def test_reading_can_begin_anywhere(
    journal: PostgresJournal, reader: PostgresJournalReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "CHUNK_RECORDS", 4)
    await append(journal, 3, 1, 5, 2, 1, 1)
    rows = await rows_of(reader)
    assert [row.seq_first for row in rows] == [1, 4, 5, 10, 12, 13]
    assert await rows_of(reader, 3) == rows[1:]
    assert await rows_of(reader, 6) == rows[2:], "the row that holds the number"
    assert await rows_of(reader, 13) == []
    assert await reader.hash_at(9) == rows[2].hash
    assert await reader.hash_at(8) is None


async def test_reading_ends_where_the_journal_ended_when_it_began(
    journal: PostgresJournal, reader: PostgresJournalReader
) -> None:
    await append(journal, 1, 1)
    seen = []
    async for row in reader.rows(0):
        seen.append(row.seq_last)
        await append(journal, 1)
    assert seen == [1, 2]


async def test_a_restarted_engine_continues_the_chain(database_dsn: str, reader: PostgresJournalReader) -> None:
    for _ in range(3):
        journal = await lead(database_dsn)
        await append(journal, 2)
        await journal.close()
    assert (await verify_journal(reader)).seq == 6


async def test_a_second_engine_is_refused_and_told_who_leads(journal: PostgresJournal, database_dsn: str) -> None:
    with pytest.raises(LeadershipHeldError, match="another engine leads this database: pyxiu engine, server process"):
        await lead(database_dsn, wait_s=0)


async def test_a_standby_takes_over_when_the_leader_ends(journal: PostgresJournal, database_dsn: str) -> None:
    await append(journal, 1)
    standby = asyncio.create_task(lead(database_dsn, wait_s=30))
    await asyncio.sleep(0.3)
    assert not standby.done()
    await journal.close()
    successor = await standby
    assert successor.seq == 1
    await append(successor, 1)
    await successor.close()


async def test_an_engine_that_leads_no_longer_is_fenced_by_the_key(
    journal: PostgresJournal, database_dsn: str, reader: PostgresJournalReader
) -> None:
    """It lost the lock without noticing; its next batch must not be written."""
    await append(journal, 2)
    await journal._connection.execute(f"SELECT pg_advisory_unlock({LEADER_LOCK})")
    successor = await lead(database_dsn, wait_s=0)
    await append(successor, 3)
    with pytest.raises(LeadershipLostError, match="begins at 3"):
        await append(journal, 1)
    assert (await verify_journal(reader)).seq == 5
    await successor.close()


async def test_losing_the_connection_is_losing_leadership(journal: PostgresJournal, database_dsn: str) -> None:
    lost: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    journal.on_lost(lost.set_result)
    await execute(database_dsn, f"SELECT pg_terminate_backend({journal._connection.get_server_pid()})")
    assert isinstance(await asyncio.wait_for(lost, 10), LeadershipLostError)


async def test_giving_up_leadership_is_not_losing_it(database_dsn: str) -> None:
    journal = await lead(database_dsn)
    lost: list[Exception] = []
    journal.on_lost(lost.append)
    await journal.close()
    await asyncio.sleep(0)
    assert lost == []


async def test_a_batch_that_does_not_follow_is_a_bug(journal: PostgresJournal) -> None:
    await append(journal, 2)
    with pytest.raises(AssertionError, match="begins at 2, the journal ends at 2"):
        await journal.append(records_from(2, 1), 2, 2)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE journal SET records = set_byte(records, 20, 255) WHERE seq_first = 4", "row 4 to 4: was changed"),
        ("UPDATE journal SET seq_last = 5 WHERE seq_first = 4", "row 4 to 5: was changed"),
        ("DELETE FROM journal WHERE seq_first = 4", "row 5 to 9: expected one that begins at 4"),
        ("UPDATE journal SET hash = sha256(hash) WHERE seq_first = 4", "row 4 to 4: was changed"),
        ("UPDATE journal SET prev_hash = sha256(hash) WHERE seq_first = 5", "row 5 to 9: expected the hash before it"),
    ],
)
async def test_whoever_gets_around_the_trigger_is_found_by_the_chain(
    journal: PostgresJournal, database_dsn: str, reader: PostgresJournalReader, statement: str, found: str
) -> None:
    """T-14: the audit names the row."""
    await append(journal, 3, 1, 5)
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(database_dsn, statement)
    await execute(database_dsn, "ALTER TABLE journal DISABLE TRIGGER journal_append_only")
    await execute(database_dsn, statement)
    with pytest.raises(JournalCorruptError, match=found):
        await verify_journal(reader)


async def test_a_large_batch_is_one_row(journal: PostgresJournal, reader: PostgresJournalReader) -> None:
    await append(journal, 20_000)
    assert [row.seq_last for row in await rows_of(reader)] == [20_000]


async def test_a_server_that_does_not_flush_is_refused() -> None:
    """E-10: what it confirms may be gone after a power loss."""
    with home_folder() as folder:
        server = EmbeddedPostgres(folder, settings={"fsync": "off"})
        server.start()
        try:
            with pytest.raises(PermanentError, match="fsync=off"):
                await lead(server.dsn)
        finally:
            server.stop()


async def test_a_roles_defaults_do_not_weaken_the_leaders_session(
    database_dsn: str,
) -> None:
    """E-10."""
    await execute(database_dsn, "ALTER ROLE pyxiu SET synchronous_commit = off")
    await execute(database_dsn, "ALTER ROLE pyxiu SET idle_session_timeout = '1h'")
    try:
        journal = await lead(database_dsn)
        assert await journal._connection.fetchval("SHOW synchronous_commit") == "on"
        assert await journal._connection.fetchval("SHOW idle_session_timeout") == "0"
        await journal.close()
    finally:
        await execute(database_dsn, "ALTER ROLE pyxiu RESET ALL")
