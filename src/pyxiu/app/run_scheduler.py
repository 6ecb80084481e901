"""The scheduler module: custody's jobs that run by the clock, each in a loop of its own.

What there is to do stands in `scheduler_jobs.py`. Invariant: a job that fails is told as an alarm and runs again at its
next time, so one network's trouble is never another's; only a bug (anything that is no fault of the outside) ends the
module. Limit: a job is cut off after its `timeout_s`; whatever it does must be safe to begin again. Several schedulers
may run: jobs lock the rows that they work on.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError

from pyxiu.app.context import Context
from pyxiu.app.custody_services import custody_services
from pyxiu.app.plugging import payout_chain_of
from pyxiu.app.scheduler_jobs import JOBS, Job, Scheduled, scheduled_over
from pyxiu.custody.store import clear_alarm, raise_alarm
from pyxiu.kit.errors import Fault

#: Alarms of jobs stand under this name where others have a network.
SCHEDULER: Final = "scheduler"
#: What a job may fail with without being a bug.
FAULTS: Final = (Fault, DBAPIError, OSError, TimeoutError, asyncpg.PostgresConnectionError)

_log = structlog.stdlib.get_logger("pyxiu.scheduler")


@asynccontextmanager
async def scheduler(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    make_chain = partial(payout_chain_of, context.plugins)
    async with scheduled_over(context.settings, custody_services(context), make_chain) as scheduled:
        yield run_jobs(scheduled, JOBS)


async def run_jobs(scheduled: Scheduled, jobs: tuple[Job, ...]) -> None:
    """All jobs until cancelled, or until one has a bug."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_repeated(scheduled, job), name=f"job {job.name}")


async def _repeated(scheduled: Scheduled, job: Job) -> None:
    failing: bool | None = None
    while True:
        error = await run_job(scheduled, job)
        # The first time too: an alarm may be left from before a restart.
        if error is None and failing is not False:
            await _cleared(scheduled, job)
        failing = error is not None
        await asyncio.sleep(job.interval_s)


async def run_job(scheduled: Scheduled, job: Job) -> BaseException | None:
    """One run of a job; what it failed with, None if it did not. Raises what is a bug."""
    try:
        async with asyncio.timeout(job.timeout_s):
            await job.run(scheduled)
    except FAULTS as error:
        told = str(error) or type(error).__name__
        _log.warning("job failed", job=job.name, error=told)
        await _alarmed(scheduled, job, told)
        return error
    return None


async def _alarmed(scheduled: Scheduled, job: Job, told: str) -> None:
    try:
        async with scheduled.services.database.begin() as connection:
            await raise_alarm(connection, SCHEDULER, f"job:{job.name}", told[:1_000])
    except FAULTS as error:
        _log.warning("alarm not written", job=job.name, error=str(error))


async def _cleared(scheduled: Scheduled, job: Job) -> None:
    try:
        async with scheduled.services.database.begin() as connection:
            await clear_alarm(connection, SCHEDULER, f"job:{job.name}")
    except FAULTS as error:
        _log.warning("alarm not cleared", job=job.name, error=str(error))
