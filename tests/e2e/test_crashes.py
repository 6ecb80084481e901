"""The process dies at every failpoint of the write path, three times over, and nothing that was told is lost.

Covers T-17, T-18 and T-76 for one process, and E-2, E-10, E-12: clients trade over HTTP until the process is gone;
after each restart what was cut off is sent again with its keys; in the end the journal holds everything that was
acknowledged exactly once, decides again to the same bytes, and the projections equal a replayed core.
"""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from pyxiu.core.codec import decode_records
from pyxiu.core.outcomes import Record
from pyxiu.kit.failpoints import EXIT_STATUS, FAILPOINTS
from pyxiu.storage.database import create_pool
from pyxiu.storage.journal import PostgresJournalReader
from tests.e2e.server import Server
from tests.e2e.traders import Traders, make_demo

SERVICES = ("run", "engine", "projector", "api")
#: On which hit the process dies, in each of the three rounds.
HITS = (1, 4, 9)

DECIDING = ("engine_before_decide", "engine_after_decide")
JOURNALING = ("journal_before_append", "journal_after_append_before_commit")
ANSWERING = ("engine_after_commit_before_ack", "engine_during_ack")
PROJECTING = tuple(name for name in FAILPOINTS if name.startswith("projection_"))
RECOVERING = tuple(name for name in FAILPOINTS if name.startswith("recovery_"))
SNAPSHOTS = tuple(name for name in FAILPOINTS if name.startswith("snapshot_"))
REBUILDING = tuple(name for name in FAILPOINTS if name.startswith("rebuild_"))
#: Not on the write path of orders; the tests of the parts that they belong to meet them, and those of the split stack.
PARTS = tuple(
    f"{part}_"
    for part in [
        "mail",
        "scan",
        "undo",
        "deposits",
        "booking",
        "withdrawal",
        "transfer",
        "payout",
        "signer",
        "sweep",
        "treasury",
        "relay",
    ]
)
ELSEWHERE = tuple(name for name in FAILPOINTS if name.startswith(PARTS))

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
async def server(home: Path, database_dsn: str) -> AsyncIterator[Server]:
    server = Server(home, *SERVICES, database_url=database_dsn)
    yield server
    server.kill()


@pytest.fixture
async def traders(server: Server) -> Traders:
    return Traders(server, await make_demo(server.settings), seed=17)


def test_every_failpoint_is_met_by_a_test() -> None:
    """Somebody who adds a failpoint to the write path must say here how it is reached."""
    met = {*DECIDING, *JOURNALING, *ANSWERING, *PROJECTING, *RECOVERING, *SNAPSHOTS, *REBUILDING, *ELSEWHERE}
    assert met == set(FAILPOINTS)


@pytest.mark.parametrize(
    "names",
    [DECIDING, JOURNALING, ANSWERING, PROJECTING],
    ids=["deciding", "journaling", "answering", "projecting"],
)
async def test_nothing_told_is_lost_when_the_process_dies(
    server: Server, traders: Traders, names: Sequence[str]
) -> None:
    for name in names:
        for hit in HITS:
            server.spawn(failpoints=f"{name}=exit@{hit}")
            if await server.is_ready_before_it_ends():
                await traders.trade_until_crash()
            await server.until_crashed()
    await check_after_restart(server, traders)


async def test_dying_while_recovering_only_delays_the_start(server: Server, traders: Traders) -> None:
    await server.start()
    await traders.trade(30)
    server.kill()
    for name in RECOVERING:
        for _ in HITS:
            server.spawn(failpoints=f"{name}=exit")
            await server.until_crashed()
    await check_after_restart(server, traders)


async def test_a_snapshot_that_dies_half_way_harms_nothing(server: Server, traders: Traders) -> None:
    await server.start()
    for name in SNAPSHOTS:
        for _ in HITS:
            await traders.trade(5)
            died = await server.run("journal", "snapshot", failpoints=f"{name}=exit")
            assert died.returncode == EXIT_STATUS, died.stderr
    server.kill()
    await check_after_restart(server, traders)


async def test_a_rebuild_that_dies_is_finished_by_the_projector(server: Server, traders: Traders) -> None:
    await server.start()
    await traders.trade(20)
    for name in REBUILDING:
        for projection in ("orders", "accounts", "candles"):
            died = await server.run("projections", "rebuild", projection, failpoints=f"{name}=exit")
            assert died.returncode == EXIT_STATUS, died.stderr
    server.kill()
    await check_after_restart(server, traders)


async def check_after_restart(server: Server, traders: Traders) -> None:
    """A clean start, the retries, a clean stop; then the journal and the books are held to what was told."""
    await server.start()
    await traders.resolve()
    await traders.trade(10)
    assert await server.stop() == 0, server.log_tail()
    assert traders.placed, "something was acknowledged"
    traders.check(await journal_of(server))
    await assert_audit_is_clean(server)


async def journal_of(server: Server) -> list[Record]:
    pool = await create_pool(server.dsn(), "pyxiu test")
    try:
        rows = PostgresJournalReader(pool).rows(0)
        return [record async for row in rows for record in decode_records(row.records)]
    finally:
        await pool.close()


async def assert_audit_is_clean(server: Server) -> None:
    """With a projector that has caught up, so that the tables are compared up to the journal's end."""
    caught_up = await server.run("projections", "rebuild", "all", "--resume")
    assert caught_up.returncode == 0, caught_up.stderr
    audit = await server.run("audit", "--json")
    steps = [json.loads(line) for line in audit.stdout.splitlines()]
    wrong = [step for step in steps if step["findings"] or step["skipped"]]
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert not wrong, wrong
    assert len(steps) > 15
