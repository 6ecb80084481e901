"""Deposits on a real Litecoin node: peg-outs, reorganisations, double spends, dust, gaps, nodes that fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import msgspec
import pytest

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader
from pyxiu.custody import freezes, store
from pyxiu.custody.deposits.model import DepositState
from pyxiu.custody.deposits.reads import unripe
from pyxiu.custody.model import DepthStep, NetworkInfo, wallet_owner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.settings import CustodySettings
from pyxiu.custody.watcher.watch_network import NetworkWatcher
from tests.support.custody import LTC, FixedAssets, RecordingEngine, recording_engine, running_custody
from tests.support.deposits import EngineBalances, alarms, all_deposits, exceptions, turns, watch, watcher_of
from tests.support.litecoind import CHAIN, REPLACING, LitecoinNode, litecoin_node, needs_mweb
from tests.support.node_proxy import NodeProxy, node_proxy

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind")]

NET = NetworkInfo("litecoin", "Litecoin", CHAIN, first_height=0, min_confirmations=1)
COIN = 10**8
OURS = "ours"


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node(REPLACING) as started:
        started.past_mweb()
        yield started


@pytest.fixture
def early_node() -> Iterator[LitecoinNode]:
    """Before MWEB, where a block can be made of chosen transactions."""
    with litecoin_node() as started:
        started.mine(120)
        yield started


@pytest.fixture
def assets() -> FixedAssets:
    return FixedAssets([NET], [LTC])


@pytest.fixture
def engine() -> RecordingEngine:
    made = recording_engine()
    made.member("ID1")
    made.member("ID2")
    return made


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine, assets: FixedAssets) -> AsyncIterator[CustodyServices]:
    async with running_custody(
        database_dsn,
        engine=engine,
        assets=assets,
        settings=CustodySettings(orphan_grace_s=0),
        balances=EngineBalances(engine),
    ) as services:
        yield services


async def address_of(services: CustodyServices, node: LitecoinNode, owner: str) -> str:
    """A new address that counts as this owner's, of a wallet whose coins the paying one does not spend."""
    if OURS not in node.cli("listwallets"):
        node.cli("createwallet", OURS)
    address = str(node.cli("getnewaddress", wallet=OURS))
    script = node.cli("getaddressinfo", address, wallet=OURS)["scriptPubKey"]
    await watch(services, NET.key, {script: owner})
    return address


Watching = Callable[..., NetworkWatcher]


@pytest.fixture
async def watching(services: CustodyServices) -> AsyncIterator[Watching]:
    """Makes watchers of a node, from a height on."""
    readers: list[BitcoinReader] = []

    def made(node: LitecoinNode | NodeProxy, *, first: int = 0) -> NetworkWatcher:
        readers.append(BitcoinReader(node.url, NETWORKS[CHAIN]))
        return watcher_of(services, msgspec.structs.replace(NET, first_height=first), readers[-1])

    yield made
    for reader in readers:
        await reader.close()


@needs_mweb
async def test_t29_a_peg_out_is_one_deposit_credited_when_it_can_be_spent(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, watching: Watching
) -> None:
    address = await address_of(services, node, "ID1")
    watcher = watching(node, first=node.cli("getblockcount"))
    node.peg_out(address, 3)
    node.mine(4)
    await turns(watcher)
    [deposit] = await all_deposits(services)
    assert (deposit.amount, deposit.state) == (3 * COIN, DepositState.CONFIRMING)
    node.mine(1)
    await turns(watcher)
    [deposit] = await all_deposits(services)
    assert deposit.state is DepositState.CREDITED
    assert engine.balance("ID1", "ltc")[0] == 3 * COIN
    assert node.cli("gettxout", deposit.txid, deposit.txout)["confirmations"] == 6


async def test_t32_t33_t34_a_transaction_with_many_outputs_credits_each_once_and_lists_dust(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets, node: LitecoinNode, watching: Watching
) -> None:
    assets.change("ltc", "litecoin", min_deposit=1_000_000)
    one, two = await address_of(services, node, "ID1"), await address_of(services, node, "ID2")
    watcher = watching(node, first=node.cli("getblockcount") + 1)
    node.cli("sendtoaddress", one, "0.5")
    await turns(watcher)
    assert await all_deposits(services) == [], "what is in no block is nothing yet"
    another, dust = await address_of(services, node, "ID1"), await address_of(services, node, "ID2")
    outputs = [{another: "0.1"}, {two: "0.1"}, {dust: "0.0005"}]
    raw = node.cli("fundrawtransaction", node.cli("createrawtransaction", [], outputs))["hex"]
    node.cli("sendrawtransaction", node.cli("signrawtransactionwithwallet", raw)["hex"])
    node.mine()
    await turns(watcher)
    assert (engine.balance("ID1", "ltc")[0], engine.balance("ID2", "ltc")[0]) == (6 * COIN // 10, COIN // 10)
    assert set((await exceptions(services)).values()) == {"below_minimum"}


async def test_t32_of_a_replaced_transaction_only_what_was_mined_counts(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, watching: Watching
) -> None:
    address = await address_of(services, node, "ID1")
    watcher = watching(node, first=node.cli("getblockcount") + 1)
    first = node.cli("sendtoaddress", address, "0.5", "", "", False, True)
    await turns(watcher)
    second = node.cli("bumpfee", first)["txid"]
    node.mine()
    await turns(watcher)
    [deposit] = await all_deposits(services)
    assert (deposit.txid, engine.balance("ID1", "ltc")[0]) == (second, COIN // 2)


async def test_t30_a_reorganisation_shorter_than_the_depth_credits_once(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets, node: LitecoinNode, watching: Watching
) -> None:
    assets.change("ltc", "litecoin", depths=(DepthStep(0, 3, 3),))
    address = await address_of(services, node, "ID1")
    watcher = watching(node, first=node.cli("getblockcount") - 5)
    node.cli("sendtoaddress", address, "0.5")
    node.mine()
    await turns(watcher)
    [before] = await all_deposits(services)
    node.reorganise(1)
    await turns(watcher)
    node.mine(3)
    await turns(watcher)
    [after] = await all_deposits(services)
    assert (after.tid, after.state) == (before.tid, DepositState.CREDITED)
    assert after.block_hash != before.block_hash
    assert engine.balance("ID1", "ltc")[0] == COIN // 2


async def test_t31_a_double_spent_deposit_is_taken_back_and_the_member_is_frozen(
    services: CustodyServices, engine: RecordingEngine, early_node: LitecoinNode, watching: Watching
) -> None:
    node = early_node
    address = await address_of(services, node, "ID1")
    watcher = watching(node)
    coin = node.cli("listunspent", 1)[0]

    def signed(receiver: str) -> str:
        spends = [{"txid": coin["txid"], "vout": coin["vout"]}]
        raw = node.cli("createrawtransaction", spends, [{receiver: round(coin["amount"] - 0.01, 8)}])
        return str(node.cli("signrawtransactionwithwallet", raw)["hex"])

    deposit_bytes, conflict = signed(address), signed(node.cli("getnewaddress"))
    block = node.cli("generateblock", node.cli("getnewaddress"), [deposit_bytes])["hash"]
    await turns(watcher)
    [credited] = await all_deposits(services)
    assert (credited.state, engine.balance("ID1", "ltc")[0]) == (DepositState.CREDITED, credited.amount)

    node.cli("invalidateblock", block)
    for transactions in ([conflict], []):
        node.cli("generateblock", node.cli("getnewaddress"), transactions)
    await turns(watcher)
    [taken] = await all_deposits(services)
    assert (taken.state, taken.booked) == (DepositState.CLAWED_BACK, 0)
    assert engine.balance("ID1", "ltc")[0] == 0
    async with services.database.connect() as connection:
        assert await freezes.is_frozen(connection, "ID1")
    assert f"deposit_gone:{taken.tid}" in await alarms(services)


async def test_t37_old_addresses_stay_their_members_and_wallets_are_not(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, watching: Watching
) -> None:
    old = await address_of(services, node, "ID1")
    await address_of(services, node, "ID1")
    hot = await address_of(services, node, wallet_owner("hot"))
    watcher = watching(node, first=node.cli("getblockcount") + 1)
    for address in (old, old, hot):
        node.cli("sendtoaddress", address, "0.25")
    node.mine()
    await turns(watcher)
    assert engine.balance("ID1", "ltc")[0] == COIN // 2
    assert list((await exceptions(services)).values()) == ["treasury_inflow"]


@pytest.fixture
async def proxy(node: LitecoinNode) -> AsyncIterator[NodeProxy]:
    async with node_proxy(node.url) as proxy:
        yield proxy


async def test_t35_a_node_that_leaves_blocks_out_makes_the_watcher_wait_and_no_block_is_skipped(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, proxy: NodeProxy, watching: Watching
) -> None:
    address = await address_of(services, node, "ID1")
    watcher = watching(proxy, first=node.cli("getblockcount") + 1)
    await turns(watcher)
    node.cli("sendtoaddress", address, "0.5")
    node.mine(3)
    for fault in ({"getblock": lambda _block: None}, {"getblock": lambda block: {**block, "tx": None}}, None):
        if fault is None:
            proxy.down = True
        else:
            proxy.rules = dict(fault)
        assert await watcher.turn() > 0
        assert set(await alarms(services)) <= {"node_fault", "node_unavailable"}
        assert await alarms(services)
        async with services.database.connect() as connection:
            last = await store.last_block(connection, NET.key)
        assert last is None, "nothing was taken"
    proxy.rules, proxy.down = {}, False
    await turns(watcher)
    assert engine.balance("ID1", "ltc")[0] == COIN // 2
    assert await alarms(services) == {}


async def test_t36_a_node_of_another_network_or_an_older_copy_credits_nothing(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, proxy: NodeProxy, watching: Watching
) -> None:
    address = await address_of(services, node, "ID1")
    watcher = watching(proxy, first=node.cli("getblockcount") - 10)
    await turns(watcher)
    node.cli("sendtoaddress", address, "0.5")
    node.mine(2)
    proxy.rules["getblockhash"] = lambda _hash: "11" * 32
    await watcher.turn()
    assert list(await alarms(services)) == ["wrong_chain"]
    proxy.rules.clear()
    await turns(watcher)
    with litecoin_node() as younger:
        younger.mine(3)
        proxy.target = younger.url
        await watcher.turn()
        assert set(await alarms(services)) & {"fork_too_deep", "node_behind", "node_fault"}
        assert [deposit.state for deposit in await all_deposits(services)] == [DepositState.CREDITED]
    proxy.target = node.url
    await turns(watcher)
    assert await alarms(services) == {}
    assert len(engine.commands) == 1


async def test_t35_a_long_gap_is_caught_up_whole(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, watching: Watching
) -> None:
    address = await address_of(services, node, "ID1")
    first = node.cli("getblockcount")
    for _ in range(10):
        node.cli("sendtoaddress", address, "0.01")
        node.mine(30)
    await turns(watching(node, first=first))
    assert engine.balance("ID1", "ltc")[0] == COIN // 10
    async with services.database.connect() as connection:
        last = await store.last_block(connection, NET.key)
        assert last is not None
        assert last.height == node.cli("getblockcount")
        assert await unripe(connection, "ID1", "ltc") == 0


async def test_two_watchers_of_one_network_credit_once(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, watching: Watching
) -> None:
    address = await address_of(services, node, "ID1")
    first = node.cli("getblockcount") + 1
    for _ in range(5):
        node.cli("sendtoaddress", address, "0.01")
        node.mine(2)
    watchers = [watching(node, first=first) for _ in range(2)]
    for _ in range(20):
        await asyncio.gather(*(watcher.turn() for watcher in watchers))
    assert engine.balance("ID1", "ltc")[0] == COIN // 20
    assert {deposit.booked for deposit in await all_deposits(services)} == {COIN // 100}
