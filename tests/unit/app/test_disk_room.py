"""When commands are refused for lack of room, and from when on they are taken again."""

import asyncio
from collections.abc import Iterator

import pytest

from pyxiu.app import disk_room
from pyxiu.core.machine import PythonCore
from pyxiu.engine.sequencer import Sequencer
from pyxiu.kit.clock import SystemClock
from tests.support.memory import MemoryJournal

RESERVE = 100 << 20


async def held_at(monkeypatch: pytest.MonkeyPatch, free: list[int]) -> list[str]:
    """What the engine says of itself after each look; `free` is what each finds, in MB."""
    monkeypatch.setattr(disk_room, "INTERVAL_S", 0)
    engine = Sequencer(PythonCore(), MemoryJournal(), SystemClock())
    told: list[str] = []
    left: Iterator[int] = iter(free)
    done = asyncio.Event()

    def look() -> int:
        told.append(engine.status.held)
        megabytes = next(left, None)
        if megabytes is None:
            done.set()
            return free[-1] << 20
        return megabytes << 20

    watching = asyncio.create_task(disk_room.keep_room(engine, look, RESERVE))
    await asyncio.wait_for(done.wait(), 10)
    watching.cancel()
    await asyncio.wait([watching])
    return told[1 : len(free) + 1]


async def test_t10_commands_are_refused_below_the_reserve_and_taken_again_well_above_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = await held_at(monkeypatch, [150, 100, 99, 110, 125, 126, 110])
    assert [bool(why) for why in told] == [False, False, True, True, True, False, False]
    assert told[2] == "99 MB are left on the disk of the database, 100 are kept free"
