"""Whatever chains, nodes and processes do, in any order: in the end the books have each coin once, or not at all."""

import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from pyxiu.custody import freezes
from pyxiu.custody.chain import NodeFaultError, NodeUnavailableError, Payment
from pyxiu.custody.deposits import pending_store
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.deposits.read_pool import Pool
from pyxiu.custody.model import DepthStep, NetworkInfo
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.settings import CustodySettings
from pyxiu.custody.tables import chain_blocks
from pyxiu.custody.watcher.watch_network import NetworkWatcher
from pyxiu.kit.errors import TransientError
from pyxiu.kit.failpoints import FailpointError, armed
from tests.support.custody import (
    FixedAssets,
    RecordingEngine,
    network_asset,
    recording_engine,
    running_custody,
)
from tests.support.deposits import EngineBalances, all_deposits, catch_up, watch, watcher_of
from tests.support.scripted_chain import ScriptedChain, pay

pytestmark = pytest.mark.slow

MINIMUM = 10
_numbers = itertools.count(1)
CRASHES = (
    "scan_before_commit",
    "undo_before_commit",
    "deposits_before_commit",
    "booking_after_owed",
    "booking_after_command",
    "booking_before_commit",
)


class Chain(ScriptedChain):
    """Mines payments at random, some of which were in its pool before; what a reorganisation throws out comes again, by
    the pool or not, or is double-spent and never does.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.waiting: list[Payment] = []
        super().__init__()

    def grow(self, blocks: int) -> None:
        for _ in range(blocks):
            again = [payment for payment in self.waiting if self.random.random() < 0.5]
            self.waiting = [payment for payment in self.waiting if payment not in again]
            again += [
                payment
                for one in self.pooled.values()
                for payment in one.payments
                if payment not in self.waiting and payment not in again and self.random.random() < 0.4
            ]
            self.mine(*again, *(self.payment() for _ in range(self.random.randrange(3))))
            for payment in again:
                self.pooled.pop(payment.txid, None)

    def offer(self, payments: int) -> None:
        """New ones in the pool, in place of those that spend the same coin."""
        for _ in range(payments):
            coin = f"coin{self.random.randrange(6)}:0"
            self.pooled = {txid: one for txid, one in self.pooled.items() if coin not in one.spends}
            self.wait(self.payment(), spends=[coin])

    def payment(self) -> Payment:
        receiver = self.random.choice(["one", "two", "stranger"])
        return pay(f"t{self.random.getrandbits(48)}", receiver, self.random.choice([1, 10, 500, 10**6]))

    def fork(self, depth: int, longer: int) -> None:
        depth = min(depth, self.height)
        thrown = [payment for block in self.chain[len(self.chain) - depth :] for payment in block.payments]
        del self.chain[len(self.chain) - depth :]
        back = [payment for payment in thrown if self.random.random() < 0.7]
        self.waiting += back
        for payment in back[::2]:
            self.wait(payment)
        self.grow(depth + longer)


class World:
    """A network of its own for each example, so that none has to clean up after another."""

    def __init__(self, services: CustodyServices, engine: RecordingEngine) -> None:
        number = next(_numbers)
        self.engine = engine
        self.network = NetworkInfo(f"litecoin{number}", "Litecoin", "litecoin-regtest", 1, 1)
        self.owners = {"one": f"ID1x{number}", "two": f"ID2x{number}"}
        depths = (DepthStep(0, 1, 2), DepthStep(1_000, 3, 6))
        ltc = network_asset("ltc", self.network.key, min_deposit=MINIMUM, depths=depths)
        self.services = CustodyServices(
            database=services.database,
            assets=FixedAssets([self.network], [ltc]),
            engine=engine,
            settings=CustodySettings(orphan_grace_s=0),
            balances=EngineBalances(engine),
        )
        self.spent = dict.fromkeys(self.owners.values(), 0)
        #: The tids that payments were shown under before any block had them.
        self.shown: dict[str, str] = {}

    async def begin(self) -> None:
        for uid in self.owners.values():
            self.engine.member(uid)
        await watch(self.services, self.network.key, self.owners)

    async def look(self, chain: "Chain", *, patient: bool) -> None:
        after = timedelta(hours=1) if patient else timedelta(0)
        with suppress(TransientError):
            await Pool(self.services, self.network.key, chain, gone_after=after).look()
        async with self.services.database.connect() as connection:
            for one in await pending_store.all_of(connection, self.network.key):
                assert one.shown.payment_id is not None
                assert self.shown.setdefault(one.shown.payment_id, one.shown.tid) == one.shown.tid

    def spend(self, uid: str) -> None:
        """The member sells half of what is there."""
        amount = self.engine.balance(uid, "ltc")[0] // 2
        if amount:
            self.engine.take(uid, "ltc", amount)
            self.spent[uid] += amount


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn) as services:
        yield services


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.integers(1, 5), st.just(0)),
        st.tuples(st.just("fork"), st.integers(1, 7), st.integers(0, 3)),
        st.tuples(st.just("turn"), st.integers(1, 3), st.just(0)),
        st.tuples(st.just("fault"), st.integers(1, 4), st.just(0)),
        st.tuples(st.just("crash"), st.integers(0, len(CRASHES) - 1), st.just(0)),
        st.tuples(st.just("spend"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("offer"), st.integers(1, 6), st.integers(0, 2)),
        st.tuples(st.just("look"), st.integers(0, 1), st.just(0)),
    ),
    max_size=30,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), events=EVENTS)
async def test_w1_w2_t32_whatever_happens_the_books_have_each_coin_of_the_chain_once(
    services: CustodyServices, seed: int, events: list[tuple[str, int, int]]
) -> None:
    world = World(services, recording_engine())
    await world.begin()
    chain = Chain(seed)
    watcher = watcher_of(world.services, world.network, chain)
    for kind, first, second in events:
        match kind:
            case "grow":
                chain.grow(first)
            case "fork":
                chain.fork(first, second)
            case "fault":
                chain.faults += [NodeUnavailableError("made up"), NodeFaultError("made up")] * first
            case "crash":
                with suppress(FailpointError, TransientError), armed(f"{CRASHES[first]}=raise"):
                    await catch_up(world.services, world.network.key, chain, first=1)
            case "offer":
                chain.offer(first)
                if second:
                    await world.look(chain, patient=second == 1)
            case "look":
                await world.look(chain, patient=first == 1)
            case "spend":
                world.spend(list(world.owners.values())[first])
            case _:
                for _ in range(first):
                    await watcher.turn()
    await settle(world, chain, watcher)
    await check(world, chain)


async def settle(world: World, chain: Chain, watcher: NetworkWatcher) -> None:
    """The chain outgrows every branch that was seen, without further payments; turns until nothing is left to do."""
    chain.faults.clear()
    chain.empty(40)
    for _ in range(60):
        if await watcher.turn() and not await owed(world):
            return
    raise AssertionError("the watcher does not come to an end")


async def owed(world: World) -> int:
    query = text(
        "SELECT count(*) FROM deposit_bookings b JOIN deposits d ON d.id = b.deposit_id "
        "WHERE b.state = 'owed' AND d.network = :network"
    )
    async with world.services.database.connect() as connection:
        count: int = (await connection.execute(query, {"network": world.network.key})).scalar_one()
    return count


async def check(world: World, chain: Chain) -> None:
    first = world.network.first_height
    query = select(chain_blocks.c.height, chain_blocks.c.hash).where(chain_blocks.c.network == world.network.key)
    async with world.services.database.connect() as connection:
        rows = await connection.execute(query.order_by(chain_blocks.c.height))
        scanned = [(row.height, row.hash) for row in rows]
    assert scanned == [(block.height, block.hash) for block in chain.chain if block.height >= first]
    ours = {
        payment.id: payment.amount
        for block in chain.chain
        for payment in block.payments
        if block.height >= first and payment.destination in world.owners and payment.amount >= MINIMUM
    }
    deposits = [row for row in await all_deposits(world.services) if row.network == world.network.key]
    credited = {row.payment_id: row.booked for row in deposits if row.state is DepositState.CREDITED}
    assert credited == ours, "each coin once, and nothing else"
    assert all(row.booked == 0 for row in deposits if row.state is DepositState.ORPHANED)
    assert all(world.shown.get(row.payment_id or "", row.tid) == row.tid for row in deposits)
    async with world.services.database.connect() as connection:
        left = {one.shown.payment_id for one in await pending_store.all_of(connection, world.network.key)}
    assert left.isdisjoint(row.payment_id for row in deposits)
    for uid in world.owners.values():
        await check_member(world, uid, [row for row in deposits if row.uid == uid])


async def check_member(world: World, uid: str, deposits: list[Deposit]) -> None:
    booked = sum(row.booked for row in deposits)
    assert world.engine.balance(uid, "ltc")[0] == booked - world.spent[uid]
    async with world.services.database.connect() as connection:
        frozen = await freezes.is_frozen(connection, uid)
    assert frozen == any(row.state is DepositState.CLAWED_BACK for row in deposits)
