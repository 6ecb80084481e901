"""Become the engine that leads: at once, or after standing by behind another.

A standby keeps a core at the journal's end, so that it can decide as soon as it has the lock. Invariant: leadership is
held before the last records are replayed, so what was recovered is still the journal's end when the engine begins to
write. Limit: the state is in memory twice in the cluster; a standby serves no reads.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from pyxiu.app.context import Context
from pyxiu.app.engine_door import EngineAtDoor
from pyxiu.core.machine import PythonCore
from pyxiu.engine.recovery import Recovered, catch_up, recover, settle_heap
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE
from pyxiu.storage.journal import PostgresJournal, PostgresJournalReader, lead
from pyxiu.storage.leadership import POLL_S, Candidate, Heartbeat
from pyxiu.storage.snapshots import PostgresSnapshots

_log = structlog.stdlib.get_logger("pyxiu.engine")


@asynccontextmanager
async def leadership(context: Context, door: EngineAtDoor) -> AsyncIterator[tuple[PostgresJournal, Recovered]]:
    """Leadership and the recovered core for the length of the block.

    Raises LeadershipHeldError if another leads and this process was not asked to stand by.
    """
    recovered: Recovered | None = None
    if context.standby:
        journal, recovered = await _after_standing_by(context, door)
    else:
        journal = await lead(context.dsn)
    try:
        async with _beating(context, journal):
            yield journal, await _at_the_end(context, journal, recovered)
    finally:
        await journal.close()


async def _after_standing_by(context: Context, door: EngineAtDoor) -> tuple[PostgresJournal, Recovered | None]:
    """The journal, and the core if this engine had to wait for it."""
    candidate = Candidate(context.dsn)
    try:
        journal = await candidate.take()
        if journal is not None:
            return journal, None
        _log.info("engine stands by")
        recovered = await _recover(context)
        while journal is None:
            await asyncio.sleep(POLL_S)
            with suppress(TransientError, *UNAVAILABLE):  # the candidate logs it and waits
                recovered = await catch_up(recovered, PostgresJournalReader(context.pool))
                door.reached(recovered.seq)
            journal = await candidate.take()
        _log.warning("engine takes over", seq=recovered.seq)
        return journal, recovered
    finally:
        await candidate.close()


async def _at_the_end(context: Context, journal: PostgresJournal, standby: Recovered | None) -> Recovered:
    if standby is None:
        result = await _recover(context)
    else:
        result = await catch_up(standby, PostgresJournalReader(context.pool))
    assert (result.seq, result.hash) == (journal.seq, journal.hash), "the journal has grown although we lead"
    _log.info("engine recovered", seq=result.seq, snapshot_seq=result.snapshot_seq, replayed=result.tail)
    return result


async def _recover(context: Context) -> Recovered:
    reader = PostgresJournalReader(context.pool)
    result = await recover(PythonCore, reader, PostgresSnapshots(context.pool), context.recovery_progress)
    settle_heap()
    return result


@asynccontextmanager
async def _beating(context: Context, journal: PostgresJournal) -> AsyncIterator[None]:
    name = f"{socket.gethostname()}, process {os.getpid()}"
    beating = asyncio.create_task(Heartbeat(context.dsn, journal, name).run(), name="heartbeat")
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
