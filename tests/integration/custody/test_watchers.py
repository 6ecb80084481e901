"""The watcher's loops: each network for itself, new ones at once, alarms that open and close."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from pyxiu.custody import store
from pyxiu.custody.chain import NodeFaultError, NodeUnavailableError, Spend
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.watcher.metrics import WatcherMetrics
from pyxiu.custody.watcher.rescan import forget_blocks, read_again
from pyxiu.custody.watcher.supervise import Watchers
from pyxiu.custody.watcher.watch_network import NetworkWatcher
from pyxiu.engine.errors import EngineStoppedError, OverloadedError
from pyxiu.kit.errors import PermanentError
from tests.support.custody import (
    ETHEREUM,
    LITECOIN,
    USDT_CONTRACT,
    FixedAssets,
    RecordingEngine,
    recording_engine,
    running_custody,
)
from tests.support.deposits import alarms, all_deposits, catch_up, exceptions, turns, watch, watcher_of
from tests.support.scripted_chain import ScriptedChain, pay, pay_native, pay_token

STAFF = {"actor": "anna", "reason": "an address was missing"}


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
    async with running_custody(database_dsn, engine=engine, assets=assets) as services:
        for network in (LITECOIN, ETHEREUM):
            await watch(services, network.key, {"one": "ID1"})
        yield services


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - what is waited for is in a database
            await asyncio.sleep(0.05)


class Running:
    """Watchers in the background, over chains by network."""

    def __init__(self, services: CustodyServices, chains: dict[str, ChainReader]) -> None:
        self.registry = CollectorRegistry()
        self.watchers = Watchers(services, self.reader, WatcherMetrics(self.registry))
        self.chains = chains
        self.asked: list[str] = []

    def reader(self, network: NetworkInfo) -> ChainReader | None:
        self.asked.append(network.key)
        if network.chain == "unheard-of":
            raise PermanentError("no network 'unheard-of'")
        return self.chains.get(network.key)

    def figure(self, name: str, network: str) -> float | None:
        return self.registry.get_sample_value(name, {"network": network})

    async def __aenter__(self) -> "Running":
        self._task = asyncio.create_task(self.watchers.run())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_a_network_that_fails_keeps_no_other_from_its_deposits(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    broken, good = ScriptedChain(), ScriptedChain()
    broken.faults = [NodeUnavailableError("down")] * 10_000
    good.mine(pay_native("t1", "one", 5))

    async def credited() -> bool:
        return engine.balance("ID1", "eth")[0] == 5 and await alarms(services) == {"node_unavailable": "down"}

    async with Running(services, {LITECOIN.key: broken, ETHEREUM.key: good}) as running:
        await until(credited)
        assert running.figure("pyxiu_watcher_height", ETHEREUM.key) == 1
        assert running.figure("pyxiu_watcher_alarm", LITECOIN.key) == 1
        broken.faults.clear()
        broken.mine(pay("t2", "one", 7))

        async def caught_up() -> bool:
            return engine.balance("ID1", "ltc")[0] == 7 and await alarms(services) == {}

        await until(caught_up)


async def test_networks_are_picked_up_and_let_go_as_the_catalog_says(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change_network(LITECOIN.key, enabled=False)
    assets.change_network(ETHEREUM.key, chain="unheard-of")
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 7))

    async def told() -> bool:
        return "unheard-of" in (await alarms(services)).get("no_adapter", "")

    async def credited() -> bool:
        return engine.balance("ID1", "ltc")[0] == 7

    async with Running(services, {LITECOIN.key: chain}) as running:
        await until(told)
        assert running.asked == [ETHEREUM.key]
        assets.change_network(LITECOIN.key, enabled=True)
        await until(credited)
        assets.change_network(LITECOIN.key, enabled=False)

        async def let_go() -> bool:
            return running.figure("pyxiu_watcher_height", LITECOIN.key) is None

        await until(let_go)


FAULTS = [
    (NodeUnavailableError("down"), "node_unavailable"),
    (NodeFaultError("odd"), "node_fault"),
    (ValueError("a bug"), "watcher_failed"),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_t36_a_fault_opens_an_alarm_moves_nothing_and_the_next_good_turn_closes_it(
    services: CustodyServices, engine: RecordingEngine, fault: Exception, kind: str
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 7))
    watcher = watcher_of(services, LITECOIN, chain)
    chain.faults = [fault, fault]
    waits = [await watcher.turn() for _ in range(2)]
    assert list(await alarms(services)) == [kind]
    assert waits[0] < waits[1], "tried again, less and less often"
    async with services.database.connect() as connection:
        assert await store.last_block(connection, LITECOIN.key) is None
    await turns(watcher)
    assert await alarms(services) == {}
    assert engine.balance("ID1", "ltc")[0] == 7


async def test_t36_a_node_that_changes_its_network_between_two_turns_credits_nothing(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    watcher = watcher_of(services, LITECOIN, chain)
    await turns(watcher)
    chain.wrong = True
    chain.mine(pay("t1", "one", 7))
    await watcher.turn()
    assert list(await alarms(services)) == ["wrong_chain"]
    assert engine.commands == []
    assert await all_deposits(services) == []


@pytest.mark.parametrize("fault", [EngineStoppedError("it restarts"), OverloadedError(0.1)])
async def test_an_engine_that_is_away_delays_deposits_and_loses_none(
    services: CustodyServices, engine: RecordingEngine, fault: Exception
) -> None:
    def away(_command: object) -> None:
        raise fault

    engine.before = away
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 7))
    watcher = watcher_of(services, LITECOIN, chain)
    await watcher.turn()
    assert list(await alarms(services)) == ["engine_unavailable"]
    engine.before = lambda _command: None
    await turns(watcher)
    assert engine.balance("ID1", "ltc")[0] == 7
    assert await alarms(services) == {}


async def test_t48_an_answer_of_the_engine_that_nobody_heard_credits_once(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    def unheard(_command: object) -> None:
        raise EngineStoppedError("the connection is lost")

    engine.after = unheard
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 7))
    watcher: NetworkWatcher = watcher_of(services, LITECOIN, chain)
    await watcher.turn()
    engine.after = lambda _command: None
    await turns(watcher)
    assert engine.balance("ID1", "ltc")[0] == 7
    assert [deposit.booked for deposit in await all_deposits(services)] == [7]


async def test_t35_reading_again_finds_what_was_not_watched_and_credits_nothing_twice(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    for number in range(50):
        chain.mine(pay(f"t{number}", "one", 10), pay(f"u{number}", "late", 10))
    await catch_up(services, LITECOIN.key, chain, first=20)
    assert engine.balance("ID1", "ltc")[0] == 310
    await watch(services, LITECOIN.key, {"late": "ID1"})
    steps = [step async for step in read_again(services, LITECOIN.key, chain, 5, **STAFF)]
    assert (min(step.first for step in steps), max(step.last for step in steps)) == (5, 50)
    await catch_up(services, LITECOIN.key, chain)
    assert engine.balance("ID1", "ltc")[0] == 46 * 20
    async with services.database.connect() as connection:
        query = text("SELECT array_agg(height ORDER BY height) FROM chain_blocks")
        assert (await connection.execute(query)).scalar_one() == list(range(5, 51))


async def test_t35_what_a_payment_is_spent_by_is_found_when_both_lie_below_the_first_block_or_one_of_them(
    services: CustodyServices,
) -> None:
    chain = ScriptedChain()
    chain.empty(9)
    chain.mine(pay("old", "one", 10), pay("older", "one", 11), pay("left", "one", 12))
    chain.empty(35)
    chain.mine(spends=[Spend("x", "old", 0)])
    chain.empty(13)
    chain.mine(spends=[Spend("y", "older", 0)])
    await catch_up(services, LITECOIN.key, chain, first=50)
    steps = []
    async for step in read_again(services, LITECOIN.key, chain, 1, **STAFF):
        steps.append(step)
        if len(steps) == 1:
            # The watcher goes on meanwhile.
            chain.mine(spends=[Spend("z", "left", 0)])
            await catch_up(services, LITECOIN.key, chain)
    assert max(step.last for step in steps) == chain.height
    async with services.database.connect() as connection:
        rows = await connection.execute(text("SELECT payment_id, spent FROM chain_payments"))
        assert {row.payment_id: row.spent for row in rows} == {"old:0": True, "older:0": True, "left:0": True}


async def test_t35_reading_again_needs_no_old_state_for_deposits_that_are_as_they_were(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 5, USDT_CONTRACT), pay_token("t2", "late", 7, USDT_CONTRACT))
    chain.empty(40)
    await catch_up(services, ETHEREUM.key, chain)
    before = await all_deposits(services)
    # The node has forgotten the state of old blocks.
    chain.deltas = {(USDT_CONTRACT, name, 1): None for name in ("one", "late")}
    await watch(services, ETHEREUM.key, {"late": "ID1"})
    async for _ in read_again(services, ETHEREUM.key, chain, 0, **STAFF):
        pass
    chain.mine(pay_native("t3", "one", 10**18))
    await turns(watcher_of(services, ETHEREUM, chain))
    assert await alarms(services) == {}
    assert (await all_deposits(services))[0] == before[0]
    assert engine.balance("ID1", "eth")[0] == 10**18
    assert await exceptions(services) == {"t2:log0": "unverified"}


async def test_t35_reading_again_refuses_a_block_that_is_another_one_now(services: CustodyServices) -> None:
    chain = ScriptedChain()
    chain.empty(30)
    await catch_up(services, LITECOIN.key, chain)
    chain.reorganise(3, [], [], [])
    with pytest.raises(NodeFaultError, match="the watcher goes first"):
        async for _ in read_again(services, LITECOIN.key, chain, 0, **STAFF):
            pass


async def test_blocks_that_were_forgotten_are_scanned_anew_and_nothing_is_taken_back(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 7))
    chain.empty(5)
    await catch_up(services, LITECOIN.key, chain)
    assert await forget_blocks(services, LITECOIN.key, 1, **STAFF) == 1
    await catch_up(services, LITECOIN.key, chain)
    assert [deposit.state for deposit in await all_deposits(services)] == ["credited"]
    assert len(engine.commands) == 1
    assert await alarms(services) == {}


async def test_a_changed_network_is_watched_by_its_new_rules(services: CustodyServices, assets: FixedAssets) -> None:
    chain = ScriptedChain()
    chain.empty(9)
    assets.change_network(LITECOIN.key, first_height=5)

    async def first_is(height: int) -> bool:
        async with services.database.connect() as connection:
            block = await store.first_block(connection, LITECOIN.key)
        return block is not None and block.height == height

    async with Running(services, {LITECOIN.key: chain}):
        await until(lambda: first_is(5))
    assert msgspec.structs.replace(LITECOIN, first_height=5) in await services.assets.networks()
