"""Networks that are told apart by parameters alone: the contract of readers over recorded forms, and split chains.

No node of these was run: a server here answers in the form of theirs. What only a real one shows stays unproven, as
`params.py` says of them.
"""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import pytest

from pyxiu.adapters.chains.bitcoin.addresses import AddressDeriver, account_xpub, address_of, script_of
from pyxiu.adapters.chains.bitcoin.build import BitcoinPayouts
from pyxiu.adapters.chains.bitcoin.params import NETWORKS, Network
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader
from pyxiu.custody.chain import NodeFaultError, NodeUnavailableError, PaymentKind, WrongChainError
from pyxiu.custody.payouts.ports import Coin, Key, Pooled
from pyxiu.custody.ports import ChainReader
from pyxiu.plugins.testing import ChainsContract, PayoutsContract

UNPROVEN = ["dogecoin", "dash", "bitcoin-cash"]
#: Above every checkpoint.
TIP = 600_000
SPLIT = 478_559
#: The transaction that waits for a block.
WAITING: Final = "c" * 64
BITCOIN, CASH = NETWORKS["bitcoin"], NETWORKS["bitcoin-cash"]


class ToldNode:
    """Answers as the network's node does, with four blocks at the end; `told` replaces hashes by height."""

    def __init__(self, network: Network, *, tip: int = TIP) -> None:
        self.network = network
        self.tip = tip
        self.told: dict[int, str] = {0: network.genesis}
        self.told |= {checkpoint.height: checkpoint.hash for checkpoint in network.checkpoints}
        #: By method: what older nodes of the family say, which know of no smallest fee and have no estimate.
        self.says: dict[str, Any] = {
            "getmempoolinfo": {"size": 0, "mempoolminfee": 0.00001},
            "estimatesmartfee": {"feerate": -1, "blocks": 3},
            "getrawmempool": [WAITING],
        }
        node = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                many = [node.answer(one) for one in (asked if isinstance(asked, list) else [asked])]
                body = json.dumps(many if isinstance(asked, list) else many[0]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def hash_at(self, height: int) -> str:
        return self.told.get(height, f"{height:064x}")

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        method, params = asked["method"], asked["params"]
        if method == "getblockchaininfo":
            return {"id": asked["id"], "result": {"blocks": self.tip, "bestblockhash": self.hash_at(self.tip)}}
        if method == "getblockhash" and params[0] <= self.tip:
            return {"id": asked["id"], "result": self.hash_at(params[0])}
        if method == "getblock":
            return {"id": asked["id"], "result": self.block(int(params[0], 16))}
        if method == "getrawtransaction" and params[0] == WAITING:
            return {"id": asked["id"], "result": self.waiting()}
        if method in self.says:
            return {"id": asked["id"], "result": self.says[method]}
        code = -8 if method == "getblockhash" else -5
        return {"id": asked["id"], "result": None, "error": {"code": code, "message": "not there"}}

    def waiting(self) -> dict[str, Any]:
        """The one transaction of the pool, as nodes tell one that no block has."""
        deriver = AddressDeriver(account_xpub(bytes(32), self.network), self.network)
        return {
            "txid": WAITING,
            "vin": [{"txid": f"{self.tip:063x}b", "vout": 0}],
            "vout": [_output(0, deriver.script(3), 0.12345)],
        }

    def block(self, height: int) -> dict[str, Any]:
        """A reward and a payment to an address of account 0, with the odd outputs that such blocks have."""
        deriver = AddressDeriver(account_xpub(bytes(32), self.network), self.network)
        reward = {
            "txid": f"{height:063x}a",
            "vin": [{"coinbase": "00"}],
            "vout": [_output(0, deriver.script(0), 10.0)],
        }
        paid = {
            "txid": f"{height:063x}b",
            "vin": [{"txid": f"{height:063x}a", "vout": 0}],
            "vout": [
                _output(0, deriver.script(1), 0.12345678),
                {"n": 1, "value": 0.0, "scriptPubKey": {"hex": "6a00", "type": "nulldata"}},
                _output(2, deriver.script(2), 21.00000001),
            ],
        }
        return {
            "hash": self.hash_at(height),
            "height": height,
            "time": 1_700_000_000,
            "previousblockhash": self.hash_at(height - 1),
            "tx": [reward, paid],
        }


def _output(number: int, script: str, value: float) -> dict[str, Any]:
    return {"n": number, "value": value, "scriptPubKey": {"hex": script, "type": "pubkeyhash"}}


@pytest.fixture
def nodes() -> Iterator[list[ToldNode]]:
    started: list[ToldNode] = []
    yield started
    for node in started:
        node.close()


def told(nodes: list[ToldNode], network: Network, **fields: Any) -> ToldNode:
    nodes.append(ToldNode(network, **fields))
    return nodes[-1]


async def test_what_waits_in_a_pool_is_read_as_what_it_pays_and_spends(node: ToldNode) -> None:
    reader = BitcoinReader(node.url, node.network)
    try:
        (found,) = await reader.pool_transactions(await reader.pool_ids())
    finally:
        await reader.close()
    assert (found.txid, found.spends) == (WAITING, [f"{TIP:063x}b:0"])
    assert [payment.amount for payment in found.payments] == [12_345_000]


class TestUnproven(ChainsContract):
    @pytest.fixture(params=UNPROVEN)
    async def reader(self, request: pytest.FixtureRequest, nodes: list[ToldNode]) -> AsyncIterator[ChainReader]:
        network = NETWORKS[request.param]
        reader = BitcoinReader(told(nodes, network).url, network)
        yield reader
        await reader.close()


@pytest.fixture(params=UNPROVEN)
def node(request: pytest.FixtureRequest, nodes: list[ToldNode]) -> ToldNode:
    return told(nodes, NETWORKS[request.param])


@pytest.fixture
async def payouts(node: ToldNode) -> AsyncIterator[BitcoinPayouts]:
    chain = BitcoinPayouts(node.url, node.network)
    yield chain
    await chain.close()


class TestUnprovenPayouts(PayoutsContract):
    @pytest.fixture
    def address(self, node: ToldNode) -> str:
        return AddressDeriver(account_xpub(bytes(32), node.network), node.network).address(0)


async def test_a_pool_that_tells_nothing_of_ancestors_gets_no_child(node: ToldNode, payouts: BitcoinPayouts) -> None:
    for entry in ({"size": 190, "fee": 0.00001}, {"size": 190, "fees": {"base": 0.00001}}):
        node.says["getmempoolentry"] = entry
        assert await payouts.pooled("aa" * 32) is None
    node.says["getmempoolentry"] = {"ancestorsize": 190, "fees": {"ancestor": 0.0002}}
    assert await payouts.pooled("aa" * 32) == Pooled(190, 20_000)


async def test_an_answer_of_another_form_is_the_nodes_fault(node: ToldNode, payouts: BitcoinPayouts) -> None:
    node.says |= {"getmempoolinfo": {}, "getmempoolentry": [], "getrawtransaction": {"vin": 3}}
    for asked in (payouts.fees(), payouts.pooled("aa" * 32), payouts.fee_paid("aa" * 32)):
        with pytest.raises(NodeFaultError):
            await asked


async def test_the_transactions_that_the_signer_reads_amounts_of_are_those_that_are_spent(
    node: ToldNode, payouts: BitcoinPayouts
) -> None:
    node.says["getrawtransaction"] = "0200"
    coins = [Coin(f"{'aa' * 32}:{number}", 5, "", Key("hot", 0, 0)) for number in range(2)]
    wanted = {} if node.network.covers_amounts else {"aa" * 32: "0200"}
    assert await payouts.previous(coins) == wanted


@pytest.mark.parametrize("name", UNPROVEN)
async def test_outputs_are_found_by_the_addresses_that_members_are_given(name: str, nodes: list[ToldNode]) -> None:
    network = NETWORKS[name]
    reader = BitcoinReader(told(nodes, network).url, network)
    [block] = await reader.blocks(TIP, TIP)
    await reader.close()
    deriver = AddressDeriver(account_xpub(bytes(32), network), network)
    reward, first, second = block.payments
    assert (reward.min_depth, first.min_depth) == (network.coinbase_maturity, 0)
    assert (first.amount, first.kind) == (12_345_678, PaymentKind.OUTPUT)
    for payment, index in ((first, 1), (second, 2)):
        assert payment.destination == script_of(deriver.address(index), network)
        assert address_of(payment.destination, network) == deriver.address(index)
    assert second.amount == 2_100_000_001
    assert [spend.spent_txid for spend in block.spends] == [reward.txid]


async def checked(node: ToldNode, network: Network) -> None:
    reader = BitcoinReader(node.url, network)
    try:
        await reader.check()
    finally:
        await reader.close()


async def test_t36_bitcoin_and_bitcoin_cash_are_told_apart_although_they_begin_the_same(
    nodes: list[ToldNode],
) -> None:
    assert BITCOIN.genesis == CASH.genesis
    bitcoin, cash = told(nodes, BITCOIN), told(nodes, CASH)
    await checked(bitcoin, BITCOIN)
    await checked(cash, CASH)
    for node, network in ((bitcoin, CASH), (cash, BITCOIN)):
        with pytest.raises(WrongChainError, match=f"expected block {SPLIT}"):
            await checked(node, network)


async def test_t36_a_chain_that_split_off_later_is_no_bitcoin_cash_either(nodes: list[ToldNode]) -> None:
    later = told(nodes, CASH)
    later.told[CASH.checkpoints[-1].height] = "0" * 63 + "1"
    with pytest.raises(WrongChainError, match="expected block 556767"):
        await checked(later, CASH)


async def test_t36_a_node_that_has_not_come_to_the_split_is_not_believed_yet(nodes: list[ToldNode]) -> None:
    for network in (BITCOIN, CASH):
        with pytest.raises(NodeUnavailableError, match=f"not come to block {SPLIT}"):
            await checked(told(nodes, network, tip=SPLIT - 1), network)


def test_dust_is_each_networks_own() -> None:
    witness, legacy = "0014" + "00" * 20, f"76a914{'00' * 20}88ac"
    limits = {
        "bitcoin": (294, 546),
        "litecoin": (2_940, 5_460),
        "dash": (294, 546),
        "bitcoin-cash": (294, 546),
        "dogecoin": (1_000_000, 1_000_000),
    }
    for name, expected in limits.items():
        chain = BitcoinPayouts("http://127.0.0.1:1/", NETWORKS[name])
        assert (chain.dust(witness), chain.dust(legacy)) == expected, name


def test_no_two_networks_can_be_taken_for_each_other() -> None:
    seen = {(network.genesis, tuple(one.hash for one in network.checkpoints)) for network in NETWORKS.values()}
    assert len(seen) == len(NETWORKS)
