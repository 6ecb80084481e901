"""One API process that takes all orders knows that it is alone, until another one comes or the lock is in doubt."""

import asyncio

import pytest

from pyxiu.app import alone
from pyxiu.app.alone import ALONE_LOCK, Aloneness, aloneness
from pyxiu.kit.errors import PermanentError
from pyxiu.storage.database import connect


@pytest.fixture(autouse=True)
def no_waiting_for_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these has an engine elsewhere, so nobody who lost the lock could still commit."""
    monkeypatch.setattr(alone, "CHECK_S", 0.02)


async def until_shared(found: Aloneness) -> None:
    async with asyncio.timeout(10):
        while found():  # noqa: ASYNC110 - it is asked, it does not tell
            await asyncio.sleep(0.01)


async def test_the_first_is_alone_and_makes_room_for_the_second(database_dsn: str) -> None:
    async with aloneness(database_dsn, has_engine=True) as first:
        assert first()
        async with aloneness(database_dsn, has_engine=True) as second:
            # Before the second one may begin, the first has stopped to believe.
            assert (first(), second()) == (False, False)
            async with aloneness(database_dsn, has_engine=True) as third:
                assert not third()
        assert not first()
    async with aloneness(database_dsn, has_engine=True) as next_one:
        assert next_one()


async def test_whoever_loses_the_lock_is_not_alone_any_more(database_dsn: str) -> None:
    async with aloneness(database_dsn, has_engine=True) as found:
        other = await connect(database_dsn, "test")
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pyxiu alone'"
        )
        await other.close()
        await until_shared(found)


async def test_a_lock_counts_as_long_as_it_is_confirmed() -> None:
    now_s = 100.0
    found = Aloneness(alone=True, now_s=lambda: now_s)
    now_s += alone.LEASE_S / 2
    found.confirm(now_s)
    now_s += alone.LEASE_S * 3 / 4
    assert found(), "each confirmation holds for a lease"
    now_s += alone.LEASE_S / 4
    assert not found()
    found.confirm(now_s)
    assert found(), "a late confirmation says that nobody was there in between"
    found.end()
    found.confirm(now_s)
    assert not found(), "what has ended does not begin again"


async def test_an_api_that_makes_no_room_keeps_others_out(database_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "ROOM_S", 0.2)
    hanging = await connect(database_dsn, "test")
    await hanging.fetchval("SELECT pg_advisory_lock($1)", ALONE_LOCK)
    with pytest.raises(PermanentError, match="has not made room"):
        async with aloneness(database_dsn, has_engine=True):
            pytest.fail("it has begun")
    await hanging.close()
