"""`pyxiu journal …`: look at records, check them, write a snapshot."""

import os

import msgspec

from pyxiu.app.run_engine import SnapshotMade
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.progress import progress_bar
from pyxiu.cli.records import record_line
from pyxiu.cli.running import EXIT_OK, EXIT_USAGE, Home, Number, run, settings_for, tell
from pyxiu.core.codec import decode_records
from pyxiu.core.machine import PythonCore
from pyxiu.engine.snapshots import follow_and_snapshot
from pyxiu.engine.verify import verify_journal
from pyxiu.storage.journal import PostgresJournalReader
from pyxiu.storage.snapshots import PostgresSnapshots

SNAPSHOT_NICENESS = 10


def inspect(
    *, first: Number = 1, last: Number | None = None, limit: Number = 50, json: bool = False, home: Home = None
) -> int:
    """Print records: number, time, command and events.

    Parameters
    ----------
    first
        The first record to print.
    last
        The last one (default: the journal's end).
    limit
        At most so many records; 0 for all.
    json
        One JSON object a line, for programs.
    """
    if first < 1:
        tell("expected first of 1 or more")
        return EXIT_USAGE
    settings = settings_for(home)
    return run(lambda: _inspect(settings, first, last, limit, json=json))


def verify(*, decide: bool = True, home: Home = None) -> int:
    """Check that rows follow one another by number and hash, and that the core decides every command as recorded.

    Parameters
    ----------
    decide
        Decide every command again and compare; without it only the chain is checked, which is faster.
    """
    settings = settings_for(home)
    return run(lambda: _verify(settings, decide=decide))


def snapshot(*, home: Home = None) -> int:
    """Write a snapshot of the state at the journal's end, so that the next start is faster.

    A running engine starts this by itself as its journal grows. It reads; the engine is not paused.
    """
    settings = settings_for(home)
    os.nice(SNAPSHOT_NICENESS)
    return run(lambda: _snapshot(settings))


async def _inspect(settings: Settings, first: int, last: int | None, limit: int, *, json: bool) -> int:
    printed = 0
    async with database_session(settings) as context:
        async for row in PostgresJournalReader(context.pool).rows(first - 1):
            for record in decode_records(row.records):
                if record.seq < first:
                    continue
                if (last is not None and record.seq > last) or (limit and printed >= limit):
                    return EXIT_OK
                print(record_line(record, json=json))
                printed += 1
    return EXIT_OK


async def _verify(settings: Settings, *, decide: bool) -> int:
    with progress_bar("verifying the journal") as advance:
        async with database_session(settings) as context:
            reader = PostgresJournalReader(context.pool)
            verified = await verify_journal(reader, advance, make_core=PythonCore if decide else None)
    checked = "chain and decisions" if decide else "chain"
    print(f"{checked} good: {verified.seq} records in {verified.rows} rows; keep this hash: {verified.hash.hex()}")
    return EXIT_OK


async def _snapshot(settings: Settings) -> int:
    with progress_bar("replaying the journal") as advance:
        async with database_session(settings) as context:
            reader = PostgresJournalReader(context.pool)
            made = await follow_and_snapshot(PythonCore, reader, PostgresSnapshots(context.pool), advance)
    print(msgspec.json.encode(SnapshotMade(seq=made.seq)).decode())
    return EXIT_OK
