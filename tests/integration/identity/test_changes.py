"""Changes reach who follows: after their commit, in whatever order, also when connections are lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.identity import changes
from pyxiu.identity.changes import NOTIFIED_MAX, Change, Changed, ChangeFollower, announce, announce_all
from pyxiu.storage.orm import open_database

WITHIN_S = 20.0


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "pyxiu test")
    yield database
    await database.dispose()


class Following:
    """A follower, and what it was told."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.told: asyncio.Queue[Changed] = asyncio.Queue()
        self.follower = ChangeFollower(dsn, name="test")
        self.follower.subscribe(self.told.put_nowait)
        self.task = asyncio.create_task(self.follower.run())

    async def live(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            while asyncio.get_running_loop().time() >= self.follower.live_until_s:  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0.01)

    async def next(self) -> Changed:
        async with asyncio.timeout(WITHIN_S):
            return await self.told.get()


@pytest.fixture
async def following(database_dsn: str) -> AsyncIterator[Following]:
    following = Following(database_dsn)
    await following.live()
    yield following
    following.task.cancel()
    with suppress(asyncio.CancelledError):
        await following.task


async def cut_off(database_dsn: str) -> None:
    """The follower's connection is lost."""
    admin = await asyncpg.connect(database_dsn)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'pyxiu changes test' AND datname = current_database()"
    )
    await admin.close()


async def an_hour_passed(connection: AsyncConnection) -> None:
    """For all rows that can be seen from here."""
    await connection.execute(text("UPDATE identity_changes SET at = at - interval '1 hour'"))


async def test_a_change_is_told_after_its_commit_and_not_before(database: AsyncEngine, following: Following) -> None:
    async with database.begin() as connection:
        await announce(connection, Change.API_KEY, "0123 4567")
        await asyncio.sleep(changes.POLL_S * 2)
        assert following.told.empty()
    assert await following.next() == Changed(Change.API_KEY, "0123 4567")


async def test_what_is_rolled_back_is_not_told(database: AsyncEngine, following: Following) -> None:
    async with database.connect() as connection:
        await announce(connection, Change.USER, "nobody")
        await connection.rollback()
    async with database.begin() as connection:
        await announce(connection, Change.USER, "somebody")
    assert (await following.next()).subject == "somebody"


async def test_a_change_that_commits_after_a_later_one_is_told(database: AsyncEngine, following: Following) -> None:
    """Ids are given before commits, so a cursor alone would pass over it."""
    async with database.connect() as slow:
        await announce(slow, Change.USER, "early")
        async with database.begin() as quick:
            await announce(quick, Change.USER, "late")
        assert (await following.next()).subject == "late"
        await slow.commit()
    assert (await following.next()).subject == "early"


async def test_what_happens_while_the_connection_is_lost_is_told(
    database: AsyncEngine, following: Following, database_dsn: str
) -> None:
    await cut_off(database_dsn)
    async with database.begin() as connection:
        await announce(connection, Change.PERMISSIONS)
    assert await following.next() == Changed(Change.PERMISSIONS, "")


async def test_nothing_is_told_twice_by_row_and_notification(database: AsyncEngine, following: Following) -> None:
    for number in range(20):
        async with database.begin() as connection:
            await announce(connection, Change.SESSION, str(number))
    assert [(await following.next()).subject for _ in range(20)] == [str(number) for number in range(20)]
    await following.live()
    await asyncio.sleep(changes.POLL_S * 2)
    assert following.told.empty()


@pytest.mark.parametrize("lost", [False, True])
async def test_a_change_is_told_however_long_its_transaction_takes(
    database: AsyncEngine, following: Following, database_dsn: str, *, lost: bool
) -> None:
    async with database.connect() as slow:
        await announce(slow, Change.SESSION, "slow")
        await an_hour_passed(slow)
        for number in range(3):
            async with database.begin() as quick:
                await announce(quick, Change.USER, str(number))
            assert (await following.next()).subject == str(number)
        async with database.begin() as quick:
            await an_hour_passed(quick)
        await asyncio.sleep(changes.POLL_S * 3)
        if lost:
            await cut_off(database_dsn)
        await slow.commit()
    assert await following.next() == Changed(Change.SESSION, "slow")


async def test_a_transaction_that_stays_open_has_nothing_told_again(
    database: AsyncEngine, following: Following
) -> None:
    async with database.connect() as idle:
        await announce(idle, Change.USER, "idle")
        for number in range(5):
            async with database.begin() as connection:
                await announce(connection, Change.USER, str(number))
            assert (await following.next()).subject == str(number)
            await asyncio.sleep(changes.POLL_S)
        assert following.told.empty()
        await following.live()


async def test_what_was_told_is_not_told_again_after_a_lost_connection(
    database: AsyncEngine, following: Following, database_dsn: str
) -> None:
    for subject in ("before", "after"):
        async with database.begin() as connection:
            await announce(connection, Change.USER, subject)
        assert (await following.next()).subject == subject
        await cut_off(database_dsn)
        await asyncio.sleep(changes.RECONNECT_S + changes.POLL_S)
    assert following.told.empty()


async def test_a_database_that_counts_from_its_start_again_is_followed_from_there(
    database: AsyncEngine, database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that was restored from a dump, behind the same name."""
    with monkeypatch.context() as patched:
        patched.setattr(changes, "_SNAPSHOT", "SELECT '9000000000:9000000000:'")
        following = Following(database_dsn)
        await following.live()
        await cut_off(database_dsn)
    for subject in ("at once", "later"):
        async with database.begin() as connection:
            await announce(connection, Change.USER, subject)
        assert (await following.next()).subject == subject
    following.task.cancel()
    with suppress(asyncio.CancelledError):
        await following.task


async def test_many_changes_of_one_call_take_one_statement_and_are_all_told(
    database: AsyncEngine, following: Following
) -> None:
    subjects = [str(number) for number in range(NOTIFIED_MAX * 12)]
    statements: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    async with database.begin() as connection:
        await announce_all(connection, Change.SESSION, subjects)
    assert len(statements) == 1
    assert [(await following.next()).subject for _ in subjects] == subjects
