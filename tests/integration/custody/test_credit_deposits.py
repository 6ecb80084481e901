"""Deposits: each coin once, at its depth, or listed with why; on a database, with a chain that says what it is told."""

from collections.abc import AsyncIterator

import pytest

from pyxiu.core.commands import CreditDeposit, DebitDeposit
from pyxiu.core.money import unpack
from pyxiu.custody import freezes
from pyxiu.custody.chain import Spend
from pyxiu.custody.deposits import take_back
from pyxiu.custody.deposits.credit_deposits import credit_deposits
from pyxiu.custody.deposits.model import DepositState
from pyxiu.custody.deposits.reads import unripe
from pyxiu.custody.deposits.resolve_exception import look_again
from pyxiu.custody.model import DepthStep, wallet_owner
from pyxiu.custody.scan_blocks import Scanner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.settings import CustodySettings
from pyxiu.kit.failpoints import FailpointError, armed
from pyxiu.storage.database import as_role
from pyxiu.storage.roles import role_of
from tests.support.custody import FixedAssets, RecordingEngine, recording_engine, running_custody
from tests.support.deposits import EngineBalances, alarms, all_deposits, catch_up, exceptions, watch
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
    return FixedAssets()


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine, assets: FixedAssets) -> AsyncIterator[CustodyServices]:
    settings = CustodySettings(orphan_grace_s=0)
    async with running_custody(
        database_dsn, engine=engine, assets=assets, settings=settings, balances=EngineBalances(engine)
    ) as services:
        await watch(services, NET, {"one": "ID1", "two": "ID2", "hot": wallet_owner("hot")})
        yield services


async def test_a_payment_is_credited_once_at_its_first_depth_and_withdrawable_at_its_second(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, depths=(DepthStep(0, 2, 4),))
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.amount, deposit.booked) == (DepositState.CONFIRMING, 500, 0)
    assert engine.commands == []
    chain.mine()
    await catch_up(services, NET, chain)
    await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.credit_key) == (DepositState.CREDITED, "deposit:litecoin:t1:0")
    assert deposit.withdrawable_at is None
    [credit] = engine.commands
    assert isinstance(credit, CreditDeposit)
    assert (credit.key, credit.member, unpack(credit.amount)) == ("deposit:litecoin:t1:0", "ID1", 500)
    async with services.database.connect() as connection:
        assert await unripe(connection, "ID1", "ltc") == 500
        assert await unripe(connection, "ID2", "ltc") == 0
    chain.empty(2)
    await catch_up(services, NET, chain)
    async with services.database.connect() as connection:
        assert await unripe(connection, "ID1", "ltc") == 0


async def test_what_lists_show_as_deep_enough_may_leave_before_the_watcher_has_marked_it(
    services: CustodyServices, assets: FixedAssets
) -> None:
    async def waiting() -> int:
        async with services.database.connect() as connection:
            return await unripe(connection, "ID1", "ltc")

    assets.change("ltc", NET, depths=(DepthStep(0, 1, 3),))
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    scanner = Scanner(NET, chain, services.database, first=0)
    chain.mine()
    await scanner.step()
    assert await waiting() == 500
    chain.mine()
    await scanner.step()
    [deposit] = await all_deposits(services)
    assert (deposit.withdrawable_at, await waiting()) == (None, 0)
    # The scan has left its block, longer than before, and nobody has looked at the deposit since.
    chain.reorganise(3, [], [], [], [])
    while (await scanner.step()).left:
        pass
    assert (await all_deposits(services), await waiting()) == ([deposit], 500)


async def test_large_amounts_wait_longer_and_a_rule_made_stricter_holds_for_those_that_wait(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, depths=(DepthStep(0, 1, 1), DepthStep(1_000, 3, 5)))
    chain = ScriptedChain()
    chain.mine(pay("small", "one", 999), pay("large", "two", 1_000))
    await catch_up(services, NET, chain)
    assert (engine.balance("ID1", "ltc")[0], engine.balance("ID2", "ltc")[0]) == (999, 0)
    assets.change("ltc", NET, depths=(DepthStep(0, 1, 1), DepthStep(1_000, 5, 8)))
    chain.empty(3)
    await catch_up(services, NET, chain)
    assert engine.balance("ID2", "ltc")[0] == 0
    chain.mine()
    await catch_up(services, NET, chain)
    assert engine.balance("ID2", "ltc")[0] == 1_000


async def test_t29_coins_that_the_chain_holds_back_are_credited_when_it_lets_them_go(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("hogex", "one", 700, ordinal=3, min_depth=6))
    chain.empty(4)
    await catch_up(services, NET, chain)
    assert engine.commands == []
    chain.mine()
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "ltc")[0] == 700


async def test_t33_every_output_of_a_transaction_is_credited_once(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(
        pay("t", "one", 100),
        pay("t", "one", 100, ordinal=1),
        pay("t", "two", 100, ordinal=2),
        pay("t", "change of the sender", 100, ordinal=3),
    )
    await catch_up(services, NET, chain)
    assert (engine.balance("ID1", "ltc")[0], engine.balance("ID2", "ltc")[0]) == (200, 100)
    assert len(await all_deposits(services)) == 3


async def test_t34_thousands_of_deposits_of_one_transaction_are_credited_in_batches(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(*(pay("t", "one", 1 + number % 7, ordinal=number) for number in range(5_000)))
    await catch_up(services, NET, chain)
    deposits = await all_deposits(services)
    assert len(deposits) == 5_000
    assert {deposit.state for deposit in deposits} == {DepositState.CREDITED}
    assert engine.balance("ID1", "ltc")[0] == sum(deposit.amount for deposit in deposits) == 19_995
    assert len({command.key for command in engine.sent(CreditDeposit)}) == len(engine.commands) == 5_000


CRASHES = ("deposits_before_commit", "booking_after_owed", "booking_after_command", "booking_before_commit")


@pytest.mark.parametrize("where", CRASHES)
async def test_w2_a_crash_between_the_row_and_the_command_and_back_credits_once(
    services: CustodyServices, engine: RecordingEngine, where: str
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500), pay("t2", "one", 7))
    with armed(f"{where}=raise"), pytest.raises(FailpointError):
        await catch_up(services, NET, chain)
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "ltc")[0] == 507
    assert [deposit.booked for deposit in await all_deposits(services)] == [500, 7]
    keys = {command.key for command in engine.sent(CreditDeposit)}
    assert keys == {"deposit:litecoin:t1:0", "deposit:litecoin:t2:0"}


async def test_t30_a_deposit_that_is_mined_again_in_another_block_is_the_same_one(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, depths=(DepthStep(0, 3, 3),))
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    chain.reorganise(1, [], [])
    await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.block_height) == (DepositState.ORPHANED, None)
    chain.mine(pay("t1", "one", 500))
    chain.empty(2)
    await catch_up(services, NET, chain)
    [again] = await all_deposits(services)
    assert (again.tid, again.state, again.block_height) == (deposit.tid, DepositState.CREDITED, 3)
    assert engine.balance("ID1", "ltc")[0] == 500
    assert await alarms(services) == {}


async def test_t30_a_credited_deposit_that_comes_again_within_the_grace_changes_nothing(
    database_dsn: str, engine: RecordingEngine
) -> None:
    async with running_custody(database_dsn, engine=engine) as services:
        await watch(services, NET, {"one": "ID1"})
        chain = ScriptedChain()
        chain.mine(pay("t1", "one", 500))
        chain.empty(3)
        await catch_up(services, NET, chain)
        chain.reorganise(4, [], [], [], [], [])
        await catch_up(services, NET, chain)
        async with services.database.connect() as connection:
            assert await freezes.is_frozen(connection, "ID1")
            assert await unripe(connection, "ID1", "ltc") == 500
        [deposit] = await all_deposits(services)
        assert list(await alarms(services)) == [f"deposit_gone:{deposit.tid}"]
        chain.mine(pay("t1", "one", 500))
        await catch_up(services, NET, chain)
        async with services.database.connect() as connection:
            assert not await freezes.is_frozen(connection, "ID1")
        assert await alarms(services) == {}
        assert len(engine.commands) == 1


async def test_t31_what_is_gone_is_taken_back_as_far_as_it_is_there_and_the_rest_is_a_debt_until_it_is_mined_again(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    engine.take("ID1", "ltc", 300)
    chain.reorganise(1, [], [])
    await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.booked) == (DepositState.CLAWED_BACK, 300)
    assert engine.balance("ID1", "ltc")[0] == 0
    async with services.database.connect() as connection:
        assert await freezes.is_frozen(connection, "ID1")
    assert "0.000003 are missing" in (await alarms(services))[f"deposit_gone:{deposit.tid}"]

    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.booked) == (DepositState.CREDITED, 500)
    assert engine.balance("ID1", "ltc")[0] == 200
    async with services.database.connect() as connection:
        assert not await freezes.is_frozen(connection, "ID1")
    assert await alarms(services) == {}


async def test_t31_a_debt_is_collected_when_there_is_money_again(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    engine.take("ID1", "ltc", 500)
    chain.reorganise(1, [], [])
    await catch_up(services, NET, chain)
    engine.fund("ID1", "ltc", 400)
    await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.booked, engine.balance("ID1", "ltc")[0]) == (100, 0)
    assert sum(unpack(debit.amount) for debit in engine.sent(DebitDeposit)) == 400


async def test_t31_debts_that_nobody_can_pay_hide_no_later_ones(
    services: CustodyServices, engine: RecordingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_back, "BATCH", 2)
    chain = ScriptedChain()
    chain.mine(*(pay(f"t{number}", "one", 100) for number in range(5)))
    chain.mine(pay("younger", "two", 500))
    await catch_up(services, NET, chain)
    engine.take("ID1", "ltc", 500)
    engine.take("ID2", "ltc", 500)
    chain.reorganise(2, [], [], [])
    for _ in range(3):
        await catch_up(services, NET, chain)
    assert len(await alarms(services)) == 6
    engine.fund("ID2", "ltc", 400)
    for _ in range(3):
        await catch_up(services, NET, chain)
    deposits = {deposit.payment_id: deposit.booked for deposit in await all_deposits(services)}
    assert deposits == {**{f"t{number}:0": 100 for number in range(5)}, "younger:0": 100}
    assert engine.balance("ID2", "ltc")[0] == 0


async def test_a_transaction_that_waits_in_the_pool_is_not_taken_back(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    chain.pool.add("t1")
    chain.reorganise(1, [], [])
    await catch_up(services, NET, chain)
    assert engine.sent(DebitDeposit) == []
    async with services.database.connect() as connection:
        assert await freezes.is_frozen(connection, "ID1")


async def test_w3_nothing_is_credited_for_a_block_that_the_node_has_no_more(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, depths=(DepthStep(0, 2, 2),))
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    await catch_up(services, NET, chain)
    chain.mine()
    await Scanner(NET, chain, services.database, first=0).step()
    # Scanned to its depth; the node changes its chain before the credit.
    chain.reorganise(2, [], [], [])
    assert await credit_deposits(services, NET, chain) == 0
    assert engine.commands == []
    await catch_up(services, NET, chain)
    assert engine.commands == []


async def test_t37_what_is_paid_to_a_wallet_is_an_inflow_and_our_own_change_is_not(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "hot", 500), pay("t2", "one", 100))
    chain.mine(pay("sweep", "hot", 90), pay("sweep", "two", 3, ordinal=1), spends=[Spend("sweep", "t2", 0)])
    await catch_up(services, NET, chain)
    assert await exceptions(services) == {
        "t1:0": "treasury_inflow",
        "sweep:0": "own_transfer",
        "sweep:1": "unattributed",
    }
    assert engine.balance("ID2", "ltc")[0] == 0


async def test_t34_dust_is_listed_and_disabled_deposits_are_credited_once_they_are_enabled(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, min_deposit=100, deposit_enabled=False)
    chain = ScriptedChain()
    chain.mine(pay("dust", "one", 1), pay("t1", "one", 100))
    await catch_up(services, NET, chain)
    assert await exceptions(services) == {"dust:0": "below_minimum", "t1:0": "deposits_disabled"}
    await look_again(services, NET)
    await catch_up(services, NET, chain)
    assert engine.commands == []
    assets.change("ltc", NET, deposit_enabled=True)
    await look_again(services, NET)
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "ltc")[0] == 100
    assert await exceptions(services) == {"dust:0": "below_minimum"}


async def test_a_credit_that_the_engine_refuses_waits_with_an_alarm_and_goes_on_by_itself(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    await watch(services, NET, {"stranger": "ID9"})
    chain = ScriptedChain()
    chain.mine(pay("t1", "stranger", 500), pay("t2", "one", 7))
    await catch_up(services, NET, chain)
    assert "MEMBER_UNKNOWN" in (await alarms(services))["credit_refused"]
    assert engine.balance("ID1", "ltc")[0] == 7
    engine.member("ID9")
    await catch_up(services, NET, chain)
    assert engine.balance("ID9", "ltc")[0] == 500
    assert await alarms(services) == {}


async def test_the_watchers_role_in_the_database_may_do_all_that_the_watcher_does(
    database_dsn: str, services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    """The whole life of deposits with no other rights: found, listed, credited, lost, taken back, found again."""
    assets.change("ltc", NET, min_deposit=100)
    async with running_custody(
        as_role(database_dsn, role_of("watcher")),
        engine=engine,
        assets=assets,
        settings=CustodySettings(orphan_grace_s=0),
        balances=EngineBalances(engine),
    ) as watching:
        assert services.database is not watching.database
        chain = ScriptedChain()
        chain.mine(pay("t1", "one", 500), pay("t2", "hot", 900), pay("dust", "one", 5))
        await catch_up(watching, NET, chain)
        await look_again(watching, NET)
        chain.reorganise(1, [], [])
        await catch_up(watching, NET, chain)
        chain.mine(pay("t1", "one", 500))
        await catch_up(watching, NET, chain)
        assert [deposit.state for deposit in await all_deposits(watching)] == [DepositState.CREDITED]
        assert await alarms(watching) == {}
