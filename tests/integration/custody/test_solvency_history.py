"""Ledger and chain compared from sums that are carried on: the same as from all rows, whatever happens (I-13)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from pyxiu.custody.deposits.reads import find_exceptions
from pyxiu.custody.deposits.resolve_exception import credit_exception
from pyxiu.custody.model import wallet_owner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency import history_store, store
from pyxiu.custody.solvency.check_solvency import PLAY_MONEY, check_solvency, look
from pyxiu.custody.solvency.history import Base, Sum, decode, encode, minus
from pyxiu.custody.solvency.snapshot import mark_of
from pyxiu.custody.solvency.watch_solvency import findings_of, watch_solvency
from pyxiu.projections.apply_chunk import apply_chunk, ensure_cursors
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.registry import PROJECTIONS
from pyxiu.storage.database import as_role, close_quietly, connect
from pyxiu.storage.roles import role_of
from tests.support.custody import LITECOIN, LTC, FixedAssets, RecordingEngine, recording_engine, running_custody
from tests.support.deposits import EngineBalances, catch_up, watch
from tests.support.scripted_chain import ScriptedChain, pay

NET = "litecoin"


@pytest.fixture
def engine() -> RecordingEngine:
    made = recording_engine()
    for uid in ("ID1", "ID2"):
        made.member(uid)
    return made


@pytest.fixture
def assets() -> FixedAssets:
    assets = FixedAssets([LITECOIN], [LTC])
    assets.change("ltc", NET, min_deposit=100)
    return assets


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine, assets: FixedAssets) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn, engine=engine, assets=assets, balances=EngineBalances(engine)) as services:
        await watch(services, NET, {"one": "ID1", "two": "ID2", "hot": wallet_owner("hot")})
        yield services


@pytest.fixture
async def scheduler(database_dsn: str, engine: RecordingEngine, assets: FixedAssets) -> AsyncIterator[CustodyServices]:
    """What compares, with its rights and no others."""
    dsn = as_role(database_dsn, role_of("scheduler"))
    async with running_custody(dsn, engine=engine, assets=assets) as services:
        yield services


async def project(dsn: str, engine: RecordingEngine) -> None:
    """Bring the ledger's tables to the engine's last record."""
    connection = await connect(dsn, "test")
    try:
        await ensure_cursors(connection, PROJECTIONS)
        done = await connection.fetchval("SELECT seq FROM projection_cursors WHERE name = 'entries'")
        fresh = [record for record in engine.records if record.seq > done]
        if fresh:
            await apply_chunk(connection, Chunk(fresh, MarketAssets()), PROJECTIONS)
    finally:
        await close_quietly(connection)


async def closed(services: CustodyServices) -> Base:
    """A base that leaves nothing open that is done."""
    async with services.database.connect() as connection, connection.begin():
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        heights = await store.scanned(connection)
        seq = await store.ledger_seq(connection) or 0
        mark = await mark_of(connection, seq, heights, open_blocks=0, open_for=timedelta(0))
        everything = await history_store.everything(connection, play=PLAY_MONEY)
        opened = await history_store.open_since(connection, mark, sorted(heights), play=PLAY_MONEY)
    return Base(mark, minus(everything, opened))


async def test_what_is_carried_on_is_what_all_rows_say_whatever_happens_since(
    services: CustodyServices, scheduler: CustodyServices, engine: RecordingEngine, database_dsn: str
) -> None:
    chain = ScriptedChain()
    bases: list[Base] = []

    async def compared() -> None:
        await catch_up(services, NET, chain)
        await project(database_dsn, engine)
        reports, _ = await check_solvency(scheduler, {})
        assert [findings_of(report) for report in reports] == [[]]
        for base in bases:
            assert (await look(scheduler, {}, base)).reports == reports
        bases.append(decode(encode(await closed(scheduler))))

    chain.mine(pay("t1", "one", 500), pay("dust", "two", 5), pay("t2", "hot", 900))
    await compared()
    chain.mine(pay("t3", "one", 700))
    await compared()
    chain.empty(3)
    await compared()
    async with services.database.connect() as connection:
        listed = {row.txid: row.listed.id for row in await find_exceptions(connection)}
    assert not isinstance(await credit_exception(services, listed["dust"], actor="staff", reason="test"), str)
    await compared()
    chain.mine(pay("t4", "two", 300))
    await compared()
    chain.reorganise(1, [], [])
    await compared()
    chain.mine(pay("t4", "two", 300), pay("t5", "one", 100))
    chain.empty(4)
    await compared()
    assert len(bases) == 7


async def test_a_base_below_which_the_chain_has_changed_is_not_used(
    services: CustodyServices, scheduler: CustodyServices, engine: RecordingEngine, database_dsn: str
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    await project(database_dsn, engine)
    base = await closed(scheduler)
    assert (await look(scheduler, {}, base)).base is None
    chain.reorganise(1, [], [])
    await catch_up(services, NET, chain)
    looked = await look(scheduler, {}, base)
    assert looked.base is not None, "everything was read"
    assert [findings_of(report) for report in looked.reports] == [[]]


async def test_what_a_base_finds_is_looked_for_in_all_rows_before_anybody_is_told(
    services: CustodyServices, scheduler: CustodyServices, engine: RecordingEngine, database_dsn: str
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    chain.empty(3)
    await catch_up(services, NET, chain)
    await project(database_dsn, engine)
    await watch_solvency(scheduler, {})
    async with scheduler.database.begin() as connection:
        stored = await store.load_base(connection)
        assert stored is not None
        good = decode(stored[0])
        key = ("entries", "ltc", "deposits")
        wrong = {**good.sums, key: Sum(good.sums[key].amount + 1)}
        await store.put_base(connection, encode(Base(good.mark, wrong)))
    reports = await watch_solvency(scheduler, {})
    assert [findings_of(report) for report in reports] == [[]]
    async with scheduler.database.connect() as connection:
        stored = await store.load_base(connection)
    assert stored is not None
    assert decode(stored[0]).sums == good.sums, "there is a new one"


async def test_money_from_nowhere_is_found_from_a_base_too(
    services: CustodyServices, scheduler: CustodyServices, engine: RecordingEngine, database_dsn: str
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    chain.empty(3)
    await catch_up(services, NET, chain)
    await project(database_dsn, engine)
    base = await closed(scheduler)
    engine.fund("ID1", "ltc", 7)
    await project(database_dsn, engine)
    for looked in (await look(scheduler, {}, base), await look(scheduler, {})):
        [report] = looked.reports
        assert (report.unexplained, report.short) == (-7, 7)
