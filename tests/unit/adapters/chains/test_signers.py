"""What the signers read out of bytes: a payload that says anything else than its bytes is refused, on every chain."""

import copy
import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from embit import script
from embit.bip32 import HDKey
from embit.ec import PublicKey, Signature
from embit.networks import NETWORKS as EMBIT_NETWORKS
from embit.transaction import Transaction as BitcoinTransaction
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.adapters.chains.bitcoin.addresses import AddressDeriver
from pyxiu.adapters.chains.bitcoin.build import BitcoinPayouts, unsigned_transaction
from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.previous import NotPreviousError, spent_output
from pyxiu.adapters.chains.bitcoin.unlock import fork_id_digest
from pyxiu.adapters.chains.evm.addresses import EvmAddressDeriver
from pyxiu.adapters.chains.evm.build import EvmPayouts
from pyxiu.adapters.chains.evm.transactions import (
    NotCanonicalError,
    Transaction,
    decode_unsigned,
    encode_unsigned,
    read_transfer,
    transfer_data,
)
from pyxiu.adapters.chains.payouts import make_signing_chain
from pyxiu.custody.payouts.ports import GasCall, PayloadRefusedError, SigningChain
from pyxiu.plugins.testing import SigningContract

SEEDS = {"hot": secrets.token_bytes(32), "deposits": secrets.token_bytes(32)}
COIN = "11" * 32
WHO = {"network": "net", "payout": 1, "attempt": 1, "purpose": "withdrawal", "currency": "coin"}


def account(chain: str, key_id: str) -> HDKey:
    purpose = "84h/1h" if chain in NETWORKS else "44h/60h"
    return HDKey.from_seed(SEEDS[key_id]).derive(f"m/{purpose}/0h")


def private(chain: str) -> Callable[[str], str]:
    return lambda key_id: str(account(chain, key_id).to_base58(version=EMBIT_NETWORKS["main"]["xprv"]))


def public(chain: str, key_id: str) -> str:
    return str(account(chain, key_id).to_public().to_base58(version=EMBIT_NETWORKS["main"]["xpub"]))


def utxo_payload(chain: str) -> dict[str, Any]:
    """Two coins of one transaction pay a deposit address of ours, and change."""
    network = NETWORKS[chain]
    hot, deposits = (AddressDeriver(public(chain, key_id), network) for key_id in ("hot", "deposits"))
    payee, change = deposits.script(7), hot.script(0)
    before = unsigned_transaction([f"{COIN}:0"], [(change, 50_000)] * 2)
    coin, outputs = txid_of(before), [(payee, 60_000), (change, 39_000)]
    return {
        **WHO,
        "form": "utxo-1",
        "chain": chain,
        "unsigned": unsigned_transaction([f"{coin}:0", f"{coin}:1"], outputs).hex(),
        "inputs": [
            {"coin": f"{coin}:{n}", "amount": "50000", "script": hot.script(0), "key": "hot", "path": "0/0"}
            for n in range(2)
        ],
        "previous": {} if network.covers_amounts else {coin: before.hex()},
        "outputs": [
            {
                "address": deposits.address(7),
                "destination": payee,
                "amount": "60000",
                "withdrawal": "TID1",
                "key": "deposits",
                "path": "0/7",
            }
        ],
        "change": {"destination": change, "amount": "39000", "key": "hot", "path": "0/0"},
        "fee": "1000",
    }


def litecoin_payload() -> dict[str, Any]:
    return utxo_payload("litecoin-regtest")


def txid_of(raw: bytes) -> str:
    return bytes(BitcoinTransaction.parse(raw).txid()).hex()


def ethereum_payload(contract: str = "") -> dict[str, Any]:
    sender = EvmAddressDeriver(public("evm:31337", "hot")).address(0)
    payee = EvmAddressDeriver(public("evm:31337", "deposits")).address(7)
    transaction = Transaction(
        chain_id=31337,
        nonce=4,
        priority=10,
        max_fee=100,
        gas=21_000,
        to=contract or payee,
        value=0 if contract else 5,
        data=transfer_data(payee, 5) if contract else b"",
    )
    return {
        **WHO,
        "form": "account-1",
        "chain": "evm:31337",
        "unsigned": encode_unsigned(transaction).hex(),
        "sender": sender,
        "key": "hot",
        "path": "0/0",
        "nonce": 4,
        "contract": contract,
        "outputs": [
            {
                "address": payee,
                "destination": payee,
                "amount": "5",
                "withdrawal": "TID1",
                "key": "deposits",
                "path": "0/7",
            }
        ],
        "cancel": False,
        "gas": {"limit": "21000", "max_fee": "100", "priority": "10"},
        "fee": "2100000",
    }


PAYLOADS: dict[str, Callable[[], dict[str, Any]]] = {
    "litecoin": litecoin_payload,
    "bitcoin cash": lambda: utxo_payload("bitcoin-cash"),
    "dogecoin": lambda: utxo_payload("dogecoin"),
    "dash": lambda: utxo_payload("dash"),
    "ethereum": ethereum_payload,
    "token": lambda: ethereum_payload("0x" + "aa" * 20),
}


def signer_of(payload: dict[str, Any]) -> SigningChain:
    chain = str(payload["chain"])
    return make_signing_chain(chain, private(chain))


class TestSigners(SigningContract):
    """T-61: every word that differs from the bytes is refused."""

    @pytest.fixture(params=list(PAYLOADS))
    def payload(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        return PAYLOADS[request.param]()

    @pytest.fixture
    def signing(self, payload: dict[str, Any]) -> SigningChain:
        return signer_of(payload)


def test_a_second_output_to_somebody_else_is_refused() -> None:
    payload = litecoin_payload()
    outputs = [(payload["outputs"][0]["destination"], 60_000), ("0014" + "77" * 20, 39_000)]
    payload["unsigned"] = unsigned_transaction([one["coin"] for one in payload["inputs"]], outputs).hex()
    with pytest.raises(PayloadRefusedError):
        signer_of(payload).check(payload)


def test_change_to_another_wallets_key_is_refused() -> None:
    payload = litecoin_payload()
    deposits = AddressDeriver(public("litecoin-regtest", "deposits"), NETWORKS["litecoin-regtest"])
    payload["change"] = {"destination": deposits.script(3), "amount": "39000", "key": "deposits", "path": "0/3"}
    outputs = [(payload["outputs"][0]["destination"], 60_000), (deposits.script(3), 39_000)]
    payload["unsigned"] = unsigned_transaction([one["coin"] for one in payload["inputs"]], outputs).hex()
    with pytest.raises(PayloadRefusedError, match="another wallet"):
        signer_of(payload).check(payload)


def test_call_data_beside_a_payment_of_the_coin_is_refused() -> None:
    payload = ethereum_payload()
    transaction = decode_unsigned(bytes.fromhex(payload["unsigned"]))
    fields = {name: getattr(transaction, name) for name in Transaction.__struct_fields__}
    payload["unsigned"] = encode_unsigned(Transaction(**{**fields, "data": b"\x01"})).hex()
    with pytest.raises(PayloadRefusedError, match="call data"):
        signer_of(payload).check(payload)


@pytest.mark.parametrize("chain", ["litecoin-regtest", "bitcoin-cash", "dogecoin", "dash"])
def test_each_networks_signatures_are_good_for_what_its_nodes_check(chain: str) -> None:
    """Digests by the library, but for Bitcoin Cash's, whose own vectors are below."""
    payload = utxo_payload(chain)
    signed = signer_of(payload).sign(payload)
    transaction = BitcoinTransaction.parse(signed.raw)
    assert signed.txid == txid_of(signed.raw)
    for number, vin in enumerate(transaction.vin):
        if NETWORKS[chain].segwit:
            signature, sec = vin.witness.items
        else:
            signature, sec = pushes(bytes(vin.script_sig.data))
        public = PublicKey.parse(sec)
        code = script.p2pkh(public)
        if NETWORKS[chain].segwit:
            digest, kind = transaction.sighash_segwit(number, code, 50_000), 0x01
        elif NETWORKS[chain].fork_id:
            digest, kind = fork_id_digest(transaction, number, bytes(code.data), 50_000), 0x41
        else:
            digest, kind = transaction.sighash_legacy(number, code), 0x01
        assert signature[-1] == kind
        assert public.verify(Signature.parse(signature[:-1]), digest)


def pushes(script_sig: bytes) -> list[bytes]:
    """What a script pushes that does nothing else."""
    found, at = [], 0
    while at < len(script_sig):
        length = script_sig[at]
        found.append(script_sig[at + 1 : at + 1 + length])
        at += 1 + length
    return found


#: Signed transactions of Bitcoin Cash, with what their inputs held, as Trezor publishes them for its own signing.
CASH = (
    (
        (
            "0100000001781a716b1e15b41b07157933e5d777392a75bf87132650cb2e7d46fb8dc237bc000000006a473044022061aee4f17abe04"
            "4d5df8c52c9ffd3b84e5a29743517e488b20ecf1ae0b3e4d3a02206bb84c55e407f3b684ff8d9bea0a3409cfd865795a19d10b3d3c31"
            "f12795c34a412103a020b36130021a0f037c1d1a02042e325c0cb666d6478c1afdcd9d913b9ef080ffffffff0272ee1c000000000019"
            "76a914b1401fce7e8bf123c88a0467e0ed11e3b9fbef5488acec1e0100000000001976a914d51eca49695cdf47e7f4b55507893e3ad5"
            "3fe9d888ac00000000"
        ),
        (1_995_344,),
    ),
    (
        (
            "01000000022c06cf6f215c5cbfd7caa8e71b1b32630cabf1f816a4432815b037b277852e50000000006a47304402207a2a955f1cb3dc"
            "5f03f2c82934f55654882af4e852e5159639f6349e9386ec4002205fb8419dce4e648eae8f67bc4e369adfb130a87d2ea2d668f81442"
            "13b12bb457412103174c61e9c5362507e8061e28d2c0ce3d4df4e73f3535ae0b12f37809e0f92d2dffffffff2c06cf6f215c5cbfd7ca"
            "a8e71b1b32630cabf1f816a4432815b037b277852e50010000006a473044022062151cf960b71823bbe68c7ed2c2a93ad1b9706a3025"
            "5fddb02fcbe056d8c26102207bad1f0872bc5f0cfaf22e45c925c35d6c1466e303163b75cb7688038f1a5541412102595caf9aeb6ffd"
            "d0e82b150739a83297358b9a77564de382671056ad9e5b8c58ffffffff0170861d00000000001976a91434e9cec317896e818619ab7d"
            "c99d2305216ff4af88ac00000000"
        ),
        (1_896_050, 73_452),
    ),
)


@pytest.mark.parametrize(("raw", "amounts"), CASH)
def test_bitcoin_cash_signs_what_others_sign(raw: str, amounts: tuple[int, ...]) -> None:
    transaction = BitcoinTransaction.parse(bytes.fromhex(raw))
    for number, amount in enumerate(amounts):
        signature, sec = pushes(bytes(transaction.vin[number].script_sig.data))
        public = PublicKey.parse(sec)
        code = bytes(script.p2pkh(public).data)
        good = Signature.parse(signature[:-1])
        assert public.verify(good, fork_id_digest(transaction, number, code, amount))
        assert not public.verify(good, fork_id_digest(transaction, number, code, amount + 1))


@pytest.mark.parametrize("chain", ["dogecoin", "dash"])
def test_an_amount_that_the_transaction_before_does_not_show_is_refused(chain: str) -> None:
    """A watcher that lies about what a coin holds would have the signer burn the difference as a fee."""
    payload = utxo_payload(chain)
    lying = copy.deepcopy(payload)
    lying["inputs"][0]["amount"], lying["change"]["amount"] = "40000", "29000"
    outputs = [(payload["outputs"][0]["destination"], 60_000), (payload["change"]["destination"], 29_000)]
    lying["unsigned"] = unsigned_transaction([one["coin"] for one in payload["inputs"]], outputs).hex()
    with pytest.raises(PayloadRefusedError, match="holds 50000"):
        signer_of(lying).check(lying)
    coin = next(iter(payload["previous"]))
    for previous in ({}, {coin: "00"}, {coin: "zz"}, {**payload["previous"], "22" * 32: "00"}):
        with pytest.raises(PayloadRefusedError):
            signer_of(payload).check({**payload, "previous": previous})


def test_previous_transactions_where_no_amount_is_read_out_of_them_are_refused() -> None:
    payload = {**litecoin_payload(), "previous": {"22" * 32: "00"}}
    with pytest.raises(PayloadRefusedError, match="previous"):
        signer_of(payload).check(payload)


@given(st.binary(max_size=120))
def test_no_bytes_at_all_are_taken_for_a_transaction_that_they_do_not_hash_to(raw: bytes) -> None:
    with pytest.raises(NotPreviousError):
        spent_output(raw, f"{COIN}:0")
    own = hashlib.sha256(hashlib.sha256(raw).digest()).digest()[::-1].hex()
    with pytest.raises(NotPreviousError):
        spent_output(raw, f"{own}:{2**32 - 1}")


@given(
    st.integers(1, 2**32),
    st.integers(0, 2**32),
    st.integers(0, 2**64),
    st.integers(0, 2**64),
    st.integers(0, 2**255),
    st.binary(max_size=80),
)
def test_a_transaction_is_read_back_as_it_was_written(
    chain_id: int, nonce: int, fee: int, gas: int, value: int, data: bytes
) -> None:
    transaction = Transaction(
        chain_id=chain_id, nonce=nonce, priority=fee, max_fee=fee, gas=gas, to="0x" + "ab" * 20, value=value, data=data
    )
    assert decode_unsigned(encode_unsigned(transaction)) == transaction


@given(st.binary(max_size=200))
def test_bytes_that_are_read_are_the_only_bytes_of_what_was_read(raw: bytes) -> None:
    try:
        transaction = decode_unsigned(b"\x02" + raw)
    except NotCanonicalError:
        return
    assert encode_unsigned(transaction) == b"\x02" + raw


@given(st.integers(0, 2**256 - 1))
def test_a_tokens_transfer_is_read_back(amount: int) -> None:
    destination = "0x" + "cd" * 20
    assert read_transfer(transfer_data(destination, amount)) == (destination, amount)
    assert read_transfer(transfer_data(destination, amount) + b"\0") is None
    assert read_transfer(b"\0" + transfer_data(destination, amount)[1:]) is None


def test_an_independent_library_writes_the_same_bytes() -> None:
    from tests.support.anvil import new_account

    signer = new_account()
    fields = {"chainId": 1, "nonce": 7, "maxPriorityFeePerGas": 3, "maxFeePerGas": 9, "gas": 21_000, "value": 10**18}
    theirs = signer.sign_transaction({**fields, "to": bytes.fromhex("ab" * 20), "data": b"", "type": 2})
    ours = Transaction(
        chain_id=1, nonce=7, priority=3, max_fee=9, gas=21_000, to="0x" + "ab" * 20, value=10**18, data=b""
    )
    from pyxiu.adapters.chains.evm.transactions import encode_signed

    assert bytes(theirs.raw_transaction) == encode_signed(ours, theirs.v, theirs.r, theirs.s)


@given(st.integers(1, 200), st.integers(1, 200))
def test_the_size_that_fees_are_reckoned_by_is_never_too_small(inputs: int, outputs: int) -> None:
    chain = BitcoinPayouts("http://127.0.0.1:1/", NETWORKS["litecoin-regtest"])
    script = "0014" + "00" * 20
    real = BitcoinTransaction.parse(
        unsigned_transaction([f"{COIN}:{n}" for n in range(inputs)], [(script, 1)] * outputs)
    )
    # A witness: two pushes of at most 72 and 33 bytes with their lengths and their count; marker and flag once.
    weight = len(real.serialize()) * 4 + 2 + inputs * (1 + 1 + 72 + 1 + 33)
    assert chain.size([script] * inputs, [script] * outputs) * 4 >= weight


def test_what_is_no_address_of_a_network_has_no_destination() -> None:
    litecoin = BitcoinPayouts("http://127.0.0.1:1/", NETWORKS["litecoin-regtest"])
    assert litecoin.destination("ltc1qnot") is None
    ethereum = EvmPayouts("evm:1", "http://127.0.0.1:1/", 1)
    assert ethereum.destination("0x" + "0" * 40) is None
    assert ethereum.destination("0x" + "A" * 40) == "0x" + "a" * 40
    call = GasCall(sender="0x" + "1" * 40, contract="", destination="0x" + "a" * 40, amount=5)
    built = decode_unsigned(ethereum.build(call, nonce=1, gas=21_000, max_fee=3, priority=1))
    assert (built.to, built.value, built.chain_id) == (call.destination, 5, 1)
