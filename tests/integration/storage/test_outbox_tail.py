"""Following the outbox without a place: all that commits from now on, once each, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.storage.orm import open_database
from pyxiu.storage.outbox import emit
from pyxiu.storage.outbox_tail import OutboxTail, TailedEvent

WAIT_S = 15.0


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "test")
    yield database
    await database.dispose()


@asynccontextmanager
async def following(dsn: str) -> AsyncIterator[list[TailedEvent]]:
    told: list[TailedEvent] = []
    tail = OutboxTail(dsn, ["a", "b"], name="test")
    task = asyncio.create_task(tail.run(told.append))
    await asyncio.wait_for(tail.following.wait(), WAIT_S)
    try:
        yield told
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def announce(database: AsyncEngine, *events: str) -> None:
    async with database.begin() as connection:
        for event in events:
            await emit(connection, event, {"name": event}, aggregate="x:1")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - the tail has no event for this
            await asyncio.sleep(0.01)


async def test_what_was_there_is_not_told_and_what_comes_is_told_once_in_its_order(
    database: AsyncEngine, database_dsn: str
) -> None:
    await announce(database, "a")
    async with following(database_dsn) as told:
        await announce(database, "b", "not asked for", "a")
        await announce(database, "b")
        await until(lambda: len(told) >= 3)
        await announce(database, "a")
        await until(lambda: len(told) >= 4)
        assert [event.event for event in told] == ["b", "a", "b", "a"]
        assert told[0].record == {"name": "b"}


async def test_an_event_that_commits_after_a_later_one_is_told_too(database: AsyncEngine, database_dsn: str) -> None:
    async with following(database_dsn) as told:
        async with database.begin() as early:
            await emit(early, "a", {}, aggregate="x:1")
            await announce(database, "b")
            await until(lambda: len(told) == 1)
        await until(lambda: len(told) == 2)
        assert [event.event for event in told] == ["b", "a"]


async def test_a_lost_connection_loses_no_event(database: AsyncEngine, database_dsn: str) -> None:
    async with following(database_dsn) as told:
        killer = await asyncpg.connect(database_dsn)
        killed = await killer.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pyxiu outbox test'"
        )
        await killer.close()
        assert killed == 1
        await announce(database, "a")
        await until(lambda: len(told) == 1)
