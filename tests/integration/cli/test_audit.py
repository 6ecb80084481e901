"""An audit is clean on a healthy exchange and names the row that somebody has touched (T-14)."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from pyxiu.app.audit import Step, audit_all
from pyxiu.app.context import Context
from pyxiu.app.demo.prepare import SEED_FOLDER
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.catalog.seed_catalog import parse_files, seed_catalog
from pyxiu.catalog.tell_engine import tell_engine
from pyxiu.core.codec import decode_records, encode_records
from pyxiu.core.commands import CancelOrder, CreditDeposit, PlaceHold, PlaceOrder, PutMember
from pyxiu.core.events import HoldPlaced
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, HoldId, MarketId, MemberId, OrderId, Side
from pyxiu.engine.ports import row_hash
from pyxiu.engine.snapshots import take_snapshot
from pyxiu.identity.audit_checks import CHECKS
from pyxiu.projections.rebuild import rebuild
from pyxiu.projections.registry import NAMES
from tests.support.engine import RunningEngine, running_engine

ADA, BOB = MemberId("ada"), MemberId("bob")
BTCUSDT = MarketId("btcusdt")


@pytest.fixture
async def context(database_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Context]:
    """A small exchange that has traded, with projections at the journal's end."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), database_url=database_dsn)
    async with database_session(settings) as context:
        async with running_engine(database_dsn) as engine:
            await seed_catalog(context.catalog, parse_files([SEED_FOLDER]))
            await tell_engine(context.catalog, engine.client)
            await trade(engine)
        for name in NAMES:
            await rebuild(database_dsn, name)
        yield context


async def trade(engine: RunningEngine) -> None:
    for member in (ADA, BOB):
        await engine.client.submit(PutMember(member))
        for asset in ("btc", "usdt"):
            await engine.client.submit(CreditDeposit(f"{member}:{asset}", member, AssetId(asset), pack(10**16)))
    for price in (6_400_000, 6_401_000):
        await engine.client.submit(PlaceOrder(ADA, BTCUSDT, Side.SELL, price=price, quantity=1_000))
    await take_snapshot(engine.core, engine.journal.hash, engine.snapshots)
    await engine.client.submit(PlaceOrder(BOB, BTCUSDT, Side.BUY, price=6_400_500, quantity=1_500))
    await engine.client.submit(CancelOrder(ADA, OrderId(2)))
    await engine.client.submit(PlaceHold(HoldId("withdrawal-1"), ADA, AssetId("btc"), pack(500)))


async def findings(context: Context, *, decide: bool = True) -> dict[str, tuple[str, ...]]:
    steps = [step async for step in audit_all(context, lambda _done, _total: None, decide=decide)]
    assert not [step for step in steps if step.skipped], steps
    return {step.name: step.findings for step in steps if step.findings}


async def tamper(context: Context, *statements: str) -> None:
    """What an administrator with the database's password could do."""
    connection = await asyncpg.connect(context.dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_healthy_exchange_is_clean(context: Context) -> None:
    assert await findings(context) == {}
    assert await findings(context, decide=False) == {}


async def test_every_check_names_the_invariants_it_stands_for(context: Context) -> None:
    steps = [step async for step in audit_all(context, lambda _done, _total: None, decide=True)]
    named = {invariant for step in steps for invariant in step.invariants}
    assert {f"I-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 10, 14)} <= named
    assert {f"E-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 12)} <= named
    of_identity = {check.name for check in CHECKS}
    assert {step.name for step in steps if not step.invariants} - of_identity == {"catalog_equals_engine"}


@pytest.mark.parametrize(
    ("statement", "check", "names"),
    [
        (
            "UPDATE accounts SET available = available + 1 WHERE owner = 'ada' AND asset = 'btc'",
            "accounts_equal_entries",
            "account ada btc",
        ),
        ("DELETE FROM entries WHERE seq = (SELECT min(seq) FROM entries) AND line = 1", "entries_balance", "btc"),
        (
            "UPDATE orders SET filled = 7, remaining = quantity - 7 WHERE id = 3",
            "orders_equal_trades",
            "order 3",
        ),
        ("UPDATE trades SET quote_amount = quote_amount + 1", "trades_arithmetic", "trade 1"),
        ("UPDATE candles SET high = high + 1 WHERE period = 1", "candles_equal_trades", "btcusdt"),
        ("UPDATE journal SET records = records || '\\x00'", "journal", "was changed after it was written"),
        ("UPDATE snapshots SET state_hash = sha256('x')", "snapshots", "snapshot 17: expected journal and state hash"),
        ("UPDATE currencies SET decimals = 8 WHERE id = 'btc'", "catalog_equals_engine", "currency btc"),
        ("ALTER TABLE journal DISABLE TRIGGER journal_append_only", "journal_append_only", "found b'D'"),
    ],
)
async def test_what_was_tampered_with_is_named(context: Context, statement: str, check: str, names: str) -> None:
    await tamper(context, statement)
    found = await findings_until_the_end(context)
    assert check in found, found
    assert any(names in finding for finding in found[check]), found[check]


async def findings_until_the_end(context: Context) -> dict[str, tuple[str, ...]]:
    """As `findings`, where a broken journal may leave later checks unmade."""
    steps: list[Step] = [step async for step in audit_all(context, lambda _done, _total: None, decide=True)]
    return {step.name: step.findings for step in steps if step.findings}


async def test_a_journal_rewritten_with_good_hashes_is_noticed_by_deciding_again(context: Context) -> None:
    """E-2: whoever recomputes the chain after a forgery still has a decision that the rules would not make."""
    connection = await asyncpg.connect(context.dsn)
    row = await connection.fetchrow("SELECT * FROM journal ORDER BY seq_first DESC LIMIT 1")
    await connection.close()
    assert row is not None
    records = decode_records(row["records"])
    hold = records[-1].events[-1]
    assert isinstance(hold, HoldPlaced)
    smaller = msgspec.structs.replace(hold, amount=pack(1))
    forged = encode_records([*records[:-1], msgspec.structs.replace(records[-1], events=(smaller,))])
    digest = row_hash(row["prev_hash"], row["seq_first"], row["seq_last"], forged)
    change = f"UPDATE journal SET records = '\\x{forged.hex()}', hash = '\\x{digest.hex()}'"
    await tamper(context, f"{change} WHERE seq_first = {row['seq_first']}")
    found = await findings_until_the_end(context)
    assert "decided again" in found["journal"][0]
    assert "equals_core" in found


async def test_tables_are_compared_at_one_moment_while_records_come_in(context: Context, database_dsn: str) -> None:
    """The journal is ahead of the tables here, and the audit still compares what is there."""
    async with running_engine(database_dsn) as engine:
        await engine.client.submit(PlaceOrder(ADA, BTCUSDT, Side.SELL, price=6_500_000, quantity=10))
        assert await findings(context) == {}
