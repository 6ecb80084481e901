"""A rebuilt projection equals the one made live (E-12, T-82); a rebuild may be interrupted and run beside others."""

import asyncio

import asyncpg
import pytest

from pyxiu.kit.failpoints import FailpointError, armed
from pyxiu.projections.audit import audit
from pyxiu.projections.audit_core import compare_with_core
from pyxiu.projections.projector import Projector
from pyxiu.projections.rebuild import RebuildProgress, rebuild
from pyxiu.projections.rebuild_lock import RebuildRunningError, take_rebuild
from pyxiu.projections.registry import NAMES
from pyxiu.projections.status import read_status
from pyxiu.storage.cursors import read_cursors
from pyxiu.storage.database import Connection
from tests.support.projected import Projected, reach, rows_of, running
from tests.support.seeded import SeededExchange


@pytest.mark.parametrize("name", NAMES)
async def test_a_rebuilt_projection_equals_the_live_one(name: str, projected: Projected) -> None:
    """T-82: candles rebuilt = candles live; the same of all others."""
    live = {each: await rows_of(projected.connection, each) for each in NAMES}
    assert all(live[name].values())
    assert await rebuild(projected.dsn, name) == projected.core.seq
    assert {each: await rows_of(projected.connection, each) for each in NAMES} == live
    await projected.assert_equal_to_core()


async def test_progress_is_told_up_to_the_end(projected: Projected) -> None:
    told: list[RebuildProgress] = []
    await rebuild(projected.dsn, "candles", told.append, records_max=500)
    assert told[0] == RebuildProgress(0, projected.core.seq)
    assert told[-1] == RebuildProgress(projected.core.seq, projected.core.seq)
    assert [at.seq for at in told] == sorted({at.seq for at in told})
    assert len(told) > 4


@pytest.mark.parametrize("failpoint", ["rebuild_after_truncate=raise", "projection_after_commit=raise@2"])
async def test_an_interrupted_rebuild_is_resumed(failpoint: str, projected: Projected) -> None:
    with armed(failpoint), pytest.raises(FailpointError):
        await rebuild(projected.dsn, "entries", records_max=500)
    reached = (await read_cursors(projected.connection))["entries"]
    assert reached < projected.core.seq
    told: list[RebuildProgress] = []
    await rebuild(projected.dsn, "entries", told.append, resume=True)
    assert told[0].seq == reached
    await projected.assert_equal_to_core()


async def test_the_projector_finishes_an_interrupted_rebuild(projected: Projected) -> None:
    with armed("projection_after_commit=raise@2"), pytest.raises(FailpointError):
        await rebuild(projected.dsn, "orders", records_max=500)
    projector = Projector(projected.dsn)
    async with running(projector) as task:
        await reach(projector, task, projected.core.seq)
    await projected.assert_equal_to_core()


async def test_a_running_projector_takes_over_from_a_rebuild_that_died(
    database_dsn: str, connection: Connection
) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(33))
    await projected.trade(1_000)
    projector = Projector(database_dsn, records_max=100)
    async with running(projector) as task:
        await reach(projector, task, projected.core.seq)
        with armed("rebuild_after_truncate=raise"), pytest.raises(FailpointError):
            await rebuild(database_dsn, "trades")
        await projected.trade(200)
        async with asyncio.timeout(30):
            while (await read_status(connection)).lag_records:  # noqa: ASYNC110 - it has nobody to signal in service
                await asyncio.sleep(0.01)
        assert not task.done()
    await projected.assert_equal_to_core()


async def test_a_projection_has_one_rebuild_at_a_time(projected: Projected) -> None:
    other = await asyncpg.connect(projected.dsn)
    await take_rebuild(other, "orders")
    with pytest.raises(RebuildRunningError, match="orders is being rebuilt"):
        await rebuild(projected.dsn, "orders")
    await rebuild(projected.dsn, "trades")
    await other.close()
    await projected.assert_equal_to_core()


async def test_an_interrupted_rebuild_is_visible_and_skips_checks(projected: Projected) -> None:
    with armed("projection_after_commit=raise@2"), pytest.raises(FailpointError):
        await rebuild(projected.dsn, "accounts", records_max=500)
    status = await read_status(projected.connection)
    assert {each.name for each in status.projections if each.lag_records} == {"accounts"}
    report = await audit(projected.connection)
    skipped = {result.check for result in report.results if result.skipped}
    assert skipped == {"accounts_equal_entries", "held_equals_needs", "pnl_equals_accounts"}
    assert not report.clean
    assert not report.findings


@pytest.mark.parametrize("name", NAMES)
async def test_a_projection_is_rebuilt_while_trading_goes_on(
    name: str, database_dsn: str, connection: Connection
) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(32))
    await projected.trade(1_000)
    projector = Projector(database_dsn, records_max=50)
    async with running(projector) as task:
        await reach(projector, task, projected.core.seq)
        trading = asyncio.create_task(projected.trade(1_000))
        await rebuild(database_dsn, name, records_max=200)
        await trading
        await reach(projector, task, projected.core.seq)
        await rebuild(database_dsn, name, resume=True)
    await projected.assert_equal_to_core()


async def test_an_audit_that_a_rebuild_overtakes_skips_what_was_emptied(projected: Projected) -> None:
    """TRUNCATE empties a table also for those who looked before it."""
    connection = projected.connection
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.fetchval("SELECT count(*) FROM projection_cursors")
        await rebuild(projected.dsn, "trades")
        report = await audit(connection)
        compared = await compare_with_core(connection, projected.core)
    assert not report.findings
    skipped = {result.check for result in report.results if result.skipped}
    assert {"orders_equal_trades", "trades_arithmetic", "candles_equal_trades"} <= skipped
    assert "assets_sum_to_zero" not in skipped
    assert compared.skipped == "a rebuild of trades began meanwhile"
    await projected.assert_equal_to_core()


async def test_money_keys_stay_while_the_ledger_is_rebuilt(projected: Projected) -> None:
    """T-07: the engine may have forgotten them."""
    keys = await projected.connection.fetchval("SELECT count(*) FROM money_keys")
    with armed("rebuild_after_truncate=raise"), pytest.raises(FailpointError):
        await rebuild(projected.dsn, "entries")
    assert await projected.connection.fetchval("SELECT count(*) FROM money_keys") == keys > 100


async def test_an_unknown_projection_is_refused(projected: Projected) -> None:
    with pytest.raises(ValueError, match="no projection 'nosuch'"):
        await rebuild(projected.dsn, "nosuch")
