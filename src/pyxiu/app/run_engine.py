"""The engine module: lead or stand by, decide and journal; tell followers; keep snapshots; open the doors.

Invariant: leadership is taken before recovery begins and held until the last commit, so what was recovered is still the
journal's end when the engine begins to write. Limit: one engine per process.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from functools import partial

import msgspec

from pyxiu.app.context import Context
from pyxiu.app.control import serve_control
from pyxiu.app.disk_room import free_bytes, keep_room
from pyxiu.app.engine_door import engine_door
from pyxiu.app.stand_by import leadership
from pyxiu.core.interface import Core
from pyxiu.engine.client import LocalEngineClient
from pyxiu.engine.committed import Committed, CommittedFeed
from pyxiu.engine.metrics import EngineMetrics
from pyxiu.engine.sequencer import Sequencer
from pyxiu.engine.snapshots import SNAPSHOT_AT_STOP, SnapshotKeeper, take_snapshot
from pyxiu.kit.clock import SystemClock
from pyxiu.kit.errors import TransientError
from pyxiu.storage.journal import PostgresJournal
from pyxiu.storage.money_keys import PostgresMoneyKeys
from pyxiu.storage.notify import JournalNotifier
from pyxiu.storage.snapshots import PostgresSnapshots

SNAPSHOT_TIMEOUT_S = 1_800.0


@asynccontextmanager
async def engine(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    async with engine_door(context) as door, leadership(context, door) as (journal, recovered):
        context.recovered = recovered
        running = _Engine(context, journal, recovered.core, recovered.snapshot_seq)
        async with running.serving():
            door.opened(context.engine)
            yield running.until_one_ends()


class _Engine:
    def __init__(self, context: Context, journal: PostgresJournal, core: Core, snapshot_seq: int) -> None:
        self._context = context
        self._journal = journal
        self._core = core
        self._snapshot_seq = snapshot_seq
        self._snapshots = PostgresSnapshots(context.pool)
        self._notifier = JournalNotifier(context.dsn)
        self._keeper = SnapshotKeeper(self._snapshot_in_child, snapshot_seq)
        self._feed = context.committed = CommittedFeed()
        self._sequencer = Sequencer(
            core,
            journal,
            SystemClock(),
            money_keys=PostgresMoneyKeys(context.pool),
            on_committed=self._committed,
            metrics=EngineMetrics(context.registry),
        )
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        client = LocalEngineClient(self._sequencer)
        leading = asyncio.create_task(self._sequencer.run(), name="sequencer")
        helpers = [
            asyncio.create_task(self._notifier.run(), name="notifier"),
            asyncio.create_task(self._keeper.run(), name="snapshot keeper"),
        ]
        folder, reserve = self._context.database_folder, self._context.settings.disk_reserve
        if folder is not None and reserve:
            room = keep_room(self._sequencer, partial(free_bytes, folder), reserve)
            helpers.append(asyncio.create_task(room, name="room on the disk"))
        self._tasks = [leading, *helpers]
        await asyncio.sleep(0)  # the sequencer leads from its first step on
        self._context.engine = client
        try:
            async with serve_control(self._context.settings.home, client):
                yield
        finally:
            self._sequencer.stop()
            with suppress(Exception):  # its failure is what `until_one_ends` raises
                await leading
            for task in helpers:
                task.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            if leading.done() and not leading.cancelled() and leading.exception() is None:
                await self._snapshot_at_stop()

    async def until_one_ends(self) -> None:
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def _committed(self, batch: Committed) -> None:
        self._notifier.committed(batch.seq_last)
        self._keeper.committed(batch.seq_last)
        self._feed.tell(batch)

    async def _snapshot_at_stop(self) -> None:
        if self._core.seq - self._snapshot_seq > SNAPSHOT_AT_STOP:
            await take_snapshot(self._core, self._journal.hash, self._snapshots)

    async def _snapshot_in_child(self) -> None:
        """Run the follower that makes a snapshot; it yields the processor to everything else."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "pyxiu",
            "journal",
            "snapshot",
            f"--home={self._context.settings.home}",
            stdout=asyncio.subprocess.PIPE,
            # It may do what the engine may, and knows of no other login.
            env=os.environ | {"PYXIU_DATABASE_URL": "", "PYXIU_DATABASE_URL_ENGINE": self._context.dsn},
        )
        try:
            async with asyncio.timeout(SNAPSHOT_TIMEOUT_S):
                output, _ = await child.communicate()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        if child.returncode != 0:
            raise TransientError(f"the snapshot process ended with {child.returncode}")
        self._snapshot_seq = msgspec.json.decode(output, type=SnapshotMade).seq


class SnapshotMade(msgspec.Struct, frozen=True):
    """What `pyxiu journal snapshot` prints: the number that the newest snapshot stands at."""

    seq: int
