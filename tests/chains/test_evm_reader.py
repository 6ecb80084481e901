"""Reading a real EVM: what contracts move is found, what was undone or only claimed is not believed."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from pyxiu.adapters.chains.evm import reader as reader_module
from pyxiu.adapters.chains.evm.reader import EvmReader
from pyxiu.custody.chain import (
    Block,
    BroadcastRefusedError,
    Inclusion,
    NodeFaultError,
    NodeUnavailableError,
    Payment,
    PaymentKind,
    WrongChainError,
)
from tests.support.anvil import CHAIN_ID, ETHER, AnvilNode, new_account

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil")]

ALICE, BOB, CAROL = ("0x" + digit * 40 for digit in "abc")
SUPPLY = 10**27


@pytest.fixture(scope="module")
def token(node: AnvilNode) -> str:
    return node.deploy("token", SUPPLY, 18)


@pytest.fixture(scope="module")
def payer(node: AnvilNode, token: str) -> str:
    address = node.deploy("payer")
    node.send(address, 100 * ETHER)
    node.transact(token, "transfer", address, 10**24)
    node.mine()
    return address


@pytest.fixture
async def reader(node: AnvilNode) -> AsyncIterator[EvmReader]:
    reader = EvmReader(node.url, CHAIN_ID)
    yield reader
    await reader.close()


async def mined(node: AnvilNode, reader: EvmReader) -> Block:
    height = node.mine()
    [block] = await reader.blocks(height, height)
    return block


def to(block: Block, address: str) -> list[Payment]:
    return [payment for payment in block.payments if payment.destination == address]


async def test_t48_a_node_of_another_chain_is_refused(node: AnvilNode, reader: EvmReader) -> None:
    await reader.check()
    other = EvmReader(node.url, 1)
    with pytest.raises(WrongChainError):
        await other.check()
    await other.close()


async def test_all_blocks_are_read_and_linked(node: AnvilNode, reader: EvmReader, payer: str) -> None:
    height = node.mine(30)
    blocks = await reader.blocks(0, height)
    assert [block.height for block in blocks] == list(range(height + 1))
    assert blocks[-1].hash == (await reader.tip()).hash == await reader.hash_at(height)
    assert await reader.hash_at(height + 1) is None
    with pytest.raises(NodeUnavailableError):
        await reader.blocks(height, height + 1)


async def test_a_plain_payment_is_found(node: AnvilNode, reader: EvmReader) -> None:
    txid = node.send(ALICE, ETHER + 1)
    [payment] = to(await mined(node, reader), ALICE)
    assert (payment.txid, payment.amount, payment.kind) == (txid, ETHER + 1, PaymentKind.NATIVE)
    assert payment.id == f"{txid}:{ALICE}"


async def test_t43_what_contracts_pay_is_found(node: AnvilNode, reader: EvmReader, payer: str) -> None:
    start = node.height() + 1
    node.transact(payer, "pay", ALICE, ETHER)
    node.send(BOB, 7, data="0x1234", sender=1)
    node.transact(payer, "pay_many", [ALICE, BOB, CAROL, ALICE], 5, sender=2)
    bomb = node.deploy("payer")
    node.send(bomb, 3 * ETHER)
    node.mine()
    before = await reader.blocks(start, node.height())
    assert sorted(one.amount for block in before for one in to(block, ALICE)) == [10, ETHER]
    assert sorted(one.amount for block in before for one in to(block, BOB)) == [5, 7]
    node.transact(bomb, "destroy", CAROL)
    [payment] = to(await mined(node, reader), CAROL)
    assert payment.amount == 3 * ETHER


async def test_t39_what_was_undone_is_no_payment(node: AnvilNode, reader: EvmReader, payer: str) -> None:
    txid = node.transact(payer, "pay_and_fail", ALICE, ETHER, wei=ETHER)
    block = await mined(node, reader)
    assert to(block, ALICE) == []
    assert (await reader.inclusion(txid)).failed
    failed_with_value = node.send(payer, ETHER, data="0xdeadbeef")
    assert to(await mined(node, reader), ALICE) == []
    assert (await reader.inclusion(failed_with_value)).block is not None


async def test_a_token_payment_is_found_by_its_log(node: AnvilNode, reader: EvmReader, token: str) -> None:
    txid = node.transact(token, "transfer", ALICE, 123)
    block = await mined(node, reader)
    [payment] = to(block, ALICE)
    assert (payment.kind, payment.contract, payment.amount, payment.ordinal) == (PaymentKind.TOKEN, token, 123, 0)
    assert payment.id == f"{txid}:log0"
    assert await reader.token_delta(token, ALICE, block.height) == 123


async def test_t40_a_token_that_answers_false_pays_nothing(node: AnvilNode, reader: EvmReader) -> None:
    token = node.deploy("token", SUPPLY, 6)
    node.transact(token, "set_mode", 1)
    node.mine()
    txid = node.transact(token, "transfer", ALICE, 5)
    block = await mined(node, reader)
    assert not (await reader.inclusion(txid)).failed, "the transaction itself succeeds"
    assert to(block, ALICE) == []


@pytest.mark.parametrize(("mode", "claimed", "moved"), [(2, 1_000, 0), (3, 1_000, 900), (0, 1_000, 1_000)])
async def test_t41_t42_what_a_log_claims_is_compared_with_what_has_moved(
    node: AnvilNode, reader: EvmReader, mode: int, claimed: int, moved: int
) -> None:
    token = node.deploy("token", SUPPLY, 18)
    node.transact(token, "set_mode", mode)
    node.mine()
    node.transact(token, "transfer", BOB, claimed)
    block = await mined(node, reader)
    assert [payment.amount for payment in to(block, BOB)] == [claimed]
    assert await reader.token_delta(token, BOB, block.height) == moved


async def test_t44_each_log_of_a_transaction_is_a_payment_of_its_own(
    node: AnvilNode, reader: EvmReader, token: str, payer: str
) -> None:
    txid = node.transact(payer, "pay_tokens", token, [ALICE, BOB, ALICE], 11)
    block = await mined(node, reader)
    assert [(one.id, one.amount) for one in to(block, ALICE)] == [(f"{txid}:log0", 11), (f"{txid}:log2", 11)]
    assert [(one.id, one.amount) for one in to(block, BOB)] == [(f"{txid}:log1", 11)]
    node.transact(token, "approve", node.accounts[3], 50)
    node.transact(token, "transferFrom", node.accounts[0], CAROL, 50, sender=3)
    assert [one.amount for one in to(await mined(node, reader), CAROL)] == [50]


async def test_t45_a_reorganisation_drops_blocks_and_an_old_receipt_is_not_believed(
    node: AnvilNode, reader: EvmReader, token: str
) -> None:
    txid = node.transact(token, "transfer", CAROL, 77)
    before = await mined(node, reader)
    assert to(before, CAROL)
    node.mine(2)
    node.reorganise(3)
    [after] = await reader.blocks(before.height, before.height)
    assert after.hash != before.hash
    assert after.parent == before.parent
    assert to(after, CAROL) == []
    assert (await reader.inclusion(txid)).block is None


async def test_t43_what_a_block_pays_without_a_transaction_is_asked_of_no_node(reader: EvmReader) -> None:
    assert await reader.inclusion("withdrawal7") == Inclusion(pooled=False)


async def test_t46_an_amount_as_large_as_can_be_is_exact(node: AnvilNode, reader: EvmReader) -> None:
    token = node.deploy("token", 2**256 - 1, 77)
    node.transact(token, "transfer", ALICE, 2**256 - 1)
    [payment] = to(await mined(node, reader), ALICE)
    assert payment.amount == 2**256 - 1


async def test_t47_a_transfer_of_nothing_is_no_payment(node: AnvilNode, reader: EvmReader, token: str) -> None:
    node.transact(token, "transfer", ALICE, 0)
    assert to(await mined(node, reader), ALICE) == []


class LyingNode(httpx.AsyncBaseTransport):
    """The real node, but it leaves things out."""

    def __init__(self, lie: Any) -> None:
        self._lie = lie
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        body = json.loads(await response.aread())
        answers = body if isinstance(body, list) else [body]
        for answer in answers:
            answer["result"] = self._lie(answer.get("result"))
        return httpx.Response(200, json=body)

    async def aclose(self) -> None:
        await self._real.aclose()


def without_a_log(result: Any) -> Any:
    if isinstance(result, list) and result and "logs" in result[0]:
        result[0]["logs"] = result[0]["logs"][1:]
    return result


def without_receipts(result: Any) -> Any:
    return None if isinstance(result, list) and result and "logs" in result[0] else result


def without_a_trace(result: Any) -> Any:
    return result[1:] if isinstance(result, list) and result and "txHash" in result[0] else result


def of_another_block(result: Any) -> Any:
    if isinstance(result, list) and result and "logs" in result[0]:
        result[0]["blockHash"] = "0x" + "11" * 32
    return result


@pytest.mark.parametrize("lie", [without_a_log, without_receipts, without_a_trace, of_another_block])
async def test_t48_a_node_that_leaves_something_out_is_noticed(
    node: AnvilNode, reader: EvmReader, token: str, lie: Any
) -> None:
    node.transact(token, "transfer", ALICE, 9)
    height = node.mine()
    assert await reader.blocks(height, height)
    liar = EvmReader(node.url, CHAIN_ID)
    await liar._rpc.close()
    liar._rpc._client = httpx.AsyncClient(transport=LyingNode(lie))
    with pytest.raises(NodeFaultError):
        await liar.blocks(height, height)
    await liar.close()


async def test_sending_the_same_bytes_again_is_no_error(node: AnvilNode, reader: EvmReader) -> None:
    account = new_account()
    node.send(account.address, ETHER)
    node.mine()
    fields = {
        "nonce": 0,
        "to": "0x" + "12" * 20,
        "value": 5,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 1,
        "chainId": CHAIN_ID,
    }
    signed = bytes(account.sign_transaction(fields).raw_transaction)
    txid = await reader.broadcast(signed)
    assert await reader.broadcast(signed) == txid
    assert (await reader.inclusion(txid)).pooled
    node.mine()
    assert await reader.broadcast(signed) == txid
    assert (await reader.inclusion(txid)).block == await reader.tip()
    with pytest.raises(BroadcastRefusedError):
        await reader.broadcast(bytes(account.sign_transaction({**fields, "value": 6}).raw_transaction))


def test_the_filter_knows_the_selectors() -> None:
    from eth_hash.auto import keccak

    assert "0x" + keccak(b"Transfer(address,address,uint256)").hex() == reader_module.TRANSFER
    assert "0x" + keccak(b"balanceOf(address)")[:4].hex() == reader_module.BALANCE_OF
