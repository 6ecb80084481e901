"""Reading a real Litecoin node: every output once, MWEB's coins as what they are, reorganisations, wrong nodes."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from itertools import pairwise

import pytest

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader
from pyxiu.custody.chain import Block, BroadcastRefusedError, NodeUnavailableError, Payment, WrongChainError
from tests.support.litecoind import CHAIN, REPLACING, LitecoinNode, litecoin_node, needs_mweb

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind")]

REGTEST = NETWORKS[CHAIN]
LITOSHI = 10**8


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node(REPLACING) as started:
        started.past_mweb()
        yield started


@pytest.fixture
async def reader(node: LitecoinNode) -> AsyncIterator[BitcoinReader]:
    reader = BitcoinReader(node.url, REGTEST)
    yield reader
    await reader.close()


def script_of(node: LitecoinNode, address: str) -> str:
    return str(node.cli("getaddressinfo", address)["scriptPubKey"])


async def last_block(reader: BitcoinReader) -> Block:
    tip = await reader.tip()
    [block] = await reader.blocks(tip.height, tip.height)
    return block


def paying(block: Block, script: str) -> list[Payment]:
    return [payment for payment in block.payments if payment.destination == script]


async def test_the_node_is_on_the_network_that_was_configured(reader: BitcoinReader) -> None:
    await reader.check()


async def test_t36_a_node_of_another_network_is_refused(node: LitecoinNode) -> None:
    for name in sorted({"bitcoin-regtest", "litecoin-regtest", "litecoin", "dogecoin"} - {CHAIN}):
        reader = BitcoinReader(node.url, NETWORKS[name])
        with pytest.raises(WrongChainError, match="expected a node with genesis"):
            await reader.check()
        await reader.close()


async def test_every_block_from_genesis_on_is_read_and_linked(reader: BitcoinReader, node: LitecoinNode) -> None:
    tip = await reader.tip()
    blocks = await reader.blocks(0, tip.height)
    assert [block.height for block in blocks] == list(range(tip.height + 1))
    assert [block.hash for block in blocks[1::50]] == [
        node.cli("getblockhash", block.height) for block in blocks[1::50]
    ]
    assert all(child.parent == parent.hash for parent, child in pairwise(blocks))
    assert sum(len(block.payments) for block in blocks) >= len(blocks) - 1


async def test_a_payment_is_exact_and_keeps_its_identity(reader: BitcoinReader, node: LitecoinNode) -> None:
    address = node.cli("getnewaddress")
    txid = node.cli("sendtoaddress", address, "1.00000001")
    node.mine()
    [payment] = paying(await last_block(reader), script_of(node, address))
    assert (payment.txid, payment.amount, payment.min_depth) == (txid, LITOSHI + 1, 0)
    output = node.cli("gettxout", txid, payment.ordinal)
    assert Decimal(str(output["value"])) == Decimal("1.00000001")


@pytest.mark.parametrize("kind", ["legacy", "p2sh-segwit", "bech32"])
async def test_every_kind_of_address_is_found_by_its_script(
    reader: BitcoinReader, node: LitecoinNode, kind: str
) -> None:
    address = node.cli("getnewaddress", "", kind)
    node.cli("sendtoaddress", address, "0.5")
    node.mine()
    assert [payment.amount for payment in paying(await last_block(reader), script_of(node, address))] == [LITOSHI // 2]


async def test_t33_equal_payments_of_one_transaction_are_two_payments(
    reader: BitcoinReader, node: LitecoinNode
) -> None:
    address, other = node.cli("getnewaddress"), node.cli("getnewaddress")
    [coin] = [coin for coin in node.cli("listunspent", 1) if coin["amount"] > 5][:1]
    inputs = [{"txid": coin["txid"], "vout": coin["vout"]}]
    change = round(coin["amount"] - 2.001, 8)
    raw = node.cli(
        "createrawtransaction", inputs, [{address: 1}, {other: 1}, {node.cli("getrawchangeaddress"): change}]
    )
    # A raw transaction takes an address once; the second output to it is written by hand.
    pays_twice = raw.replace(script_of(node, other), script_of(node, address))
    signed = node.cli("signrawtransactionwithwallet", pays_twice)["hex"]
    txid = node.cli("sendrawtransaction", signed)
    node.mine()
    block = await last_block(reader)
    found = paying(block, script_of(node, address))
    assert [(payment.txid, payment.amount) for payment in found] == [(txid, LITOSHI)] * 2
    assert len({payment.id for payment in found}) == 2
    assert [spend for spend in block.spends if spend.spent_txid == coin["txid"]]


@needs_mweb
async def test_t29_a_peg_out_is_one_payment_that_matures(reader: BitcoinReader, node: LitecoinNode) -> None:
    address = node.cli("getnewaddress", "", "bech32")
    node.peg_out(address, 4)
    rows = [row for row in node.cli("listtransactions", "*", 20) if row.get("address") == address]
    assert len(rows) == 2, "the node's wallet tells the same coin twice"
    block = await last_block(reader)
    [payment] = paying(block, script_of(node, address))
    assert (payment.amount, payment.min_depth) == (4 * LITOSHI, 6)
    assert payment.txid == node.cli("getblock", block.hash)["tx"][-1], "it is an output of the block's last transaction"
    assert node.cli("gettxout", payment.txid, payment.ordinal) is not None


async def test_t30_a_reorganisation_shows_by_the_parent_and_keeps_identities(
    reader: BitcoinReader, node: LitecoinNode
) -> None:
    address = node.cli("getnewaddress")
    node.cli("sendtoaddress", address, 2)
    node.mine(3)
    tip = await reader.tip()
    before = await reader.blocks(tip.height - 2, tip.height)
    node.reorganise(3)
    after = await reader.blocks(tip.height - 2, tip.height + 1)
    assert after[0].parent == before[0].parent
    assert {block.hash for block in after}.isdisjoint(block.hash for block in before)
    script = script_of(node, address)
    [was], [now] = ([one for block in blocks for one in paying(block, script)] for blocks in (before, after))
    assert was == now


async def test_beyond_the_tip_there_is_nothing_yet(reader: BitcoinReader) -> None:
    tip = await reader.tip()
    assert await reader.hash_at(tip.height + 1) is None
    with pytest.raises(NodeUnavailableError):
        await reader.blocks(tip.height, tip.height + 1)


async def test_a_transaction_is_unknown_then_pooled_then_in_a_block(reader: BitcoinReader, node: LitecoinNode) -> None:
    unknown = await reader.inclusion("00" * 32)
    assert (unknown.pooled, unknown.block) == (False, None)
    txid = node.cli("sendtoaddress", node.cli("getnewaddress"), 1)
    assert (await reader.inclusion(txid)).pooled
    node.mine()
    included = await reader.inclusion(txid)
    assert included.block == await reader.tip()


async def test_sending_the_same_bytes_again_is_no_error(reader: BitcoinReader, node: LitecoinNode) -> None:
    txid = node.cli("sendtoaddress", node.cli("getnewaddress"), 1)
    signed = bytes.fromhex(node.cli("getrawtransaction", txid))
    assert await reader.broadcast(signed) == txid
    node.mine()
    assert await reader.broadcast(signed) == txid
    with pytest.raises(BroadcastRefusedError):
        await reader.broadcast(b"\x00" * 60)


async def test_a_node_that_is_away_is_told_without_its_password() -> None:
    reader = BitcoinReader("http://user:password@127.0.0.1:1/", REGTEST)
    with pytest.raises(NodeUnavailableError) as raised:
        await reader.tip()
    assert "password" not in str(raised.value)
    await reader.close()
