"""Deposits whose transactions do another thing in another block, as contracts may: what they pay now is what counts."""

from collections.abc import AsyncIterator

import pytest

from pyxiu.custody import freezes
from pyxiu.custody.deposits.model import DepositState
from pyxiu.custody.deposits.read_payments import read_payments
from pyxiu.custody.deposits.take_back import take_back_deposits
from pyxiu.custody.model import DepthStep
from pyxiu.custody.scan_blocks import Scanner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.settings import CustodySettings
from tests.support.custody import USDT_CONTRACT, FixedAssets, RecordingEngine, recording_engine, running_custody
from tests.support.deposits import EngineBalances, alarms, all_deposits, catch_up, exceptions, watch
from tests.support.scripted_chain import ScriptedChain, pay_native, pay_token

NET = "ethereum"


@pytest.fixture
def engine() -> RecordingEngine:
    made = recording_engine()
    made.member("ID1")
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
        await watch(services, NET, {"one": "ID1"})
        yield services


OTHER_EFFECTS = {
    "it writes the log at another place": ([pay_token("t1", "one", 1_000, USDT_CONTRACT, ordinal=1)], 1_000),
    "it pays somebody else": ([pay_token("t1", "stranger", 1_000, USDT_CONTRACT)], 0),
    "it fails": ([pay_native("t1", "stranger", 1)], 0),
    "its log is not true": ([pay_token("t1", "one", 1_000, USDT_CONTRACT, source="one")], 0),
}


@pytest.mark.parametrize("effect", OTHER_EFFECTS)
async def test_t45_what_a_transaction_that_is_mined_again_does_not_pay_any_more_is_taken_back(
    services: CustodyServices, engine: RecordingEngine, effect: str
) -> None:
    payments, left = OTHER_EFFECTS[effect]
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 1_000, USDT_CONTRACT))
    chain.empty(3)
    await catch_up(services, NET, chain)
    chain.reorganise(4, payments, [], [], [], [])
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "usdt")[0] == left * 10**12
    states = [(deposit.payment_id, deposit.state) for deposit in await all_deposits(services)]
    assert states[0] == ("t1:log0", DepositState.CLAWED_BACK)
    assert states[1:] == [("t1:log1", DepositState.CREDITED)] * bool(left)
    async with services.database.connect() as connection:
        assert await freezes.is_frozen(connection, "ID1")
    assert "in no block any more" in "".join((await alarms(services)).values())


async def test_t45_another_log_at_the_same_place_is_another_payment(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    engine.member("ID2")
    await watch(services, NET, {"two": "ID2"})
    to_one, to_two = (pay_token("t1", name, 1_000, USDT_CONTRACT) for name in ("one", "two"))
    worthless = pay_token("t1", "one", 10**12, "0xfake")

    async def balances() -> list[int]:
        for _ in range(2):
            await catch_up(services, NET, chain)
        return [engine.balance(uid, "usdt")[0] // 10**12 for uid in ("ID1", "ID2")]

    chain = ScriptedChain()
    chain.mine(to_one)
    assert await balances() == [1_000, 0]
    chain.reorganise(1, [to_two], [])
    assert await balances() == [0, 1_000]
    chain.reorganise(2, [to_one], [], [])
    assert await balances() == [1_000, 0]
    chain.reorganise(3, [worthless, pay_token("t1", "two", 7, USDT_CONTRACT, ordinal=1)], [], [], [])
    assert await balances() == [0, 7]
    assert list((await exceptions(services)).values()) == ["unknown_asset"]
    chain.reorganise(4, [to_two], [], [], [], [])
    assert await balances() == [0, 1_000]
    states = {deposit.payment_id: (deposit.state, deposit.txout) for deposit in await all_deposits(services)}
    assert states == {
        "t1:log0": (DepositState.CLAWED_BACK, 0),
        f"t1:log0:{USDT_CONTRACT}:two": (DepositState.CREDITED, 0),
        "t1:log1": (DepositState.CLAWED_BACK, 1),
    }


@pytest.mark.parametrize("amount", [300, 1_500])
@pytest.mark.parametrize("depth", [1, 3])
async def test_t45_a_deposit_that_is_mined_again_with_another_amount_is_worth_that(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets, amount: int, depth: int
) -> None:
    assets.change("eth", NET, depths=(DepthStep(0, depth, depth),))
    chain = ScriptedChain()
    chain.mine(pay_native("t1", "one", 1_000))
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "eth")[0] == (1_000 if depth == 1 else 0)
    chain.reorganise(1, [pay_native("t1", "one", amount)], [], [])
    for _ in range(2):
        await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.amount, deposit.booked) == (DepositState.CREDITED, amount, amount)
    assert engine.balance("ID1", "eth")[0] == amount
    assert await alarms(services) == {}
    async with services.database.connect() as connection:
        assert not await freezes.is_frozen(connection, "ID1")


async def test_t31_of_what_is_mined_again_with_less_the_rest_is_a_debt_with_an_alarm(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay_native("t1", "one", 1_000))
    await catch_up(services, NET, chain)
    engine.take("ID1", "eth", 900)
    chain.reorganise(1, [pay_native("t1", "one", 300)], [])
    await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.amount, deposit.booked) == (DepositState.CONFIRMING, 300, 900)
    told = (await alarms(services))[f"deposit_gone:{deposit.tid}"]
    assert "mined again with less: 0.0000000000000006 eth are missing" in told
    engine.fund("ID1", "eth", 650)
    for _ in range(2):
        await catch_up(services, NET, chain)
    [deposit] = await all_deposits(services)
    assert (deposit.state, deposit.booked) == (DepositState.CREDITED, 300)
    assert engine.balance("ID1", "eth")[0] == 50
    assert await alarms(services) == {}


async def test_t45_coins_of_which_a_transaction_pays_none_in_another_block_are_taken_back(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay_native("t1", "one", 10**18))
    await catch_up(services, NET, chain)
    chain.reorganise(1, [pay_native("t1", "stranger", 10**18)], [])
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "eth")[0] == 0
    chain.reorganise(2, [], [pay_native("t1", "one", 10**18)], [])
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "eth")[0] == 10**18
    assert [deposit.state for deposit in await all_deposits(services)] == [DepositState.CREDITED]


async def test_t45_a_transaction_in_a_block_that_was_not_scanned_yet_is_not_taken_back(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay_native("t1", "one", 10**18))
    await catch_up(services, NET, chain)
    chain.reorganise(1, [], [pay_native("t1", "one", 10**18)])
    scanner = Scanner(NET, chain, services.database, first=0)
    assert (await scanner.step()).undone == 1
    await read_payments(services, NET, chain)
    assert await take_back_deposits(services, NET, chain) == 0
    await scanner.step()
    assert await take_back_deposits(services, NET, chain) == 0, "scanned, and not read yet"
    await catch_up(services, NET, chain)
    assert len(engine.commands) == 1
    assert await alarms(services) == {}
