"""The scheduler: a job that fails is an alarm and tried again, a bug is not swallowed, no job outlives its time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from pyxiu.app.payout_desks import Desks
from pyxiu.app.run_scheduler import run_job, run_jobs
from pyxiu.app.scheduler_jobs import JOBS, Job, Scheduled
from pyxiu.app.settings import Settings
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.errors import TransientError
from tests.support.custody import running_custody


def scheduled(services: CustodyServices) -> Scheduled:
    desks = Desks(services, {}, Ed25519PrivateKey.generate(), PayoutSettings())
    return Scheduled(services, Settings(home=Path("/nowhere")), desks)


async def alarms(services: CustodyServices) -> dict[str, str]:
    async with services.database.connect() as connection:
        rows = await connection.execute(text("SELECT kind, text FROM chain_alarms WHERE cleared_at IS NULL"))
        return {row.kind: row.text for row in rows}


def job(run: Callable[[Scheduled], Awaitable[object]], *, timeout_s: float = 60.0) -> Job:
    return Job("look", 0.01, run, timeout_s=timeout_s)


async def test_a_job_that_fails_is_an_alarm_until_it_succeeds(database_dsn: str) -> None:
    runs = 0
    recovered = asyncio.Event()

    async def flaky(given: Scheduled) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise TransientError("the node is away")
        if runs == 2:
            assert (await alarms(given.services))["job:look"] == "the node is away"
        if runs > 3:
            recovered.set()

    async with running_custody(database_dsn) as services:
        running = asyncio.create_task(run_jobs(scheduled(services), (job(flaky),)))
        async with asyncio.timeout(30):
            await recovered.wait()
        assert await alarms(services) == {}
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_job_that_hangs_is_cut_off(database_dsn: str) -> None:
    async def hangs(_given: Scheduled) -> None:
        await asyncio.Event().wait()

    async with running_custody(database_dsn) as services:
        assert isinstance(await run_job(scheduled(services), job(hangs, timeout_s=0.05)), TimeoutError)
        assert "job:look" in await alarms(services)


async def test_a_bug_ends_the_scheduler(database_dsn: str) -> None:
    async def broken(_given: Scheduled) -> None:
        raise AssertionError("cannot be")

    async with running_custody(database_dsn) as services:
        with pytest.raises(ExceptionGroup):
            await run_jobs(scheduled(services), (job(broken),))


async def test_every_job_runs_on_an_exchange_without_nodes(database_dsn: str) -> None:
    assert len({one.name for one in JOBS}) == len(JOBS)
    async with running_custody(database_dsn) as services:
        for one in JOBS:
            assert await run_job(scheduled(services), one) is None, one.name
