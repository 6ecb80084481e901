"""Deposits on a real EVM: what has arrived is credited, what was only claimed or undone is not, and nothing is lost."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from pyxiu.adapters.chains.evm.reader import EvmReader
from pyxiu.custody.deposits.model import DepositState
from pyxiu.custody.deposits.resolve_exception import look_again
from pyxiu.custody.model import DepthStep, NetworkInfo
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.settings import CustodySettings
from pyxiu.custody.watcher.watch_network import NetworkWatcher
from tests.support.anvil import CHAIN_ID, ETHER, AnvilNode, anvil_node, new_account
from tests.support.custody import FixedAssets, RecordingEngine, network_asset, recording_engine, running_custody
from tests.support.deposits import EngineBalances, alarms, all_deposits, exceptions, turns, watch, watcher_of
from tests.support.node_proxy import NODE_ERROR, NodeProxy, node_proxy

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil")]

NET = NetworkInfo("ethereum", "Ethereum", f"evm:{CHAIN_ID}", first_height=0, min_confirmations=1)
ALICE, BOB = ("0x" + digit * 40 for digit in "ab")
SUPPLY = 10**27


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        yield started


@pytest.fixture
def token(node: AnvilNode) -> str:
    return node.deploy("token", SUPPLY, 18)


@pytest.fixture
def payer(node: AnvilNode, token: str) -> str:
    address = node.deploy("payer")
    node.send(address, 100 * ETHER)
    node.transact(token, "transfer", address, 10**24)
    node.mine()
    return address


@pytest.fixture
def assets(token: str) -> FixedAssets:
    eth = network_asset("eth", "ethereum", chain_decimals=18, decimals=18, depths=(DepthStep(0, 2, 4),))
    usdt = network_asset(
        "usdt", "ethereum", contract=token, chain_decimals=18, decimals=18, depths=(DepthStep(0, 2, 4),)
    )
    return FixedAssets([NET], [eth, usdt])


@pytest.fixture
def engine(assets: FixedAssets) -> RecordingEngine:
    made = recording_engine(assets)
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
        await watch(services, NET.key, {ALICE: "ID1", BOB: "ID2"})
        yield services


@pytest.fixture
async def watcher(services: CustodyServices, node: AnvilNode) -> AsyncIterator[NetworkWatcher]:
    reader = EvmReader(node.url, CHAIN_ID)
    yield watcher_of(services, NET, reader)
    await reader.close()


@pytest.fixture
async def proxy(node: AnvilNode) -> AsyncIterator[NodeProxy]:
    async with node_proxy(node.url) as proxy:
        yield proxy


async def test_t43_coins_are_credited_however_they_come(
    node: AnvilNode, watcher: NetworkWatcher, engine: RecordingEngine, payer: str
) -> None:
    node.send(ALICE, 1 * ETHER)
    node.send(ALICE, 2 * ETHER, data="0xdeadbeef")
    node.transact(payer, "pay", ALICE, 4 * ETHER)
    node.transact(payer, "pay_many", [BOB, ALICE, BOB], 8 * ETHER)
    node.mine(2)
    await turns(watcher)
    assert engine.balance("ID1", "eth")[0] == 15 * ETHER
    assert engine.balance("ID2", "eth")[0] == 16 * ETHER
    node.transact(payer, "destroy", BOB)
    node.mine(2)
    left = 100 * ETHER - 4 * ETHER - 24 * ETHER
    await turns(watcher)
    assert engine.balance("ID2", "eth")[0] == 16 * ETHER + left


async def test_who_has_sent_a_deposit_is_kept_with_it(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, token: str
) -> None:
    node.send(ALICE, ETHER, sender=1)
    node.transact(token, "transfer", ALICE, 5)
    node.mine(2)
    await turns(watcher)
    sent = {deposit.currency: deposit.from_addresses for deposit in await all_deposits(services)}
    assert sent == {"eth": (node.accounts[1].lower(),), "usdt": (node.accounts[0].lower(),)}


async def test_t43_what_a_block_pays_to_whoever_made_it_is_credited(
    node: AnvilNode, watcher: NetworkWatcher, engine: RecordingEngine
) -> None:
    node.rpc("anvil_setCoinbase", ALICE)
    txid = node.send(BOB, 1)
    node.mine(2)
    await turns(watcher)
    receipt = node.rpc("eth_getTransactionReceipt", txid)
    base = int(node.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)["baseFeePerGas"], 16)
    tip = int(receipt["gasUsed"], 16) * (int(receipt["effectiveGasPrice"], 16) - base)
    assert tip > 0
    assert engine.balance("ID1", "eth")[0] == tip


async def test_t39_what_was_undone_is_no_deposit(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, payer: str, token: str
) -> None:
    node.transact(payer, "pay_and_fail", ALICE, ETHER)
    node.transact(token, "set_mode", 4)
    node.transact(token, "transfer", ALICE, 5)
    node.mine(2)
    await turns(watcher)
    assert await all_deposits(services) == []
    assert await exceptions(services) == {}


async def test_t40_a_token_that_answers_false_pays_nothing(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, token: str
) -> None:
    node.transact(token, "set_mode", 1)
    node.transact(token, "transfer", ALICE, 5)
    node.mine(2)
    await turns(watcher)
    assert await all_deposits(services) == []


async def test_t41_a_log_without_money_and_a_look_alike_are_listed_and_not_credited(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, engine: RecordingEngine, token: str
) -> None:
    node.transact(token, "set_mode", 2)
    fake = node.transact(token, "transfer", ALICE, 5)
    other = node.deploy("token", SUPPLY, 18)
    alike = node.transact(other, "transfer", ALICE, 7)
    node.mine(2)
    await turns(watcher)
    assert await exceptions(services) == {f"{fake}:log0": "not_received", f"{alike}:log0": "unknown_asset"}
    assert engine.balance("ID1", "usdt")[0] == 0


async def test_t42_of_a_token_that_keeps_a_part_what_arrived_is_credited(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, engine: RecordingEngine, token: str
) -> None:
    node.transact(token, "set_mode", 3)
    node.transact(token, "transfer", ALICE, 1_000)
    node.mine(2)
    await turns(watcher)
    [deposit] = await all_deposits(services)
    assert (deposit.chain_amount, deposit.amount) == (900, 900)
    assert engine.balance("ID1", "usdt")[0] == 900


async def test_t44_each_transfer_of_a_transaction_is_credited_once(
    node: AnvilNode,
    watcher: NetworkWatcher,
    services: CustodyServices,
    engine: RecordingEngine,
    token: str,
    payer: str,
) -> None:
    node.transact(payer, "pay_tokens", token, [ALICE, BOB, ALICE], 10)
    node.transact(token, "approve", node.accounts[1], 100)
    node.mine()
    node.transact(token, "transferFrom", node.accounts[0], BOB, 5, sender=1)
    node.mine(2)
    await turns(watcher)
    assert (engine.balance("ID1", "usdt")[0], engine.balance("ID2", "usdt")[0]) == (20, 15)
    assert len(await all_deposits(services)) == 4


async def test_t45_a_deposit_that_a_reorganisation_moves_is_the_same_one(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, engine: RecordingEngine, token: str
) -> None:
    sender = new_account()
    node.send(sender.address, ETHER)
    node.transact(token, "transfer", sender.address, 100)
    node.mine()
    raw = signed_transfer(node, sender, token, ALICE, 10)
    txid = node.rpc("eth_sendRawTransaction", raw)
    node.mine()
    await turns(watcher)
    [before] = await all_deposits(services)
    assert (before.txid, before.state) == (txid, DepositState.CONFIRMING)
    node.reorganise(1)
    node.mine()
    await turns(watcher)
    [gone] = await all_deposits(services)
    assert gone.state is DepositState.ORPHANED
    # The same bytes again, behind another transfer: the log has another number in the block.
    node.transact(token, "transfer", BOB, 3)
    node.rpc("eth_sendRawTransaction", raw)
    node.mine(3)
    await turns(watcher)
    moved = {deposit.txid: deposit for deposit in await all_deposits(services)}[txid]
    assert (moved.tid, moved.state) == (before.tid, DepositState.CREDITED)
    assert moved.block_hash != before.block_hash
    assert (engine.balance("ID1", "usdt")[0], engine.balance("ID2", "usdt")[0]) == (10, 3)


def signed_transfer(node: AnvilNode, sender: Any, token: str, receiver: str, amount: int) -> str:
    """A transfer of tokens as raw bytes in hex, which can be sent again."""
    transaction = {
        "to": to_checksum_address(token),
        "value": 0,
        "data": node.call_data(token, "transfer", receiver, amount),
        "gas": 200_000,
        "gasPrice": 10**10,
        "nonce": 0,
        "chainId": CHAIN_ID,
    }
    return f"0x{sender.sign_transaction(transaction).raw_transaction.hex()}"


async def test_t46_amounts_that_no_books_can_hold_are_listed(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, assets: FixedAssets
) -> None:
    huge = node.deploy("token", 2**256 - 1, 0)
    fine = node.deploy("token", SUPPLY, 77)
    assets.all_assets["ethereum", "huge"] = network_asset(
        "huge", "ethereum", contract=huge, chain_decimals=0, decimals=0
    )
    assets.all_assets["ethereum", "fine"] = network_asset(
        "fine", "ethereum", contract=fine, chain_decimals=77, decimals=18
    )
    first = node.transact(huge, "transfer", ALICE, 2**256 - 1)
    second = node.transact(fine, "transfer", ALICE, 12_345)
    node.mine(3)
    await turns(watcher)
    assert await exceptions(services) == {f"{first}:log0": "amount_too_large", f"{second}:log0": "digits_lost"}


async def test_t47_transfers_of_nothing_leave_no_trace(
    node: AnvilNode, watcher: NetworkWatcher, services: CustodyServices, token: str
) -> None:
    node.transact(token, "transfer", ALICE, 0)
    node.mine(2)
    await turns(watcher)
    assert await all_deposits(services) == []
    assert await exceptions(services) == {}


@pytest.fixture
async def deceived(services: CustodyServices, proxy: NodeProxy) -> AsyncIterator[NetworkWatcher]:
    """A watcher behind the proxy."""
    reader = EvmReader(proxy.url, CHAIN_ID)
    yield watcher_of(services, NET, reader)
    await reader.close()


LIES = {
    "no logs": ("eth_getBlockReceipts", lambda receipts: [{**one, "logs": []} for one in receipts or []], "node_fault"),
    "no receipts": ("eth_getBlockReceipts", lambda _receipts: None, "node_fault"),
    "a trace is missing": ("debug_traceBlockByHash", lambda traces: traces[:-1], "node_fault"),
    "another chain": ("eth_chainId", lambda _chain: "0x1", "wrong_chain"),
    "no block": ("eth_getBlockByNumber", lambda _header: None, "node_unavailable"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_t48_a_node_that_lies_moves_nothing_and_what_it_hid_is_credited_once_it_tells_the_truth(
    node: AnvilNode,
    services: CustodyServices,
    engine: RecordingEngine,
    token: str,
    proxy: NodeProxy,
    deceived: NetworkWatcher,
    lie: str,
) -> None:
    method, told, alarm = LIES[lie]
    await turns(deceived)
    node.transact(token, "transfer", ALICE, 10)
    node.mine(3)
    proxy.rules[method] = told
    await deceived.turn()
    assert list(await alarms(services)) == [alarm]
    assert engine.commands == []
    proxy.rules.clear()
    await turns(deceived)
    assert engine.balance("ID1", "usdt")[0] == 10
    assert await alarms(services) == {}


async def test_t48_a_head_that_jumps_back_changes_nothing(
    node: AnvilNode,
    services: CustodyServices,
    engine: RecordingEngine,
    token: str,
    proxy: NodeProxy,
    deceived: NetworkWatcher,
) -> None:
    node.transact(token, "transfer", ALICE, 10)
    node.mine(5)
    await turns(deceived)
    earlier = node.rpc("eth_getBlockByNumber", hex(node.height() - 3), False)
    proxy.rules["eth_getBlockByNumber"] = lambda _header: earlier
    await deceived.turn()
    assert list(await alarms(services)) == ["node_behind"]
    proxy.rules.clear()
    await turns(deceived)
    assert [deposit.state for deposit in await all_deposits(services)] == [DepositState.CREDITED]
    assert len(engine.commands) == 1


async def test_t41_what_a_node_cannot_verify_is_listed_until_it_can(
    node: AnvilNode,
    services: CustodyServices,
    engine: RecordingEngine,
    token: str,
    proxy: NodeProxy,
    deceived: NetworkWatcher,
) -> None:
    proxy.rules["eth_call"] = lambda _result: NODE_ERROR
    txid = node.transact(token, "transfer", ALICE, 10)
    node.mine(2)
    await turns(deceived)
    assert await exceptions(services) == {f"{txid}:log0": "unverified"}
    proxy.rules.clear()
    assert await look_again(services, NET.key) == 1
    await turns(deceived)
    assert engine.balance("ID1", "usdt")[0] == 10
    assert await exceptions(services) == {}
