"""The process that the crash tests kill: an engine that works through the same commands each time it is started.

    python -m tests.integration.engine.crash_child DSN ACKS FIRST COUNT

Each told outcome becomes a line "position seq rejection" in ACKS before anything else happens. FIRST is the position to
go on from: everything told before was told in an earlier life.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TextIO

from pyxiu.core import codec
from pyxiu.core.outcomes import Outcome
from pyxiu.engine.snapshots import take_snapshot
from tests.support.engine import RunningEngine, running_engine
from tests.support.exchange import business, opening

IN_FLIGHT = 8
SNAPSHOT_AFTER = (60, 120, 180)


async def main(dsn: str, acks: Path, first: int, count: int) -> None:
    commands = [codec.encode_command(command) for command in [*opening(), *business(count)]]
    with acks.open("a", encoding="utf-8") as file:
        async with running_engine(dsn) as engine:
            for position in range(first, len(commands), IN_FLIGHT):
                told = []
                for offset, command in enumerate(commands[position : position + IN_FLIGHT]):
                    future = engine.client.submit_nowait(command)
                    future.add_done_callback(partial(write, file, position + offset))
                    told.append(future)
                await asyncio.gather(*told)
                await snapshot_if_due(engine, position)


def write(file: TextIO, position: int, done: "asyncio.Future[Outcome]") -> None:
    if done.exception() is None:
        file.write(f"{position} {done.result().seq} {done.result().rejection}\n")
        file.flush()


async def snapshot_if_due(engine: RunningEngine, position: int) -> None:
    """In service a follower does it; here the engine, between two batches, so that its failpoints are passed."""
    if any(position <= due < position + IN_FLIGHT for due in SNAPSHOT_AFTER):
        await take_snapshot(engine.core, engine.journal.hash, engine.snapshots)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
