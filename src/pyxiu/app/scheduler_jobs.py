"""The table of the scheduler's jobs: what runs, how often, for how long at most.

Invariant: a job is safe to run twice at once and to be cut off anywhere. Limit: no job holds a key or signs anything.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from pyxiu.adapters.chains.payouts import make_payout_chain
from pyxiu.app import treasury_jobs
from pyxiu.app.approver import approver_key
from pyxiu.app.payout_desks import Desks
from pyxiu.app.payout_jobs import (
    bump_payouts,
    follow_payouts,
    plan_payouts,
    watch_confirmed_payouts,
    watch_payouts,
)
from pyxiu.app.settings import Settings
from pyxiu.custody.deposits.watch_deposits import watch_deposits
from pyxiu.custody.payouts.finish import finish_payouts
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.finish_owed import finish_owed
from pyxiu.custody.withdrawals.stuck import watch_withdrawals


@dataclass(frozen=True)
class Scheduled:
    """What jobs are given."""

    services: CustodyServices
    settings: Settings
    desks: Desks


@dataclass(frozen=True)
class Job:
    """`run` is called every `interval_s` seconds after it has ended, and cut off after `timeout_s`."""

    name: str
    interval_s: float
    run: Callable[[Scheduled], Awaitable[object]]
    timeout_s: float = 60.0


JOBS: Final[tuple[Job, ...]] = (
    Job("finish withdrawals", 2.0, lambda given: finish_owed(given.services)),
    Job("watch deposits", 15.0, lambda given: watch_deposits(given.services)),
    Job("watch withdrawals", 15.0, lambda given: watch_withdrawals(given.services)),
    Job("plan payouts", 2.0, lambda given: plan_payouts(given.desks)),
    Job("follow payouts", 3.0, lambda given: follow_payouts(given.desks)),
    Job("settle payouts", 1.0, lambda given: finish_payouts(given.services)),
    Job("bump payouts", 30.0, lambda given: bump_payouts(given.desks)),
    Job("watch confirmed payouts", 60.0, lambda given: watch_confirmed_payouts(given.desks), timeout_s=300.0),
    Job("watch payouts", 10.0, lambda given: watch_payouts(given.services)),
    Job("plan sweeps", 30.0, lambda given: treasury_jobs.plan(given.services, given.desks), timeout_s=300.0),
    Job("advance sweeps", 5.0, lambda given: treasury_jobs.advance(given.services, given.desks), timeout_s=300.0),
    Job("book fees", 10.0, lambda given: treasury_jobs.book(given.services, given.desks)),
    Job("read balances", 30.0, lambda given: treasury_jobs.balances(given.services, given.desks)),
    Job("check solvency", 60.0, lambda given: treasury_jobs.solvency(given.services, given.desks), timeout_s=600.0),
)


@asynccontextmanager
async def scheduled_over(
    settings: Settings,
    services: CustodyServices,
    make_chain: Callable[[str, str], PayoutChain] = make_payout_chain,
) -> AsyncIterator[Scheduled]:
    """What jobs need, for as long as they run. `make_chain`: as desks need it."""
    approver = await asyncio.to_thread(approver_key, settings.home)
    desks = Desks(services, settings.nodes.watcher, approver, settings.payouts, make_chain)
    try:
        yield Scheduled(services, settings, desks)
    finally:
        await desks.close()
