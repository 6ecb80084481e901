"""A restore to a point in time (T-16): the books are whole, and what has left since is found on the chain.

A base backup of the whole cluster and its write-ahead log, as an operator would keep them; a withdrawal and a sweep are
paid after the point that is restored to.
"""

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from pyxiu.core import codec
from pyxiu.core.machine import PythonCore
from pyxiu.core.outcomes import Record
from pyxiu.custody.model import DepthStep, NetworkInfo
from pyxiu.custody.payouts.reconcile import adopt, explain_unexplained
from pyxiu.custody.solvency.model import ItemKind
from pyxiu.custody.sweeps.advance_sweeps import advance_sweeps
from pyxiu.custody.sweeps.plan_sweeps import plan_sweeps
from pyxiu.custody.treasury.book_entries import book_entries, note_fees
from pyxiu.custody.treasury.note_other_fees import note_other_fees
from pyxiu.custody.wallets.model import WalletKind
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.engine.verify import verify_journal
from pyxiu.projections.audit import audit
from pyxiu.storage import migrate
from pyxiu.storage.database import close_quietly, connect, create_pool
from pyxiu.storage.embedded import EmbeddedPostgres
from pyxiu.storage.journal import PostgresJournalReader
from tests.support.custody import FixedAssets, network_asset
from tests.support.litecoind import CHAIN, REPLACING, LitecoinNode, litecoin_node
from tests.support.postgres import execute, home_folder, named
from tests.support.projected import leading
from tests.support.treasury import House, running_treasury

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind")]

COIN = 10**8
DEPTH = 2
POINT = "before_the_payouts"
WAIT_S = 60.0


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node(REPLACING) as started:
        started.mine(110)
        yield started


class Site:
    """A cluster that archives its log, and another one that is made of its backup."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.archive = home / "archive"
        self.archive.mkdir()
        self.archive.chmod(0o777)
        archiving = {
            "wal_level": "replica",
            "archive_mode": "on",
            "archive_command": f"cp %p {self.archive}/%f",
            "archive_timeout": "1",
        }
        self.first = EmbeddedPostgres(home / "first", settings=archiving)
        restoring = {
            "restore_command": f"cp {self.archive}/%f %p",
            "recovery_target_name": POINT,
            "recovery_target_action": "promote",
        }
        self.second = EmbeddedPostgres(home / "second", settings=restoring)

    def back_up(self) -> None:
        """A copy of the stopped cluster."""
        self.first.stop()
        self.second_folder.parent.mkdir()
        subprocess.run(["cp", "-a", self.home / "first/postgres", self.second_folder], check=True)
        (self.second_folder / "data/recovery.signal").touch()
        self.first.start()

    @property
    def second_folder(self) -> Path:
        return self.home / "second/postgres"

    async def archived(self) -> None:
        """Everything up to now is in the archive."""
        connection = await asyncpg.connect(self.first.dsn)
        wal = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
        deadline = time.monotonic() + WAIT_S
        while not (self.archive / wal).exists():
            assert time.monotonic() < deadline, "the log is not archived"
            time.sleep(0.05)  # noqa: ASYNC251 - nothing else runs here
        await connection.close()

    async def restore(self) -> None:
        self.second.start()
        connection = await asyncpg.connect(self.second.dsn)
        deadline = time.monotonic() + WAIT_S
        while await connection.fetchval("SELECT pg_is_in_recovery()"):
            assert time.monotonic() < deadline, "recovery does not end"
            time.sleep(0.05)  # noqa: ASYNC251
        await connection.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with home_folder() as home:
        site = Site(home)
        site.first.start()
        yield site
        site.first.stop()
        site.second.stop()


async def write_journal(house: House, dsn: str) -> None:
    """What the engine has done since is committed, as it would be before anybody is answered."""
    async with leading(dsn) as journal:
        connection = await connect(dsn, "test")
        done = await connection.fetchval("SELECT coalesce(max(seq_last), 0) FROM journal")
        await close_quietly(connection)
        fresh = [record for record in house.engine.records if record.seq > done]
        if fresh:
            await journal.append(codec.encode_records(fresh), fresh[0].seq, fresh[-1].seq)


async def take_up_journal(house: House, dsn: str) -> None:
    """The engine is where the journal ends."""
    pool = await create_pool(dsn, "test", size_max=1)
    records: list[Record] = []
    async for row in PostgresJournalReader(pool).rows(0):
        records += codec.decode_records(row.records)
    await verify_journal(PostgresJournalReader(pool), lambda _done, _all: None, make_core=PythonCore)
    await pool.close()
    core = PythonCore()
    core.replay(codec.encode_records(records))
    house.engine.core, house.engine.records = core, records


@asynccontextmanager
async def at_work(dsn: str, folder: Path, node: LitecoinNode, first: int) -> AsyncIterator[House]:
    net = NetworkInfo("litecoin", "Litecoin", CHAIN, first_height=first, min_confirmations=DEPTH)
    ltc = network_asset("ltc", net.key, price=Decimal(100), depths=(DepthStep(0, 1, 2),))
    async with running_treasury(dsn, folder, net, node.url, FixedAssets([net], [ltc])) as house:
        yield house


async def opened(dsn: str, folder: Path, node: LitecoinNode, first: int) -> None:
    """The exchange has a hot wallet with coins and a member with a deposit that is not swept."""
    async with at_work(dsn, folder, node, first) as house:
        await house.wallet("deposits", WalletKind.DEPOSIT)
        hot = await house.wallet("hot", WalletKind.HOT)
        await house.paid.allow("ltc")
        node.cli("sendtoaddress", hot.address, 3)
        node.cli("sendtoaddress", await house.address("ID1", "ltc"), 2)
        node.mine(DEPTH)
        await house.see()
        await write_journal(house, dsn)


async def paid_and_lost(dsn: str, folder: Path, node: LitecoinNode, first: int, target: str) -> Withdrawal:
    """A withdrawal is approved; after the point in time it is paid, and the deposit is swept."""
    async with at_work(dsn, folder, node, first) as house:
        await take_up_journal(house, dsn)
        withdrawal = await house.paid.approved("ID9", "ltc", target, COIN)
        await write_journal(house, dsn)
        await execute(dsn, f"SELECT pg_create_restore_point('{POINT}')")
        await plan_sweeps(house.services, house.chains)
        await advance_sweeps(house.services, house.chains)
        await house.paid.run()
        node.mine(DEPTH)
        await house.paid.run()
        assert (await house.paid.look(withdrawal)).state is WithdrawalState.CONFIRMED
        assert [row.state for row in await house.rows("SELECT state FROM payouts")] == ["confirmed", "confirmed"]
        await write_journal(house, dsn)
    return withdrawal


async def explained(house: House) -> None:
    """Two transactions of our keys that nobody here knows: nothing is planned or signed until they are adopted."""
    await house.see()
    await house.paid.run()
    found = await explain_unexplained(house.paid.desk)
    assert len(found) == 2
    assert await house.rows("SELECT id FROM payouts") == []
    assert (await house.reports())["ltc"].unexplained < 0
    for finding in found:
        fact = finding.fact.fact
        await adopt(house.paid.desk, fact, actor="staff", reason="a restore", tids=finding.candidates)
    for _ in range(2):
        await house.paid.run()


async def books_are_whole(house: House, dsn: str) -> None:
    await note_fees(house.services)
    assert await note_other_fees(house.services, house.chains) == 2
    await book_entries(house.services)
    report = (await house.reports())["ltc"]
    # ID9 was given money from nowhere, for the test; all else is accounted for.
    assert (report.unexplained, report.amount_of(ItemKind.WITHDRAWALS)) == (-COIN, 0)
    await write_journal(house, dsn)
    connection = await connect(dsn, "test")
    result = await audit(connection)
    await close_quietly(connection)
    assert result.findings == []


async def test_t16_after_a_restore_to_a_point_in_time_nothing_is_paid_twice_and_the_audit_is_clean(
    site: Site, tmp_path: Path, node: LitecoinNode
) -> None:
    await execute(site.first.dsn, "CREATE DATABASE exchange")
    await migrate.upgrade(named(site.first.dsn, "exchange"))
    first, target = node.cli("getblockcount") + 1, node.cli("getnewaddress")
    await opened(named(site.first.dsn, "exchange"), tmp_path, node, first)
    site.back_up()
    withdrawal = await paid_and_lost(named(site.first.dsn, "exchange"), tmp_path, node, first, target)
    await site.archived()
    site.first.stop()
    await site.restore()
    dsn = named(site.second.dsn, "exchange")
    async with at_work(dsn, tmp_path, node, first) as house:
        await take_up_journal(house, dsn)
        assert await house.rows("SELECT id FROM payouts") == []
        await explained(house)
        assert (await house.paid.look(withdrawal)).state is WithdrawalState.CONFIRMED
        assert node.cli("getreceivedbyaddress", target, 0) == 1
        # The deposit's coins were swept before: there is nothing to sweep.
        await plan_sweeps(house.services, house.chains)
        assert await house.rows("SELECT id FROM sweeps") == []
        await books_are_whole(house, dsn)
