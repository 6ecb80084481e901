"""Kill the engine at every failpoint and let it start again, three times: nothing told is lost, nothing done twice.

T-17, T-18, E-2, E-10.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyxiu.core import codec
from pyxiu.core.machine import PythonCore
from pyxiu.engine.recovery import recover
from pyxiu.engine.verify import verify_journal
from pyxiu.kit.failpoints import ENVIRONMENT, EXIT_STATUS, FAILPOINTS
from pyxiu.storage.database import create_pool
from pyxiu.storage.journal import PostgresJournalReader
from pyxiu.storage.snapshots import PostgresSnapshots
from tests.support.exchange import business, facts, opening

ROOT = Path(__file__).parents[3]
COMMANDS = 220
RESTARTS = 3
#: On which hit to die in the first, second and third life: soon after the start, and once well into the work.
HITS = (2, 1, 7)
#: Passed once or three times a life.
RARE = ("snapshot_", "recovery_")

SCRIPT = [*opening(), *business(COMMANDS)]
OURS = [name for name in FAILPOINTS if name.startswith(("engine_", "journal_", "snapshot_", "recovery_"))]


class Acks:
    """What callers have been told in all lives of the engine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[int, tuple[int, int]]:
        told: dict[int, tuple[int, int]] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []:
            position, seq, rejection = map(int, line.split())
            told.setdefault(position, (seq, rejection))
        return told

    def first_untold(self) -> int:
        told = self.read()
        return next(position for position in range(len(told) + 1) if position not in told)


def live(dsn: str, acks: Acks, failpoint: str = "") -> int:
    """One life of the engine; its exit status."""
    arguments = [dsn, str(acks.path), str(acks.first_untold()), str(COMMANDS)]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.integration.engine.crash_child", *arguments],
        env=os.environ | {ENVIRONMENT: failpoint},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode in (0, EXIT_STATUS), ended.stderr
    return ended.returncode


@pytest.mark.parametrize("name", OURS)
async def test_after_any_crash_recovery_gives_what_callers_were_told(
    name: str, database_dsn: str, tmp_path: Path
) -> None:
    acks = Acks(tmp_path / "acks")
    crashes = 0
    for restart in range(RESTARTS):
        hit = 1 if name.startswith(RARE) else HITS[restart]
        crashes += live(database_dsn, acks, f"{name}=exit@{hit}") == EXIT_STATUS
        await check_journal(database_dsn, acks)
    assert crashes >= 1, f"{name} was never passed"
    assert live(database_dsn, acks) == 0

    core = await check_journal(database_dsn, acks)
    assert facts(core) == facts(undisturbed())


async def check_journal(dsn: str, acks: Acks) -> PythonCore:
    """The journal is whole, gives one state by every way, and holds all that was told."""
    pool = await create_pool(dsn, "test", size_max=2)
    try:
        reader = PostgresJournalReader(pool)
        decided = PythonCore()
        await verify_journal(reader, make_core=lambda: decided)
        records = {record.seq: record async for row in reader.rows(0) for record in codec.decode_records(row.records)}
        recovered = await recover(PythonCore, reader, PostgresSnapshots(pool))
        assert recovered.core.state_hash() == decided.state_hash()
        decided.check_invariants()
    finally:
        await pool.close()
    for position, (seq, rejection) in acks.read().items():
        if rejection == 0:
            assert records[seq].command == codec.encode_command(SCRIPT[position])
    return decided


def undisturbed() -> PythonCore:
    """The same commands in a life without crashes."""
    core = PythonCore()
    for position, command in enumerate(SCRIPT):
        core.submit(codec.encode_batch([codec.encode_command(command)]), 1_000 + position)
    core.check_invariants()
    return core
