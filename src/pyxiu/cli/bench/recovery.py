"""How long a start takes: from the journal alone, and from a snapshot with a short tail.

The journal is made by the core itself, in batches like those of a busy engine, and written by the engine's own
journal; then a core is recovered from it as at every start. Limit: the database's cache is warm, as after a crash of
the process; after a power cut reading the disk comes on top.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from pyxiu.app.context import Context
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.bench.exchange import temporary_home
from pyxiu.cli.bench.flow import OrderFlow
from pyxiu.cli.bench.host import machine, resident_bytes
from pyxiu.core.interface import Core, Submitted
from pyxiu.core.machine import PythonCore
from pyxiu.engine.batch import join_arrays
from pyxiu.engine.recovery import Recovered, recover
from pyxiu.engine.snapshots import take_snapshot
from pyxiu.storage.journal import PostgresJournal, PostgresJournalReader, lead
from pyxiu.storage.snapshots import PostgresSnapshots

Json = dict[str, Any]
Progress = Callable[[int, int], None]

SEED: Final = 7
MEMBERS: Final = 10_000
RESTING: Final = 10_000
BATCH: Final = 1_024
#: What comes after the snapshot, as long as an engine lets it get before the next one.
TAIL: Final = 200_000


async def bench_recovery(settings: Settings, *, records: int, progress: Progress = lambda _seq, _end: None) -> Json:
    """Make a journal of about so many records in a home of its own, and recover from it both ways."""
    async with temporary_home(settings) as temporary, database_session(temporary, migrate=True) as context:
        made, state_hash = await _make_journal(context, records, progress)
        reader = PostgresJournalReader(context.pool)
        alone = await _timed(reader, _NoSnapshots(context.pool), state_hash, progress)
        shortcut = await _timed(reader, PostgresSnapshots(context.pool), state_hash, progress)
    return {
        "bench": "recovery",
        "machine": machine(),
        "seed": SEED,
        "records": made,
        "members": MEMBERS,
        "journal_alone": alone,
        "snapshot_and_tail": shortcut,
        "ratio_journal_to_snapshot": round(alone["seconds"] / shortcut["seconds"], 2),
    }


class _Recorder(PythonCore):
    """A core that keeps the records it gives out, for the journal."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []
        self.seq_first = 1

    def submit(self, commands: bytes, now_ns: int) -> Submitted:
        submitted = super().submit(commands, now_ns)
        if submitted.seq_last >= submitted.seq_first:
            self.parts.append(submitted.records)
        return submitted

    async def write(self, journal: PostgresJournal) -> None:
        """Commit what was collected as one row."""
        if not self.parts:
            return
        count = self.seq - self.seq_first + 1
        await journal.append(join_arrays(self.parts, count), self.seq_first, self.seq)
        self.parts, self.seq_first = [], self.seq + 1


class _NoSnapshots(PostgresSnapshots):
    """As if none had been made."""

    async def seqs(self) -> list[int]:
        return []


async def _make_journal(context: Context, records: int, progress: Progress) -> tuple[int, bytes]:
    """Returns the last record's number and the hash of the state there."""
    core = _Recorder()
    flow = OrderFlow(core, seed=SEED, members=MEMBERS)
    flow.set_up_members()
    flow.set_up_orders(RESTING)
    journal = await lead(context.dsn)
    try:
        await _write_until(core, flow, journal, records - TAIL, progress, records)
        await take_snapshot(core, journal.hash, PostgresSnapshots(context.pool))
        await _write_until(core, flow, journal, records, progress, records)
    finally:
        await journal.close()
    return core.seq, core.state_hash()


async def _write_until(
    core: _Recorder, flow: OrderFlow, journal: PostgresJournal, seq: int, progress: Progress, records: int
) -> None:
    await core.write(journal)
    while core.seq < seq:
        for _ in flow.stream(BATCH):
            pass
        await core.write(journal)
        progress(core.seq, records)


async def _timed(
    reader: PostgresJournalReader, snapshots: PostgresSnapshots, state_hash: bytes, progress: Progress
) -> Json:
    before = resident_bytes()
    began_ns = time.perf_counter_ns()
    recovered: Recovered = await recover(PythonCore, reader, snapshots, progress)
    seconds = (time.perf_counter_ns() - began_ns) / 1e9
    core: Core = recovered.core
    assert core.state_hash() == state_hash, "recovery gives the state that was journaled"
    return {
        "seconds": round(seconds, 3),
        "replayed": recovered.tail,
        "records_per_s": round(recovered.tail / seconds),
        "open_orders": len(core.open_orders()),
        "memory_bytes": resident_bytes() - before,
    }
