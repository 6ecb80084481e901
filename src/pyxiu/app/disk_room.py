"""Stop taking commands before the disk of the journal is full, and take them again when there is room.

A PostgreSQL without room cannot write what it has to even to stay up, and then nothing can be read either. What is kept
free is for the commits under way, for those who follow the journal, and for whoever makes room. Invariant: commands are
refused, which changes nothing, and everything that was taken before is carried out. Limit: a disk that others fill
within a second, or below what is kept free, is full all the same; the disk of a server elsewhere is its operator's.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from pyxiu.engine.sequencer import Sequencer

INTERVAL_S: Final = 0.5
#: Commands are taken again from this much room on, so that the answer does not change with every segment of the log.
AMPLE: Final = 1.25

_log = structlog.stdlib.get_logger("pyxiu.disk")


def free_bytes(folder: Path) -> int:
    """What is left for those who are not root, as PostgreSQL never is."""
    return shutil.disk_usage(folder).free


async def keep_room(engine: Sequencer, free: Callable[[], int], reserve: int) -> None:
    """Until cancelled; `reserve` in bytes."""
    held = False
    while True:
        left = await asyncio.to_thread(free)
        if left < reserve and not held:
            held = True
            engine.hold(f"{left >> 20} MB are left on the disk of the database, {reserve >> 20} are kept free")
            _log.error("commands are refused until there is room on the disk", free=left, reserve=reserve)
        elif held and left > reserve * AMPLE:
            held = False
            engine.resume()
            _log.warning("commands are taken again: there is room on the disk", free=left, reserve=reserve)
        await asyncio.sleep(INTERVAL_S)
