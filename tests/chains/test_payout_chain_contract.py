"""What building, signing and sending do, whatever the chain: the Bitcoin family's and EVM's adapters on real nodes.

A chain joins by a class with its own ways to fund and to build; the tests are the same.
"""

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import pytest
from embit.bip32 import HDKey
from embit.networks import NETWORKS as EMBIT_NETWORKS
from msgspec.structs import replace

from pyxiu.adapters.chains.bitcoin.addresses import AddressDeriver
from pyxiu.adapters.chains.bitcoin.build import BitcoinPayouts
from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.sign import BitcoinSigner
from pyxiu.adapters.chains.evm.addresses import EvmAddressDeriver
from pyxiu.adapters.chains.networks import make_reader
from pyxiu.adapters.chains.payouts import make_payout_chain, make_signing_chain
from pyxiu.custody.chain import BroadcastRefusedError, HistoryMissingError
from pyxiu.custody.payouts.payload import (
    AccountPayload,
    ChangeWords,
    GasWords,
    PayeeWords,
    Payload,
    UtxoInput,
    UtxoPayload,
    words_of,
)
from pyxiu.custody.payouts.ports import AccountChain, Coin, ForeignSpend, GasCall, Key, Signed, SigningChain, UtxoChain
from tests.support.anvil import ETHER, AnvilNode, anvil_node, new_account
from tests.support.litecoind import CHAIN, LitecoinNode, is_paid, litecoin_node

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("payout contract")]

SEED = secrets.token_bytes(32)
PATHS = {CHAIN: "m/84h/1h/0h", "evm:31337": "m/44h/60h/0h"}


def account(chain: str) -> HDKey:
    return HDKey.from_seed(SEED).derive(PATHS[chain])


def public(chain: str) -> str:
    return str(account(chain).to_public().to_base58(version=EMBIT_NETWORKS["main"]["xpub"]))


def private(chain: str, key_id: str) -> str:
    assert key_id == "hot"
    return str(account(chain).to_base58(version=EMBIT_NETWORKS["main"]["xprv"]))


class Mined(NamedTuple):
    """A payment in a block."""

    payload: Payload
    txid: str
    height: int


class Lab:
    """One chain with a funded source of ours. `pay` makes the payload of a payment."""

    name: str
    node: Any
    chain: Any

    async def fund(self) -> None: ...

    def mine(self) -> None:
        self.node.mine(1)

    def stranger(self) -> str:
        raise NotImplementedError

    async def pay(self, address: str, amount: int) -> Payload:
        raise NotImplementedError

    def signer(self) -> SigningChain:
        return make_signing_chain(self.name, lambda key_id: private(self.name, key_id))

    async def found(self, mined: "Mined") -> ForeignSpend | None:
        """What is in the payment's place, found by its coin or its nonce."""
        raise NotImplementedError


class LitecoinLab(Lab):
    name = CHAIN
    amount = 100_000

    def __init__(self, node: LitecoinNode) -> None:
        self.node = node
        self.chain: UtxoChain = make_payout_chain(self.name, node.url)  # type: ignore[assignment]  # by its name
        self.own = AddressDeriver(public(self.name), NETWORKS[self.name])

    async def fund(self) -> None:
        txid = self.node.cli("sendtoaddress", self.own.address(0), 1)
        self.mine()
        outputs = self.node.cli("getrawtransaction", txid, True)["vout"]
        [ordinal] = [one["n"] for one in outputs if is_paid(one, self.own.address(0))]
        self.coin = Coin(f"{txid}:{ordinal}", 10**8, self.own.script(0), Key("hot", 0, 0))

    def stranger(self) -> str:
        return str(self.node.cli("getnewaddress"))

    async def pay(self, address: str, amount: int) -> Payload:
        destination = self.chain.destination(address) or ""
        size = self.chain.size([self.coin.script], [destination, self.coin.script])
        fee = size * (await self.chain.fees()).rate // 1_000 + 1
        change = self.coin.amount - amount - fee
        unsigned = self.chain.build([self.coin], [(destination, amount), (self.coin.script, change)])
        spent = UtxoInput(
            coin=self.coin.id, amount=str(self.coin.amount), script=self.coin.script, key="hot", path="0/0"
        )
        return UtxoPayload(
            form="utxo-1",
            network="net",
            chain=self.name,
            payout=1,
            attempt=1,
            purpose="withdrawal",
            currency="ltc",
            unsigned=unsigned.hex(),
            inputs=[spent],
            outputs=[PayeeWords(address=address, destination=destination, amount=str(amount))],
            change=ChangeWords(destination=self.coin.script, amount=str(change), key="hot", path="0/0"),
            fee=str(fee),
            previous=await self.chain.previous([self.coin]),
        )

    async def found(self, mined: "Mined") -> ForeignSpend | None:
        return await self.chain.spends(mined.txid, mined.height)


#: As Dogecoin and Dash are: no segwit, and amounts that signatures do not cover.
LEGACY = replace(NETWORKS[CHAIN], segwit=False)


class LegacyLab(LitecoinLab):
    """A real node that takes the signatures of networks without segwit, as every node of the family does."""

    def __init__(self, node: LitecoinNode) -> None:
        super().__init__(node)
        self.chain = BitcoinPayouts(node.url, LEGACY)
        self.own = AddressDeriver(public(self.name), LEGACY)

    def stranger(self) -> str:
        return str(self.node.cli("getnewaddress", "", "bech32"))

    def signer(self) -> SigningChain:
        return BitcoinSigner(LEGACY, lambda key_id: private(self.name, key_id))


class EvmLab(Lab):
    name = "evm:31337"
    amount = ETHER // 10

    def __init__(self, node: AnvilNode) -> None:
        self.node = node
        self.chain: AccountChain = make_payout_chain(self.name, node.url)  # type: ignore[assignment]  # by its name
        self.own = EvmAddressDeriver(public(self.name)).address(0)

    async def fund(self) -> None:
        self.node.send(self.own, 10 * ETHER)
        self.mine()

    def stranger(self) -> str:
        return str(new_account().address)

    async def pay(self, address: str, amount: int) -> Payload:
        destination = self.chain.destination(address) or ""
        call = GasCall(sender=self.own, contract="", destination=destination, amount=amount)
        nonce, fees, gas = await self.chain.nonce(self.own), await self.chain.fees(), await self.chain.gas(call)
        unsigned = self.chain.build(call, nonce=nonce, gas=gas, max_fee=fees.max_fee, priority=fees.priority)
        return AccountPayload(
            form="account-1",
            network="net",
            chain=self.name,
            payout=1,
            attempt=1,
            purpose="withdrawal",
            currency="eth",
            unsigned=unsigned.hex(),
            sender=self.own,
            key="hot",
            path="0/0",
            nonce=nonce,
            contract="",
            outputs=[PayeeWords(address=address, destination=destination, amount=str(amount))],
            cancel=False,
            gas=GasWords(limit=str(gas), max_fee=str(fees.max_fee), priority=str(fees.priority)),
            fee=str(gas * fees.max_fee),
        )

    async def found(self, mined: "Mined") -> ForeignSpend | None:
        assert isinstance(mined.payload, AccountPayload)
        return await self.chain.taken_by(self.own, mined.payload.nonce)


@pytest.fixture(scope="module")
def litecoin() -> Iterator[LitecoinNode]:
    with litecoin_node() as started:
        started.mine(110)
        yield started


@pytest.fixture(scope="module")
def legacy() -> Iterator[LitecoinNode]:
    """Whose own coins are of the old kind, so that what it sends has no witnesses either."""
    with litecoin_node("-addresstype=legacy", "-changetype=legacy") as started:
        started.mine(110)
        yield started


@pytest.fixture(scope="module")
def anvil() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        yield started


@pytest.fixture(params=["litecoin", "legacy", "evm"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    made: Any
    if request.param != "evm":
        kind = {"litecoin": LitecoinLab, "legacy": LegacyLab}[request.param]
        made = kind(request.getfixturevalue(request.param))
    else:
        made = EvmLab(request.getfixturevalue("anvil"))
    await made.fund()
    yield made
    await made.chain.close()


def signed_by(lab: Any, payload: Payload) -> Signed:
    signer: SigningChain = lab.signer()
    signer.check(words_of(payload))
    return signer.sign(words_of(payload))


async def test_what_is_signed_is_taken_mined_and_found(lab: Any) -> None:
    address = lab.stranger()
    payload = await lab.pay(address, lab.amount)
    signed = signed_by(lab, payload)
    assert (await lab.chain.inclusion(signed.txid)).pooled is False
    node = make_reader(lab.name, lab.node.url)
    assert await node.broadcast(signed.raw) == signed.txid  # type: ignore[attr-defined]  # readers send, too
    assert (await lab.chain.inclusion(signed.txid)).pooled is True
    # Once more, in the pool and in a block: no error, and the same id.
    assert await node.broadcast(signed.raw) == signed.txid  # type: ignore[attr-defined]
    lab.mine()
    assert await node.broadcast(signed.raw) == signed.txid  # type: ignore[attr-defined]
    block = (await lab.chain.inclusion(signed.txid)).block
    assert block is not None
    assert block.height == await lab.chain.height()
    found = await lab.found(Mined(payload, signed.txid, block.height))
    assert found is not None
    assert found.txid == signed.txid
    assert (lab.chain.destination(address), "", lab.amount) in found.pays
    await node.close()


async def test_of_two_payments_with_one_coin_or_nonce_the_chain_takes_one(lab: Any) -> None:
    first = signed_by(lab, await lab.pay(lab.stranger(), lab.amount))
    second = signed_by(lab, await lab.pay(lab.stranger(), lab.amount))
    node = make_reader(lab.name, lab.node.url)
    await node.broadcast(first.raw)  # type: ignore[attr-defined]
    lab.mine()
    with pytest.raises(BroadcastRefusedError):
        await node.broadcast(second.raw)  # type: ignore[attr-defined]
    assert (await lab.chain.inclusion(second.txid)).block is None
    await node.close()


async def test_what_is_no_transaction_is_refused(lab: Any) -> None:
    node = make_reader(lab.name, lab.node.url)
    with pytest.raises(BroadcastRefusedError):
        await node.broadcast(b"\x02\x01")  # type: ignore[attr-defined]
    await node.close()


async def test_addresses_have_one_canonical_form_and_strangers_have_none(lab: Any) -> None:
    address = lab.stranger()
    assert lab.chain.destination(address) == lab.chain.destination(address.lower())
    for wrong in ("", "x", address[:-1], address + "1"):
        assert lab.chain.destination(wrong) is None


@pytest.fixture(scope="module")
def full_node() -> Iterator[AnvilNode]:
    """It keeps the states of its last blocks, as nodes do that are no archive."""
    with anvil_node("--prune-history", "20") as started:
        yield started


async def sent_with_nonce(node: AnvilNode, nonce: int) -> str:
    assert int(node.rpc("eth_getTransactionCount", node.accounts[0], "latest"), 16) == nonce
    txid = node.send(str(new_account().address), ETHER)
    node.mine(1)
    return txid


async def test_a_used_nonce_is_found_as_far_back_as_the_node_keeps_states(full_node: AnvilNode) -> None:
    chain: AccountChain = make_payout_chain("evm:31337", full_node.url)  # type: ignore[assignment]  # by its name
    sender, sent = full_node.accounts[0].lower(), []
    try:
        for nonce in range(3):
            sent.append(await sent_with_nonce(full_node, nonce))
            full_node.mine((40, 9, 0)[nonce])
        for nonce in (1, 2):
            found = await chain.taken_by(sender, nonce)
            assert found is not None
            assert found.txid == sent[nonce]
        with pytest.raises(HistoryMissingError, match="archive node"):
            await chain.taken_by(sender, 0)
        assert await chain.taken_by(sender, 3) is None
    finally:
        await chain.close()


async def test_a_used_nonce_is_found_in_any_block_of_a_node_that_keeps_all_states(anvil: AnvilNode) -> None:
    chain: AccountChain = make_payout_chain("evm:31337", anvil.url)  # type: ignore[assignment]  # by its name
    account = new_account()
    anvil.send(account.address, 10 * ETHER)
    anvil.mine(1)
    anvil.rpc("anvil_impersonateAccount", account.address)
    sent = []
    try:
        for blocks in (1, 1, 2, 3, 7, 30, 100, 1):
            sent.append(anvil.rpc("eth_sendTransaction", {"from": account.address, "to": account.address}))
            anvil.mine(blocks)
        found = [await chain.taken_by(account.address.lower(), nonce) for nonce in range(len(sent) + 1)]
        assert [one and one.txid for one in found] == [*sent, None]
    finally:
        await chain.close()
