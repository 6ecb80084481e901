"""The engine as a module of a process: its control socket, its snapshot child, what it does when it stops."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pyxiu.app import run_engine
from pyxiu.app.context import Context
from pyxiu.app.control_client import connect_control
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
from tests.support.postgres import home_folder

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
    monkeypatch.setattr(run_engine, "lead", lambda dsn: lead(dsn, wait_s=0.1))
    try:
        with pytest.raises(LeadershipHeldError, match="another engine leads this database: pyxiu engine"):
            async with engine_session(settings):
                pass
    finally:
        await journal.close()


async def test_a_snapshot_is_made_by_a_child_while_the_engine_serves(context: Context) -> None:
    journal = await lead(context.dsn)
    try:
        engine = await run_engine._Engine.recovered(context, journal)
        async with engine.serving():
            await context.engine.submit_many(COMMANDS)
            await engine._snapshot_in_child()
            assert await PostgresSnapshots(context.pool).seqs() == [3]
            assert engine._snapshot_seq == 3
    finally:
        await journal.close()


async def test_a_stopping_engine_leaves_a_snapshot_if_recovery_would_be_long(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_engine, "SNAPSHOT_AT_STOP", 2)
    for recovered_from in (0, 3):
        context = Context(settings)
        async with started([MODULES["database"], MODULES["engine"]], context):
            await context.engine.submit_many(COMMANDS)
            assert context.recovered.snapshot_seq == recovered_from
