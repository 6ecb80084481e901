"""Scanning: no block is skipped, every payment of ours is found once, and a reorganisation undoes what it must.

A made-up chain gives the odd cases in numbers (a property over forks, faults and restarts); a real Litecoin node shows
that the same holds there.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader
from pyxiu.custody import store
from pyxiu.custody.chain import (
    Block,
    BlockRef,
    Inclusion,
    NodeFaultError,
    NodeUnavailableError,
    Payment,
    PaymentKind,
    Spend,
)
from pyxiu.custody.scan_blocks import ForkTooDeepError, NodeBehindError, Progress, Scanner
from pyxiu.custody.tables import chain_blocks, chain_payments
from pyxiu.kit.failpoints import FailpointError, armed
from pyxiu.storage.orm import open_database
from tests.support.litecoind import CHAIN, LitecoinNode, litecoin_node

pytestmark = pytest.mark.slow

NET = "made-up"
OURS = [f"ours{number}" for number in range(4)]


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "test")
    yield database
    await database.dispose()


class MadeUpChain:
    """A node in memory: blocks by height, replaced from a height on by a reorganisation. May fail or be cut short."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.chain: list[Block] = []
        self.made = 0
        self.waiting: list[Payment] = []
        self.fault: str | None = None
        self.extend(1)

    def extend(self, blocks: int) -> None:
        for _ in range(blocks):
            self.made += 1
            parent = self.chain[-1].hash if self.chain else "none"
            height = len(self.chain)
            # What a reorganisation threw out comes again, now or later, as from a pool.
            again = [payment for payment in self.waiting if self.random.random() < 0.6]
            self.waiting = [payment for payment in self.waiting if payment not in again]
            fresh = [self.payment() for _ in range(self.random.randrange(4))]
            spent = [
                Spend(f"spend{self.made}", old.txid, old.ordinal)
                for block in self.chain[-3:]
                for old in block.payments
                if self.random.random() < 0.2
            ]
            self.chain.append(Block(height, f"h{self.made}", parent, 1_700_000_000 + height, again + fresh, spent))

    def payment(self) -> Payment:
        destination = self.random.choice([*OURS, "theirs", "nobody"])
        txid = f"t{self.random.getrandbits(60)}"
        return Payment(txid, self.random.randrange(3), PaymentKind.OUTPUT, destination, self.random.randint(1, 10**30))

    def reorganise(self, depth: int, blocks: int) -> None:
        depth = min(depth, len(self.chain) - 1)
        self.waiting += [payment for block in self.chain[len(self.chain) - depth :] for payment in block.payments]
        del self.chain[len(self.chain) - depth :]
        self.extend(blocks)

    async def check(self) -> None:
        pass

    async def tip(self) -> BlockRef:
        self._fail("tip")
        return BlockRef(self.chain[-1].height, self.chain[-1].hash)

    async def hash_at(self, height: int) -> str | None:
        self._fail("hash")
        return self.chain[height].hash if height < len(self.chain) else None

    async def blocks(self, first: int, last: int) -> list[Block]:
        self._fail("blocks")
        if last >= len(self.chain):
            raise NodeUnavailableError("no such block any more")
        return self.chain[first : last + 1]

    async def inclusion(self, txid: str) -> Inclusion:
        raise NotImplementedError

    async def close(self) -> None:
        pass

    def _fail(self, where: str) -> None:
        if self.fault == where:
            self.fault = None
            raise NodeUnavailableError("made up")


async def watch(database: AsyncEngine, network: str, destinations: list[str]) -> None:
    async with database.begin() as connection:
        for number, destination in enumerate(destinations):
            await store.add_destination(connection, network, destination, f"address {destination}", f"ID{number}")


async def scanned(database: AsyncEngine, network: str = NET) -> list[tuple[int, str]]:
    query = select(chain_blocks.c.height, chain_blocks.c.hash).where(chain_blocks.c.network == network)
    async with database.connect() as connection:
        return [(row.height, row.hash) for row in await connection.execute(query.order_by(chain_blocks.c.height))]


async def recorded(database: AsyncEngine, network: str = NET) -> dict[str, tuple[int | None, int]]:
    """Payments by id: the height they are in, and the amount."""
    query = select(chain_payments).where(chain_payments.c.network == network)
    async with database.connect() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return {row["payment_id"]: (row["block_height"], int(row["amount"])) for row in rows}


async def catch_up(scanner: Scanner) -> list[Progress]:
    """Steps until nothing is left, over faults."""
    steps: list[Progress] = []
    for _ in range(10_000):
        try:
            steps.append(await scanner.step())
        except (NodeUnavailableError, NodeFaultError, NodeBehindError):
            continue
        if steps[-1].left == 0 and not steps[-1].undone:
            return steps
    raise AssertionError("the scanner does not come to an end")


async def assert_same(database: AsyncEngine, chain: MadeUpChain) -> None:
    """The stored chain is the node's, and the payments with a block are exactly those on it."""
    assert await scanned(database) == [(block.height, block.hash) for block in chain.chain]
    on_chain = {
        payment.id: (block.height, payment.amount)
        for block in chain.chain
        for payment in block.payments
        if payment.destination in OURS
    }
    found = await recorded(database)
    assert {name: value for name, value in found.items() if value[0] is not None} == on_chain


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("extend"), st.integers(1, 30), st.just(0)),
        st.tuples(st.just("reorganise"), st.integers(1, 12), st.integers(1, 14)),
        st.tuples(st.just("fault"), st.sampled_from([0, 1, 2]), st.just(0)),
        st.tuples(st.just("step"), st.integers(1, 3), st.just(0)),
        st.tuples(st.just("crash"), st.sampled_from([0, 1, 2]), st.just(0)),
    ),
    max_size=25,
)
FAULTS = ("tip", "hash", "blocks")
CRASHES = ("scan_before_commit", "scan_after_commit", "undo_before_commit")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), events=EVENTS)
async def test_t35_whatever_happens_the_stored_chain_becomes_the_nodes(
    database: AsyncEngine, seed: int, events: list[tuple[str, int, int]]
) -> None:
    """W-1, W-2: forks, faults and crashes at every place, in any order."""
    async with database.begin() as connection:
        await connection.execute(
            text("TRUNCATE chain_blocks, chain_destinations, chain_payments, chain_spends CASCADE")
        )
    await watch(database, NET, OURS)
    chain = MadeUpChain(seed)
    scanner = Scanner(NET, chain, database, first=0, step_blocks=7)
    for kind, first, second in events:
        match kind:
            case "extend":
                chain.extend(first)
            case "reorganise":
                chain.reorganise(first, second)
            case "fault":
                chain.fault = FAULTS[first]
            case "crash":
                with armed(f"{CRASHES[first]}=raise"):
                    await step_or_die(scanner)
                scanner = Scanner(NET, chain, database, first=0, step_blocks=7)
            case _:
                for _ in range(first):
                    await step_or_die(scanner)
    chain.fault = None
    # A branch that is shorter than what was seen is not followed yet.
    chain.extend(15)
    await catch_up(scanner)
    await assert_same(database, chain)


async def step_or_die(scanner: Scanner) -> None:
    with suppress(NodeUnavailableError, NodeFaultError, NodeBehindError, FailpointError):
        await scanner.step()


async def test_t30_a_payment_that_comes_again_in_another_block_is_the_same_payment(database: AsyncEngine) -> None:
    await watch(database, NET, OURS)
    chain = MadeUpChain(1)
    chain.extend(10)
    scanner = Scanner(NET, chain, database, first=0)
    await catch_up(scanner)
    before = await recorded(database)
    chain.reorganise(5, 12)
    chain.extend(30)  # all that was thrown out is in a block again by now
    steps = await catch_up(scanner)
    assert sum(step.undone for step in steps) == 5
    after = await recorded(database)
    assert before.keys() <= after.keys()
    assert all(after[name][1] == amount for name, (_, amount) in before.items())
    await assert_same(database, chain)


async def test_t36_a_node_that_is_behind_on_our_chain_changes_nothing(database: AsyncEngine) -> None:
    chain = MadeUpChain(2)
    chain.extend(20)
    scanner = Scanner(NET, chain, database, first=0)
    await catch_up(scanner)
    before = await scanned(database)
    del chain.chain[12:]
    with pytest.raises(NodeBehindError, match="the node ends at 11"):
        await scanner.step()
    assert await scanned(database) == before


async def test_t36_a_shorter_branch_is_not_followed_until_it_is_as_long(database: AsyncEngine) -> None:
    await watch(database, NET, OURS)
    chain = MadeUpChain(7)
    chain.extend(20)
    scanner = Scanner(NET, chain, database, first=0)
    await catch_up(scanner)
    before = await scanned(database)
    chain.reorganise(5, 3)
    with pytest.raises(NodeBehindError, match="another branch"):
        await scanner.step()
    assert await scanned(database) == before
    chain.extend(2)
    await catch_up(scanner)
    await assert_same(database, chain)


async def test_t36_a_node_of_another_chain_is_refused_and_changes_nothing(database: AsyncEngine) -> None:
    chain = MadeUpChain(3)
    chain.extend(30)
    await catch_up(Scanner(NET, chain, database, first=0))
    before = await scanned(database)
    other = MadeUpChain(4)
    other.made = 10_000
    other.extend(60)
    other.chain[0] = other.chain[0].__class__(0, "another", "none", 1, [], [])
    scanner = Scanner(NET, other, database, first=0, undo_max=20)
    with pytest.raises(ForkTooDeepError, match="is it the right node"):
        await scanner.step()
    assert await scanned(database) == before


async def test_two_scanners_of_one_network_never_write_the_same_block_twice(database: AsyncEngine) -> None:
    await watch(database, NET, OURS)
    chain = MadeUpChain(5)
    chain.extend(120)
    scanners = [Scanner(NET, chain, database, first=0, step_blocks=3) for _ in range(3)]
    await asyncio.gather(*(catch_up(scanner) for scanner in scanners))
    await assert_same(database, chain)


async def test_a_scan_begins_where_it_is_told_to(database: AsyncEngine) -> None:
    chain = MadeUpChain(6)
    chain.extend(50)
    await catch_up(Scanner(NET, chain, database, first=31))
    assert [height for height, _ in await scanned(database)] == list(range(31, 51))


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node() as started:
        started.past_mweb()
        yield started


LITECOIN = CHAIN


async def paid(database: AsyncEngine, network: str = LITECOIN) -> dict[str, Any]:
    return {name: value for name, value in (await recorded(database, network)).items() if value[0] is not None}


@pytest.mark.xdist_group("litecoind")
async def test_t30_t34_a_real_chain_with_a_thousand_deposits_and_a_reorganisation(
    database: AsyncEngine, node: LitecoinNode
) -> None:
    addresses = [node.cli("getnewaddress") for _ in range(200)]
    scripts = [node.cli("getaddressinfo", address)["scriptPubKey"] for address in addresses]
    await watch(database, LITECOIN, scripts)
    reader = BitcoinReader(node.url, NETWORKS[LITECOIN])
    scanner = Scanner(LITECOIN, reader, database, first=0)
    await catch_up(scanner)
    for _ in range(5):
        node.cli("sendmany", "", dict.fromkeys(addresses, "0.001"))
    node.mine()
    await catch_up(scanner)
    found = await paid(database)
    assert len(found) == 1_000
    assert {amount for _, amount in found.values()} == {100_000}

    node.reorganise(1)
    steps = await catch_up(scanner)
    assert sum(step.undone for step in steps) == 1
    again = await paid(database)
    assert again.keys() == found.keys(), "each is the payment that it was"
    tip = await reader.tip()
    assert (await scanned(database, LITECOIN))[-1] == (tip.height, tip.hash)
    await reader.close()


@pytest.fixture
def early_node() -> Iterator[LitecoinNode]:
    """Before MWEB, where a block can be made of chosen transactions."""
    with litecoin_node() as started:
        started.mine(120)
        yield started


@pytest.mark.xdist_group("litecoind")
async def test_t31_a_double_spend_orphans_the_payment_that_lost(
    database: AsyncEngine, early_node: LitecoinNode
) -> None:
    node = early_node
    loser, winner = node.cli("getnewaddress"), node.cli("getnewaddress")
    scripts = {address: node.cli("getaddressinfo", address)["scriptPubKey"] for address in (loser, winner)}
    await watch(database, LITECOIN, list(scripts.values()))
    reader = BitcoinReader(node.url, NETWORKS[LITECOIN])
    scanner = Scanner(LITECOIN, reader, database, first=0)
    coin = node.cli("listunspent", 1)[0]

    def signed(address: str) -> str:
        spends = [{"txid": coin["txid"], "vout": coin["vout"]}]
        raw = node.cli("createrawtransaction", spends, [{address: round(coin["amount"] - 0.01, 8)}])
        return str(node.cli("signrawtransactionwithwallet", raw)["hex"])

    first, second = signed(loser), signed(winner)
    block = node.cli("generateblock", node.cli("getnewaddress"), [first])["hash"]
    await catch_up(scanner)
    [lost] = await paid(database)

    node.cli("invalidateblock", block)
    for transactions in ([second], []):
        node.cli("generateblock", node.cli("getnewaddress"), transactions)
    await catch_up(scanner)
    [won] = await paid(database)
    assert won != lost
    assert set(await recorded(database, LITECOIN)) == {lost, won}, "an orphan is kept, without a block"
    await reader.close()
