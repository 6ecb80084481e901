"""T-32: what no block has yet is shown to its member, and is nothing else; on a database, with the watcher's rights."""

import datetime
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text

from pyxiu.app.stream.announce import PAYLOADS
from pyxiu.custody.chain import NodeFaultError
from pyxiu.custody.deposits import read_pool
from pyxiu.custody.deposits.explain_transaction import explain_transaction
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.deposits.read_pool import Pool
from pyxiu.custody.deposits.reads import DepositFilter, find_deposits, unripe
from pyxiu.custody.deposits.wire import word_of
from pyxiu.custody.model import wallet_owner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.transactions import TransactionFilter, list_transactions
from pyxiu.storage.database import as_role
from pyxiu.storage.outbox import outbox
from pyxiu.storage.roles import role_of
from pyxiu.stream.names import Private
from tests.support.custody import LITECOIN, FixedAssets, RecordingEngine, recording_engine, running_custody
from tests.support.deposits import EngineBalances, all_deposits, catch_up, exceptions, watch, watcher_of
from tests.support.scripted_chain import ScriptedChain, pay

NET = "litecoin"
AT_ONCE = datetime.timedelta(0)


@pytest.fixture
def engine() -> RecordingEngine:
    made = recording_engine()
    for uid in ("ID1", "ID2"):
        made.member(uid)
    return made


@pytest.fixture
def assets() -> FixedAssets:
    return FixedAssets()


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine, assets: FixedAssets) -> AsyncIterator[CustodyServices]:
    async with running_custody(
        as_role(database_dsn, role_of("watcher")), engine=engine, assets=assets, balances=EngineBalances(engine)
    ) as services:
        await watch(services, NET, {"one": "ID1", "two": "ID2", "hot": wallet_owner("hot")})
        yield services


@pytest.fixture
async def shown_by(database_dsn: str, engine: RecordingEngine) -> AsyncIterator[CustodyServices]:
    """What the API may read."""
    async with running_custody(as_role(database_dsn, role_of("api")), engine=engine) as services:
        yield services


async def shown(services: CustodyServices, uid: str = "ID1", *words: str) -> list[Deposit]:
    wanted = DepositFilter(uid=uid, words=words or None)
    async with services.database.connect() as connection:
        rows, total = await find_deposits(connection, wanted, limit=100)
    assert total == len(rows)
    return rows


async def told(services: CustodyServices) -> list[tuple[str, str, str]]:
    """What was announced: event, tid, state."""
    record = outbox.c.record
    query = select(outbox.c.event, record["tid"].astext, record["state"].astext).order_by(outbox.c.id)
    async with services.database.connect() as connection:
        return [(event, tid, state) for event, tid, state in await connection.execute(query)]


async def test_t32_a_payment_is_shown_before_its_block_and_is_the_same_deposit_with_it(
    services: CustodyServices, shown_by: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    await catch_up(services, NET, chain)
    pool = Pool(services, NET, chain)
    chain.wait(pay("t1", "one", 500), pay("t1", "other", 7, ordinal=1))
    assert await pool.look() == 1
    [before] = await shown(shown_by)
    assert (word_of(before), before.amount, before.booked, before.block_height) == ("submitted", 500, 0, None)
    assert await all_deposits(services) == []
    async with shown_by.database.connect() as connection:
        assert await unripe(connection, "ID1", "ltc") == 0
        both, total = await list_transactions(connection, "ID1", TransactionFilter(), order="desc", limit=10, offset=0)
    assert (both, total) == ([before], 1)
    chain.pooled.clear()
    chain.mine(pay("t1", "one", 500), pay("t1", "other", 7, ordinal=1))
    await pool.look()
    await catch_up(services, NET, chain)
    await pool.look()
    [after] = await shown(shown_by)
    assert (after.id, after.tid, after.created_at) == (before.id, before.tid, before.created_at)
    assert after.state is DepositState.CREDITED
    assert engine.balance("ID1", "ltc")[0] == 500
    assert [state for _, _, state in await told(services)] == ["submitted", "accepted"]
    assert {tid for _, tid, _ in await told(services)} == {before.tid}
    async with services.database.connect() as connection:
        first = (await connection.execute(select(outbox.c.event, outbox.c.record).order_by(outbox.c.id))).first()
    assert first is not None
    stream, payload_of = PAYLOADS[first.event]
    announced = payload_of(first.record)
    assert (stream, announced.tid, announced.confirmations) == (Private.DEPOSIT, before.tid, 0)
    chain.mine(pay("t2", "one", 300))
    await catch_up(services, NET, chain)
    assert len({row.id for row in await shown(shown_by)}) == 2, "numbers of both kinds come from one place"


async def test_t32_what_the_pool_has_no_more_is_canceled_after_a_while_and_comes_back_by_pool_or_block(
    services: CustodyServices, shown_by: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    await catch_up(services, NET, chain)
    patient, hasty = Pool(services, NET, chain), Pool(services, NET, chain, gone_after=AT_ONCE)
    chain.wait(pay("t1", "one", 500))
    await patient.look()
    kept = chain.pooled.pop("t1")
    await patient.look()
    [row] = await shown(shown_by, "ID1", "submitted")
    await hasty.look()
    assert await shown(shown_by, "ID1", "submitted") == []
    [row] = await shown(shown_by, "ID1", "canceled")
    chain.pooled["t1"] = kept
    await patient.look()
    assert [word_of(row) for row in await shown(shown_by)] == ["submitted"]
    chain.pooled.clear()
    await hasty.look()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    [after] = await shown(shown_by)
    assert (after.tid, word_of(after), engine.balance("ID1", "ltc")[0]) == (row.tid, "accepted", 500)
    states = ["submitted", "canceled", "submitted", "canceled", "submitted", "accepted"]
    assert [state for _, _, state in await told(services)] == states


async def test_t32_a_payment_whose_coins_another_spends_is_canceled_at_once(
    services: CustodyServices, shown_by: CustodyServices
) -> None:
    chain = ScriptedChain()
    await catch_up(services, NET, chain)
    chain.wait(pay("t1", "one", 500), spends=["coin:0", "coin:1"])
    await Pool(services, NET, chain).look()
    chain.pooled.clear()
    chain.wait(pay("t2", "two", 400), spends=["coin:1"])
    # Another process: nothing is known but what the tables say.
    await Pool(services, NET, chain).look()
    assert [word_of(row) for row in await shown(shown_by)] == ["canceled"]
    assert [word_of(row) for row in await shown(shown_by, "ID2")] == ["submitted"]


async def test_t32_what_would_be_no_deposit_is_not_shown(
    services: CustodyServices, shown_by: CustodyServices, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, min_deposit=100)
    chain = ScriptedChain()
    chain.mine(pay("ours", "hot", 1_000))
    await catch_up(services, NET, chain)
    pool = Pool(services, NET, chain)
    chain.wait(pay("dust", "one", 99))
    chain.wait(pay("treasury", "hot", 1_000))
    chain.wait(pay("stolen", "one", 500), spends=["ours:0"])
    assert await pool.look() == 0
    assets.change("ltc", NET, deposit_enabled=False)
    chain.wait(pay("closed", "one", 500))
    assert await pool.look() == 0
    assert await shown(shown_by) == []


async def test_t32_what_is_listed_with_its_block_is_shown_no_more(
    services: CustodyServices, shown_by: CustodyServices, assets: FixedAssets
) -> None:
    chain = ScriptedChain()
    await catch_up(services, NET, chain)
    chain.wait(pay("t1", "one", 500))
    await Pool(services, NET, chain).look()
    assets.change("ltc", NET, min_deposit=1_000)
    chain.pooled.clear()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    assert await shown(shown_by) == []
    assert await exceptions(services) == {"t1:0": "below_minimum"}
    assert [state for _, _, state in await told(services)] == ["submitted", "canceled"]


async def test_t32_a_deposit_that_is_in_the_pool_again_is_not_shown_twice(
    services: CustodyServices, shown_by: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    chain.reorganise(1, [], [])
    chain.wait(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    assert await Pool(services, NET, chain).look() == 0
    assert [row.state for row in await shown(shown_by)] == [DepositState.CREDITED]
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    assert len(engine.commands) == 1


async def test_t32_a_pool_that_anybody_fills_is_read_piece_by_piece(
    services: CustodyServices, shown_by: CustodyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_pool, "TRANSACTIONS_MAX", 4)
    chain = ScriptedChain()
    await catch_up(services, NET, chain)
    pool = Pool(services, NET, chain)
    for number in range(10):
        chain.wait(pay(f"t{number}", "one" if number % 2 else "other", 500))
    came = [await pool.look() for _ in range(4)]
    assert (sum(came), came[-1], max(came)) == (5, 0, 2)


async def test_t32_a_pool_that_cannot_be_read_stops_no_deposit(
    services: CustodyServices, shown_by: CustodyServices, engine: RecordingEngine
) -> None:
    class Closed(ScriptedChain):
        async def pool_ids(self) -> list[str]:
            raise NodeFaultError("method not found")

    chain = Closed()
    chain.mine(pay("t1", "one", 500))
    chain.empty(3)
    watcher = watcher_of(services, LITECOIN, chain)
    for _ in range(3):
        await watcher.turn()
    assert engine.balance("ID1", "ltc")[0] == 500
    async with services.database.connect() as connection:
        alarms = await connection.execute(text("SELECT count(*) FROM chain_alarms WHERE cleared_at IS NULL"))
        assert alarms.scalar_one() == 0


async def test_t32_what_was_given_up_is_forgotten_after_a_day(
    services: CustodyServices, shown_by: CustodyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = ScriptedChain()
    await catch_up(services, NET, chain)
    pool = Pool(services, NET, chain, gone_after=AT_ONCE)
    chain.wait(pay("t1", "one", 500))
    await pool.look()
    chain.pooled.clear()
    await pool.look()
    await pool.look()
    assert len(await shown(shown_by)) == 1
    monkeypatch.setattr(read_pool, "SHOWN_FOR", AT_ONCE)
    await pool.look()
    assert await shown(shown_by) == []


async def test_staff_is_told_that_a_payment_is_in_no_block(services: CustodyServices, database_dsn: str) -> None:
    chain = ScriptedChain()
    await catch_up(services, NET, chain)
    chain.wait(pay("t1", "one", 500))
    await Pool(services, NET, chain).look()
    async with running_custody(database_dsn) as staff:
        told = await explain_transaction(staff, NET, "t1", None)
    assert told.found
    assert "no money" in " ".join(told.lines)
