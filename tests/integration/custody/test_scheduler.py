"""The scheduler: a job that fails is an alarm and tried again, a bug is not swallowed, no job outlives its time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from pyxiu.app import payout_jobs
from pyxiu.app.payout_desks import Desks
from pyxiu.app.run_scheduler import run_job, run_jobs
from pyxiu.app.scheduler_jobs import JOBS, Job, Scheduled
from pyxiu.app.settings import Settings
from pyxiu.custody.chain import NodeUnavailableError
from pyxiu.custody.payouts.desk import Desk
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


class Stands:
    """A chain that nobody asks anything."""

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("error", ["the database refuses", "the node is away"])
async def test_trouble_on_one_network_keeps_no_other_from_its_turn(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    served = []

    async def work(desk: Desk) -> None:
        served.append(desk.key)
        if len(served) > 1:
            return
        if error == "the node is away":
            raise NodeUnavailableError(error)
        async with desk.services.database.connect() as connection:
            await connection.execute(text("SELECT 1 / 0"))

    monkeypatch.setattr(payout_jobs, "bump_stuck", work)
    async with running_custody(database_dsn) as services:
        networks = [one.key for one in await services.assets.networks() if one.enabled]
        assert len(networks) > 1
        nodes = dict.fromkeys(networks, "http://127.0.0.1:1/")
        chain: Any = Stands()
        desks = Desks(services, nodes, Ed25519PrivateKey.generate(), PayoutSettings(), lambda _name, _url: chain)
        with pytest.raises(TransientError, match=rf"^{networks[0]}: [^;]+$"):
            await payout_jobs.bump_payouts(desks)
        assert served == networks
        # The next time from another network on, for a job that is cut off in the middle.
        await payout_jobs.bump_payouts(desks)
        assert served == [*networks, *networks[1:], networks[0]]


async def test_trouble_with_one_step_of_planning_keeps_no_other_from_its_turn(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def step(name: str, *, fails: bool = False) -> Callable[[Desk], Awaitable[int]]:
        async def work(_desk: Desk) -> int:
            done.append(name)
            if fails:
                raise TransientError("not now")
            return 0

        return work

    class Open:
        async def look(self) -> None:
            """Nothing keeps it shut."""

    monkeypatch.setattr(payout_jobs, "plan_withdrawals", step("plan_withdrawals", fails=True))
    monkeypatch.setattr(payout_jobs, "reserve_planned", step("reserve_planned", fails=True))
    monkeypatch.setattr(payout_jobs, "request_signatures", step("request_signatures"))
    monkeypatch.setattr(Desks, "gate", lambda _self, _desk: Open())
    async with running_custody(database_dsn) as services:
        chain: Any = Stands()
        nodes = {"litecoin": "http://127.0.0.1:1/"}
        desks = Desks(services, nodes, Ed25519PrivateKey.generate(), PayoutSettings(), lambda _name, _url: chain)
        with pytest.raises(TransientError, match="reserve: not now; plan: not now"):
            await payout_jobs.plan_payouts(desks)
    assert done == ["reserve_planned", "request_signatures", "plan_withdrawals", "request_signatures"]
