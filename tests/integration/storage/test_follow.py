"""Followers see every record once, in order, soon after its commit, whatever happens to their connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pyxiu.core.outcomes import Record
from pyxiu.engine.errors import JournalCorruptError
from pyxiu.storage import follow
from pyxiu.storage.follow import JournalFollower
from pyxiu.storage.journal import PostgresJournal, lead
from pyxiu.storage.notify import JournalNotifier
from tests.support.postgres import execute
from tests.support.records import record, records_from

SOON_S = 20


@pytest.fixture
async def journal(database_dsn: str) -> AsyncIterator[PostgresJournal]:
    journal = await lead(database_dsn)
    yield journal
    await journal.close()


@asynccontextmanager
async def notifying(dsn: str) -> AsyncIterator[JournalNotifier]:
    notifier = JournalNotifier(dsn)
    task = asyncio.create_task(notifier.run())
    yield notifier
    task.cancel()
    await asyncio.wait([task])


async def append(journal: PostgresJournal, size: int) -> None:
    first = journal.seq + 1
    await journal.append(records_from(first, size), first, first + size - 1)


async def collect(follower: JournalFollower, count: int) -> list[Record]:
    records: list[Record] = []
    async with asyncio.timeout(SOON_S):
        while len(records) < count:
            records += await follower.next_batch()
    return records


async def test_what_is_there_comes_in_batches_of_bounded_size(journal: PostgresJournal, database_dsn: str) -> None:
    for size in (3, 4, 5, 6, 7):
        await append(journal, size)
    async with JournalFollower(database_dsn, 0, batch_records=8) as follower:
        batches = [await follower.poll() for _ in range(4)]
    assert [len(batch) for batch in batches] == [12, 13, 0, 0], "rows that begin within eight records"
    records = [record for batch in batches for record in batch]
    assert records == [record(seq) for seq in range(1, 26)]


async def test_following_begins_after_the_cursor_even_inside_a_row(journal: PostgresJournal, database_dsn: str) -> None:
    await append(journal, 3)
    await append(journal, 5)
    async with JournalFollower(database_dsn, 5) as follower:
        assert await follower.poll() == [record(6), record(7), record(8)]
        assert follower.seq == 8
        assert await follower.poll() == []
        assert await follower.head() == 8


async def test_a_notification_wakes_the_follower(
    journal: PostgresJournal, database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "POLL_S", 3600.0)
    async with notifying(database_dsn) as notifier, JournalFollower(database_dsn, 0) as follower:
        assert await follower.poll() == []
        for seq in range(1, 20):
            waiting = asyncio.create_task(follower.next_batch())
            await append(journal, 1)
            notifier.committed(seq)
            async with asyncio.timeout(SOON_S):
                assert await waiting == [record(seq)]


async def test_without_notifications_it_looks_by_itself(journal: PostgresJournal, database_dsn: str) -> None:
    async with JournalFollower(database_dsn, 0) as follower:
        waiting = asyncio.create_task(follower.next_batch())
        await asyncio.sleep(0)
        await append(journal, 2)
        async with asyncio.timeout(SOON_S):
            assert len(await waiting) == 2


async def test_a_lost_connection_loses_and_repeats_nothing(
    journal: PostgresJournal, database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "RECONNECT_S", 0.01)
    async with JournalFollower(database_dsn, 0) as follower:
        records: list[Record] = []
        for _ in range(3):
            await append(journal, 2)
            records += await collect(follower, 2)
            await execute(
                database_dsn,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pyxiu follower'",
            )
            await append(journal, 1)
            records += await collect(follower, 1)
    assert records == [record(seq) for seq in range(1, 10)]


async def test_a_notifier_that_lost_its_connection_comes_back(
    journal: PostgresJournal, database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyxiu.storage.notify.RECONNECT_S", 0.01)
    monkeypatch.setattr(follow, "POLL_S", 3600.0)
    async with notifying(database_dsn) as notifier, JournalFollower(database_dsn, 0) as follower:
        await append(journal, 1)
        notifier.committed(1)
        assert await collect(follower, 1) == [record(1)]
        await execute(
            database_dsn,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pyxiu notify'",
        )
        await append(journal, 1)
        waiting = asyncio.create_task(follower.next_batch())
        async with asyncio.timeout(SOON_S):
            while not waiting.done():
                notifier.committed(2)
                await asyncio.sleep(0.05)
        assert await waiting == [record(2)]


async def test_a_gap_in_the_journal_stops_the_follower(journal: PostgresJournal, database_dsn: str) -> None:
    for _ in range(3):
        await append(journal, 2)
    await execute(database_dsn, "ALTER TABLE journal DISABLE TRIGGER journal_append_only")
    await execute(database_dsn, "DELETE FROM journal WHERE seq_first = 3")
    async with JournalFollower(database_dsn, 0) as follower:
        with pytest.raises(JournalCorruptError, match="expected records 1 to 4, found 1 to 6"):
            await follower.poll()


async def test_it_can_be_iterated(journal: PostgresJournal, database_dsn: str) -> None:
    await append(journal, 4)
    async with JournalFollower(database_dsn, 0) as follower:
        async for records in follower:
            assert len(records) == 4
            break
