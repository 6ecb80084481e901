"""When snapshots are made, and how.

In service a follower makes them: another process that recovers to the end of the journal and writes what it has, so
that the engine never pauses. At a clean stop the engine writes its own if recovery would take long without.

Invariant: a snapshot holds the state after a committed row and is tied to that row's hash. Limit: a failed one is tried
again after the next interval; only recovery gets slower meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from pyxiu.core.interface import Core
from pyxiu.engine.ports import JournalReader, Snapshot, Snapshots
from pyxiu.engine.recovery import CoreFactory, Progress, Recovered, recover
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

#: A snapshot is made each time the journal has grown by so many records.
SNAPSHOT_EVERY: Final = 200_000
#: The stopping engine writes one itself if more records than this have come since the last.
SNAPSHOT_AT_STOP: Final = 10_000
SNAPSHOTS_KEPT: Final = 3


async def take_snapshot(core: Core, journal_hash: bytes, snapshots: Snapshots) -> int:
    """Write the core's state, which must be that after the journal row with this hash; returns its number."""
    snapshot = Snapshot(core.seq, core.snapshot(), core.state_hash(), journal_hash)
    failpoint("snapshot_before_write")
    await snapshots.write(snapshot)
    failpoint("snapshot_after_write")
    await snapshots.prune(SNAPSHOTS_KEPT)
    failpoint("snapshot_after_prune")
    log.info("snapshot_written", seq=snapshot.seq, state_bytes=len(snapshot.state))
    return snapshot.seq


async def follow_and_snapshot(
    make_core: CoreFactory, journal: JournalReader, snapshots: Snapshots, progress: Progress = lambda _seq, _end: None
) -> Recovered:
    """What the follower does: recover to the end of the journal, and write that unless it is there."""
    recovered = await recover(make_core, journal, snapshots, progress)
    if recovered.tail:
        await take_snapshot(recovered.core, recovered.hash, snapshots)
    return recovered


class SnapshotKeeper:
    """Calls `make` in time. `make` starts the follower and returns when it is done; it may raise."""

    def __init__(self, make: Callable[[], Awaitable[None]], snapshot_seq: int, every: int = SNAPSHOT_EVERY) -> None:
        self._make = make
        self._every = every
        self._last_seq = snapshot_seq
        self._seq = snapshot_seq
        self._due = asyncio.Event()

    def committed(self, seq: int) -> None:
        """Note the end of the journal; called by the engine after every commit."""
        self._seq = seq
        if seq - self._last_seq >= self._every:
            self._due.set()

    async def run(self) -> None:
        """Make one snapshot after another, until canceled."""
        while True:
            await self._due.wait()
            self._last_seq = self._seq
            self._due.clear()
            try:
                await self._make()
            except Exception as error:  # noqa: BLE001 - whatever broke the follower, the engine serves on
                log.warning("snapshot_failed", seq=self._last_seq, error=repr(error))
