"""A running engine on a real journal, for tests that need one.

async with running_engine(database_dsn) as engine:
    outcome = await engine.client.submit(PutAsset("btc", 8))
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec

from pyxiu.core.interface import Core
from pyxiu.core.machine import PythonCore
from pyxiu.engine.client import LocalEngineClient
from pyxiu.engine.errors import EngineFailedError
from pyxiu.engine.recovery import Recovered, recover
from pyxiu.engine.sequencer import Limits, Sequencer
from pyxiu.kit.clock import Clock, SystemClock
from pyxiu.storage.database import Pool, as_role, create_pool
from pyxiu.storage.journal import PostgresJournal, PostgresJournalReader, lead
from pyxiu.storage.money_keys import PostgresMoneyKeys
from pyxiu.storage.notify import JournalNotifier
from pyxiu.storage.roles import role_of
from pyxiu.storage.snapshots import PostgresSnapshots


class RunningEngine(msgspec.Struct):
    """Everything of one engine; `task` is the sequencer's `run`, and `pool` is for looking at the database."""

    dsn: str
    pool: Pool
    journal: PostgresJournal
    reader: PostgresJournalReader
    snapshots: PostgresSnapshots
    recovered: Recovered
    sequencer: Sequencer
    client: LocalEngineClient
    task: asyncio.Task[None]

    @property
    def core(self) -> Core:
        return self.recovered.core


@asynccontextmanager
async def running_engine(
    dsn: str,
    *,
    make_core: Callable[[], Core] = PythonCore,
    clock: Clock | None = None,
    limits: Limits | None = None,
    wait_s: float = 10.0,
) -> AsyncIterator[RunningEngine]:
    """Lead, recover and serve; at the end stop cleanly, unless the engine failed before, as some tests want it to."""
    acting = as_role(dsn, role_of("engine"))
    # What tests look at is the owner's to see; the engine itself has the rights of its role.
    pool, own = await create_pool(dsn, "test", size_max=4), await create_pool(acting, "test", size_max=4)
    journal = await lead(acting, wait_s=wait_s)
    notifier = JournalNotifier(acting)
    notifying = asyncio.create_task(notifier.run())
    try:
        reader, snapshots = PostgresJournalReader(own), PostgresSnapshots(own)
        recovered = await recover(make_core, reader, snapshots)
        sequencer = Sequencer(
            recovered.core,
            journal,
            clock or SystemClock(),
            money_keys=PostgresMoneyKeys(own),
            on_committed=lambda batch: notifier.committed(batch.seq_last),
            limits=limits or Limits(),
        )
        task = asyncio.create_task(sequencer.run())
        await asyncio.sleep(0)
        client = LocalEngineClient(sequencer)
        yield RunningEngine(dsn, pool, journal, reader, snapshots, recovered, sequencer, client, task)
        sequencer.stop()
        with suppress(EngineFailedError):
            await task
    finally:
        notifying.cancel()
        await journal.close()
        await own.close()
        await pool.close()
