"""The projector follows the journal exactly once, whatever happens to it (T-76)."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import asyncpg
import pytest

from pyxiu.kit.failpoints import ENVIRONMENT, EXIT_STATUS, FAILPOINTS, FailpointError, armed
from pyxiu.projections.audit import audit
from pyxiu.projections.live import BookFollower
from pyxiu.projections.projector import Projector
from pyxiu.projections.waiter import CursorWaiter
from pyxiu.storage import migrate
from pyxiu.storage.database import Connection
from tests.support.commands import MARKETS
from tests.support.postgres import StartPostgres
from tests.support.projected import Projected, leading, reach, running
from tests.support.seeded import SeededExchange

ROOT = Path(__file__).parents[3]
OURS = [name for name in FAILPOINTS if name.startswith("projection_")]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_is_projected_live_equals_the_core(seed: int, database_dsn: str, connection: Connection) -> None:
    """I-2, I-5, I-7, E-4, E-12: records come in while it follows."""
    projected = await Projected.open(database_dsn, connection, SeededExchange(seed))
    projector = Projector(database_dsn)
    async with running(projector) as task:
        await projected.trade(1_500)
        await reach(projector, task, projected.core.seq)
    assert projector.records == projected.core.seq
    await projected.assert_equal_to_core()


async def test_chunks_of_any_size_give_the_same(database_dsn: str, connection: Connection) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(4))
    random = Random(4)
    for _ in range(25):
        await projected.trade(64)
        await projected.project(size=random.choice((1, 2, 3, 50, 1_000)))
    await projected.assert_equal_to_core()


async def test_it_may_be_stopped_and_started_at_any_time(database_dsn: str, connection: Connection) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(5))
    random = Random(5)
    projector = Projector(database_dsn)
    for _ in range(12):
        projector = Projector(database_dsn)
        async with running(projector):
            await projected.trade(128)
            await asyncio.sleep(random.random() * 0.05)
    async with running(projector) as task:
        await reach(projector, task, projected.core.seq)
    await projected.assert_equal_to_core()


async def test_two_projectors_at_once_apply_each_record_once(database_dsn: str, connection: Connection) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(6))
    first, second = Projector(database_dsn), Projector(database_dsn)
    async with running(first) as first_task, running(second) as second_task:
        await projected.trade(1_000)
        await reach(first, first_task, projected.core.seq)
        await reach(second, second_task, projected.core.seq)
    await projected.assert_equal_to_core()


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("hit", [1, 3])
async def test_a_failure_at_any_step_leaves_whole_chunks(
    name: str, hit: int, database_dsn: str, connection: Connection
) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(7))
    await projected.trade(1_500)
    projector = Projector(database_dsn, records_max=100)
    with armed(f"{name}=raise@{hit}"), pytest.raises(FailpointError):
        async with running(projector) as task:
            await reach(projector, task, projected.core.seq + 1)
    assert (await audit(connection)).clean
    projector = Projector(database_dsn)
    async with running(projector) as task:
        await reach(projector, task, projected.core.seq)
    await projected.assert_equal_to_core()


def test_every_step_has_a_failpoint() -> None:
    assert OURS == [
        "projection_before_rows",
        "projection_after_rows_before_cursor",
        "projection_after_cursor_before_commit",
        "projection_after_commit",
    ]


async def test_a_killed_process_is_followed_by_one_that_goes_on(database_dsn: str, connection: Connection) -> None:
    """T-17 for projections: three lives ended as by kill -9, each at another step, then one that finishes."""
    projected = await Projected.open(database_dsn, connection, SeededExchange(8))
    await projected.trade(2_500)
    for name in OURS[1:]:
        assert await project_in_a_process(database_dsn, projected.core.seq, f"{name}=exit@2") == EXIT_STATUS
        assert (await audit(connection)).clean
    assert await project_in_a_process(database_dsn, projected.core.seq, "") == 0
    await projected.assert_equal_to_core()


async def project_in_a_process(dsn: str, until: int, failpoint: str) -> int:
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.integration.projections.crash_child", dsn, str(until)],
        env=os.environ | {ENVIRONMENT: failpoint},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode in (0, EXIT_STATUS), ended.stderr
    return ended.returncode


async def test_a_killed_database_is_waited_for(private_postgres: StartPostgres) -> None:
    """T-09: commits of the projector that the server had not flushed are lost with their cursors and made again."""
    server = private_postgres()
    await migrate.upgrade(server.dsn)
    connection = await asyncpg.connect(server.dsn)
    projected = await Projected.open(server.dsn, connection, SeededExchange(9))
    projector, book = Projector(server.dsn), BookFollower(server.dsn)
    async with running(projector) as task, running(book) as following, CursorWaiter(server.dsn) as waiter:
        await projected.trade(600)
        await reach(projector, task, projected.core.seq)
        await kill(server.pid)
        server.stop()
        server.start()
        await projected.trade(600)
        await reach(projector, task, projected.core.seq)
        await reach(book, following, projected.core.seq)
        assert await waiter.wait_for(projected.core.seq, timeout_s=20)
        assert not task.done()
        assert not following.done()
    for market in MARKETS:
        assert book.depth(market, 300) == projected.core.depth(market, 300)
    projected.connection = await asyncpg.connect(server.dsn)
    await projected.assert_equal_to_core()
    await projected.connection.close()


async def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0)


async def test_rows_that_do_not_fit_the_journal_stop_it(database_dsn: str, connection: Connection) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(10))
    await projected.trade(500)
    await projected.project()
    async with leading(database_dsn) as journal:
        for batch in projected.exchange.batches(1_000):
            await journal.append(batch.records, batch.seq_first, batch.seq_last)
    await connection.execute("DELETE FROM orders WHERE status = 1")
    projector = Projector(database_dsn)
    with pytest.raises(AssertionError, match="orders: expected"):
        async with running(projector) as task:
            await reach(projector, task, projected.core.seq)
