"""A standby waits for the leader's lock, follows the journal meanwhile, and evicts a leader that hangs (T-51, T-78)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import PutAsset
from pyxiu.core.machine import PythonCore
from pyxiu.core.types import AssetId
from pyxiu.engine.errors import EngineFailedError, LeadershipLostError
from pyxiu.engine.recovery import catch_up, recover
from pyxiu.engine.verify import verify_journal
from pyxiu.storage.database import Pool, create_pool
from pyxiu.storage.journal import PostgresJournal, PostgresJournalReader, lead
from pyxiu.storage.leadership import LEASE_S, Candidate, Heartbeat
from pyxiu.storage.snapshots import PostgresSnapshots
from tests.support.engine import running_engine
from tests.support.records import records_from

WAIT_S = 20.0


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    pool = await create_pool(database_dsn, "test", size_max=4)
    yield pool
    await pool.close()


@pytest.fixture
async def candidate(database_dsn: str) -> AsyncIterator[Candidate]:
    candidate = Candidate(database_dsn, lease_s=0.0)
    yield candidate
    await candidate.close()


@contextmanager
def beating(dsn: str, journal: PostgresJournal) -> Iterator["asyncio.Task[None]"]:
    task = asyncio.create_task(Heartbeat(dsn, journal, "leader").run())
    yield task
    task.cancel()


async def beats(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT count(*) FROM engine_leader"))


async def until_taken(candidate: Candidate) -> PostgresJournal:
    async with asyncio.timeout(WAIT_S):
        while (journal := await candidate.take()) is None:  # noqa: ASYNC110 - it is asked, it does not tell
            await asyncio.sleep(0.01)
        return journal


async def test_a_standby_leads_as_soon_as_the_leaders_connection_has_ended(database_dsn: str) -> None:
    candidate = Candidate(database_dsn)
    leader = await lead(database_dsn)
    assert await candidate.take() is None
    await leader.close()
    journal = await until_taken(candidate)
    await journal.append(records_from(1, 1), 1, 1)
    await journal.close()


async def test_a_leader_that_beats_is_left_alone(database_dsn: str, pool: Pool) -> None:
    leader, candidate = await lead(database_dsn), Candidate(database_dsn)
    with beating(database_dsn, leader):
        async with asyncio.timeout(WAIT_S):
            while not await beats(pool):  # noqa: ASYNC110 - a row is no event
                await asyncio.sleep(0.01)
        # As if it had connected long ago: only the beat speaks for it.
        for _ in range(3):
            assert await candidate.take() is None
        assert LEASE_S > 2.0
        await leader.append(records_from(1, 1), 1, 1)
    await candidate.close()
    await leader.close()


async def test_t51_a_leader_that_is_silent_is_evicted_and_can_write_nothing_more(
    database_dsn: str, candidate: Candidate
) -> None:
    leader = await lead(database_dsn)
    lost: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    leader.on_lost(lambda error: None if lost.done() else lost.set_result(error))
    await leader.append(records_from(1, 2), 1, 2)

    successor = await until_taken(candidate)

    async with asyncio.timeout(WAIT_S):
        assert isinstance(await lost, LeadershipLostError)
    with pytest.raises(Exception, match=r"closed|terminat|released"):
        await leader.append(records_from(3, 1), 3, 3)
    assert successor.seq == 2
    await successor.append(records_from(3, 1), 3, 3)
    await leader.close()
    await successor.close()


async def test_t51_an_evicted_engine_stops_and_its_successor_has_all_that_was_acknowledged(
    database_dsn: str, pool: Pool, candidate: Candidate
) -> None:
    reader = PostgresJournalReader(pool)
    async with running_engine(database_dsn) as old:
        await old.client.submit_many([encode_command(PutAsset(AssetId(f"a{number}"), 8)) for number in range(50)])
        standby = await recover(PythonCore, reader, PostgresSnapshots(pool))
        await old.client.submit(PutAsset(AssetId("last"), 8))

        journal = await until_taken(candidate)
        standby = await catch_up(standby, reader)

        with pytest.raises(EngineFailedError, match="leadership"):
            await asyncio.wait_for(old.task, WAIT_S)
        assert (standby.seq, standby.hash) == (journal.seq, journal.hash)
        assert standby.core.state_hash() == old.core.state_hash()
        assert (await verify_journal(reader)).seq == 51
        await journal.close()
