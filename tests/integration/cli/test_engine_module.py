"""The engine as a module of a process: its control socket, its snapshot child, what it does when it stops."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from pyxiu.app import run_engine, stand_by
from pyxiu.app.context import Context
from pyxiu.app.control import connect_control
from pyxiu.app.engine_door import EngineAtDoor
from pyxiu.app.lifecycle import started
from pyxiu.app.modules import MODULES, modules_of
from pyxiu.app.session import engine_session
from pyxiu.app.settings import Settings
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import CreditDeposit, PutAsset, PutMember
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, MemberId
from pyxiu.engine.errors import LeadershipHeldError
from pyxiu.storage.journal import lead
from pyxiu.storage.snapshots import PostgresSnapshots
from pyxiu.transport.engine_cluster import connect_cluster
from tests.support.ports import free_port
from tests.support.postgres import home_folder

WAIT_S = 20.0
#: Connections that have asked for the leader's lock and not got it; the leader's own is the other one.
STANDBYS = "SELECT count(*) - 1 FROM pg_stat_activity WHERE application_name = 'pyxiu engine'"

BTC, ADA = AssetId("btc"), MemberId("ada")
COMMANDS = [
    encode_command(command) for command in (PutAsset(BTC, 8), PutMember(ADA), CreditDeposit("k", ADA, BTC, pack(5)))
]


@pytest.fixture
def settings(database_dsn: str) -> Iterator[Settings]:
    with home_folder() as home:
        yield Settings(home=Path(home), database_url=database_dsn)


@pytest.fixture
async def context(settings: Settings) -> AsyncIterator[Context]:
    """With a database and nothing else."""
    context = Context(settings)
    async with started([MODULES["database"]], context):
        yield context


async def test_others_reach_the_engine_by_its_socket_and_by_the_session(settings: Settings) -> None:
    context = Context(settings)
    async with started(modules_of(["engine"]), context):
        async with connect_control(settings.home) as remote:
            assert [outcome.seq for outcome in await remote.submit_many(COMMANDS)] == [1, 2, 3]
        async with engine_session(settings) as session:
            [replayed] = await session.engine.submit_many(COMMANDS[2:])
            assert replayed.replayed
            assert session.engine.status().leading


async def test_without_an_engine_the_session_leads_itself_and_lets_go(settings: Settings) -> None:
    for _ in range(2):
        async with engine_session(settings) as session:
            await session.engine.submit_many(COMMANDS)


async def test_an_engine_elsewhere_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await lead(settings.database_url or "")
    monkeypatch.setattr(stand_by, "lead", lambda dsn: lead(dsn, wait_s=0.1))
    try:
        with pytest.raises(LeadershipHeldError, match="another engine leads this database: pyxiu engine"):
            async with engine_session(settings):
                pass
    finally:
        await journal.close()


async def test_a_snapshot_is_made_by_a_child_while_the_engine_serves(context: Context) -> None:
    async with stand_by.leadership(context, EngineAtDoor()) as (journal, recovered):
        engine = run_engine._Engine(context, journal, recovered.core, recovered.snapshot_seq)
        async with engine.serving():
            await context.engine.submit_many(COMMANDS)
            await engine._snapshot_in_child()
            assert await PostgresSnapshots(context.pool).seqs() == [3]
            assert engine._snapshot_seq == 3


async def test_a_stopping_engine_leaves_a_snapshot_if_recovery_would_be_long(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_engine, "SNAPSHOT_AT_STOP", 2)
    for recovered_from in (0, 3):
        context = Context(settings)
        async with started([MODULES["database"], MODULES["engine"]], context):
            await context.engine.submit_many(COMMANDS)
            assert context.recovered.snapshot_seq == recovered_from


@pytest.fixture
def other_settings(settings: Settings) -> Iterator[Settings]:
    """A second machine: another home, the same database."""
    with home_folder() as home:
        yield msgspec.structs.replace(settings, home=Path(home), engine_listen=f"127.0.0.1:{free_port()}")


async def test_a_standby_takes_over_with_all_that_was_acknowledged_and_callers_find_it(
    settings: Settings, other_settings: Settings
) -> None:
    settings = msgspec.structs.replace(settings, engine_listen=f"127.0.0.1:{free_port()}")
    first, second = Context(settings, standby=True), Context(other_settings, standby=True)
    addresses = [str(settings.engine_listen), str(other_settings.engine_listen)]
    modules = [MODULES["database"], MODULES["engine"]]
    taking_over: asyncio.Task[object] | None = None
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(connect_cluster(addresses, None))
        async with started(modules, first):
            await cluster.until_found(WAIT_S)
            assert [outcome.seq for outcome in await cluster.submit_many(COMMANDS[:2])] == [1, 2]
            taking_over = asyncio.create_task(stack.enter_async_context(started(modules, second)))
            while await first.pool.fetchval(STANDBYS) == 0:  # noqa: ASYNC110 - a row is no event
                await asyncio.sleep(0.01)
            assert (await cluster.submit_many(COMMANDS[2:]))[0].seq == 3
            assert not second.has_engine()
        async with asyncio.timeout(WAIT_S):
            await taking_over
            while not cluster.status().leading:  # noqa: ASYNC110 - no event to wait for
                await asyncio.sleep(0.01)
        [again] = await cluster.submit_many(COMMANDS[2:])
        assert (again.replayed, again.seq) == (True, 3)
        assert second.recovered.seq == 3
