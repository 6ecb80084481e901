"""From what is stored to a core that can go on: the latest good snapshot, then every record after it.

Invariant: the state is the journal's, or recovery fails; a snapshot is a shortcut and is used only if it restores to
the state hash it was stored with and belongs to this journal, otherwise an older one or none is. Starting after a clean
stop and after a crash is the same path. Limit: rows are replayed, not decided again; `verify` does that.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import structlog

from pyxiu.core.interface import Core
from pyxiu.engine.chain import Chain
from pyxiu.engine.errors import JournalCorruptError
from pyxiu.engine.ports import JournalReader, Snapshots
from pyxiu.kit.errors import PermanentError
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

#: Called with the number replayed to and the number to reach.
Progress = Callable[[int, int], None]
CoreFactory = Callable[[], Core]

#: A full collection costs 45 ms at 300 k orders and finds nothing: what the core keeps has no cycles.
GC_THRESHOLDS: Final = (50_000, 50, 1_000_000)


class Recovered(NamedTuple):
    """Where recovery ended, and how: `snapshot_seq` 0 means from the journal alone."""

    core: Core
    seq: int
    hash: bytes
    snapshot_seq: int

    @property
    def tail(self) -> int:
        """Records replayed after the snapshot."""
        return self.seq - self.snapshot_seq


async def recover(
    make_core: CoreFactory, journal: JournalReader, snapshots: Snapshots, progress: Progress = lambda _seq, _end: None
) -> Recovered:
    """A core at the end of the journal. Raises JournalCorruptError when that is not to be had."""
    with collector_paused():
        return await _recover(make_core, journal, snapshots, progress)


@contextmanager
def collector_paused() -> Iterator[None]:
    """While millions of objects are loaded that all stay, looking through them again and again is half of the work."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def settle_heap() -> None:
    """After recovery: keep the collector away from what was loaded, and full collections off the hot path."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _recover(
    make_core: CoreFactory, journal: JournalReader, snapshots: Snapshots, progress: Progress
) -> Recovered:
    # In this order: a follower recovers while the journal grows and others write snapshots.
    stored = await snapshots.seqs()
    head = await journal.head()
    if stored and stored[0] > head.seq:
        raise JournalCorruptError(
            f"the journal ends at {head.seq} but a snapshot was made at {stored[0]}: rows of the journal are missing"
        )
    core, chain = await _restore_latest(make_core, journal, snapshots, stored)
    snapshot_seq = chain.seq
    failpoint("recovery_after_restore")
    await _replay(core, chain, journal, lambda seq: progress(seq, head.seq))
    failpoint("recovery_after_replay")
    return Recovered(core, chain.seq, chain.hash, snapshot_seq)


async def catch_up(recovered: Recovered, journal: JournalReader) -> Recovered:
    """Take a recovered core on to the end of the journal as it is now: what a standby does again and again."""
    chain = Chain(recovered.seq, recovered.hash)
    await _replay(recovered.core, chain, journal, lambda _: None)
    return recovered._replace(seq=chain.seq, hash=chain.hash)


async def _replay(core: Core, chain: Chain, journal: JournalReader, progress: Callable[[int], None]) -> None:
    async for row in journal.rows(chain.seq):
        chain.follow(row)
        try:
            replayed = core.replay(row.records)
        except ValueError as error:
            raise JournalCorruptError(f"journal row {row.seq_first} to {row.seq_last}: {error}") from error
        if replayed != row.seq_last:
            raise JournalCorruptError(f"journal row {row.seq_first} to {row.seq_last}: its records end at {replayed}")
        progress(replayed)


async def _restore_latest(
    make_core: CoreFactory, journal: JournalReader, snapshots: Snapshots, stored: list[int]
) -> tuple[Core, Chain]:
    """Core and chain at the newest snapshot that is good; empty ones if there is none."""
    for seq in stored:
        try:
            return await _restore(make_core(), journal, snapshots, seq)
        except Exception as error:  # noqa: BLE001 - damaged in whatever way; the journal has everything
            log.warning("snapshot_unusable", seq=seq, error=repr(error))
    return make_core(), Chain()


async def _restore(core: Core, journal: JournalReader, snapshots: Snapshots, seq: int) -> tuple[Core, Chain]:
    snapshot = await snapshots.load(seq)
    found = await journal.hash_at(seq)
    if found != snapshot.journal_hash:
        raise PermanentError(f"snapshot {seq} belongs to another journal: its hash there differs")
    core.restore(snapshot.state)
    if core.seq != seq or core.state_hash() != snapshot.state_hash:
        raise PermanentError(f"snapshot {seq} restores to record {core.seq} and another state hash")
    return core, Chain(seq, snapshot.journal_hash)
