"""What the signers read out of bytes: a payload that says anything else than its bytes is refused, on every chain."""

import copy
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from embit.bip32 import HDKey
from embit.networks import NETWORKS as EMBIT_NETWORKS
from embit.transaction import Transaction as BitcoinTransaction
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.adapters.chains.bitcoin.addresses import AddressDeriver
from pyxiu.adapters.chains.bitcoin.build import BitcoinPayouts, unsigned_transaction
from pyxiu.adapters.chains.bitcoin.params import NETWORKS
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


def litecoin_payload() -> dict[str, Any]:
    network = NETWORKS["litecoin-regtest"]
    hot = AddressDeriver(public("litecoin-regtest", "hot"), network)
    deposits = AddressDeriver(public("litecoin-regtest", "deposits"), network)
    payee, change = deposits.script(7), hot.script(0)
    outputs = [(payee, 60_000), (change, 39_000)]
    return {
        **WHO,
        "form": "utxo-1",
        "chain": "litecoin-regtest",
        "unsigned": unsigned_transaction([f"{COIN}:0", f"{COIN}:1"], outputs).hex(),
        "inputs": [
            {"coin": f"{COIN}:{n}", "amount": "50000", "script": hot.script(0), "key": "hot", "path": "0/0"}
            for n in range(2)
        ],
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
    "ethereum": ethereum_payload,
    "token": lambda: ethereum_payload("0x" + "aa" * 20),
}
#: Words that are not about the bytes: the signer's own rules look at them.
FREE = {"network", "payout", "attempt", "purpose", "currency"}


def signer_of(payload: dict[str, Any]) -> SigningChain:
    chain = str(payload["chain"])
    return make_signing_chain(chain, private(chain))


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every plain value."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if items is None:
        yield path
        return
    for name, value in items:
        yield from leaves(value, (*path, name))


def changed(payload: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The same with one value replaced by another of its kind."""
    copied = copy.deepcopy(payload)
    parent: Any = copied
    for name in path[:-1]:
        parent = parent[name]
    value = parent[path[-1]]
    if isinstance(value, bool):
        parent[path[-1]] = not value
    elif isinstance(value, int):
        parent[path[-1]] = value + 1
    elif value and value.isdecimal():
        parent[path[-1]] = str(int(value) + 1)
    else:
        parent[path[-1]] = value[:-1] + ("1" if value[-1:] != "1" else "2")
    return copied


@pytest.mark.parametrize("kind", PAYLOADS)
def test_a_payload_is_read_from_its_bytes_and_signed_the_same_each_time(kind: str) -> None:
    payload = PAYLOADS[kind]()
    signer = signer_of(payload)
    checked = signer.check(payload)
    [payee] = checked.payees
    assert (payee.amount, payee.tid) == (int(payload["outputs"][0]["amount"]), "TID1")
    assert checked.own == {payee.destination}
    assert signer.sign(payload) == signer.sign(payload)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_t61_every_word_that_differs_from_the_bytes_is_refused(kind: str) -> None:
    payload = PAYLOADS[kind]()
    signer = signer_of(payload)
    plain = signer.check(payload)
    for path in leaves(payload):
        if path[0] in FREE or path[-1] == "withdrawal":
            continue
        other = changed(payload, path)
        if path[0] == "outputs" and path[-1] in {"key", "path"}:
            # Whose key a payee claims to be of is no word of the bytes: it only stops counting as ours.
            with suppress(KeyError):
                assert signer.check(other).own == frozenset()
            continue
        with pytest.raises((PayloadRefusedError, KeyError)):
            assert signer.check(other) != plain, path


@pytest.mark.parametrize("kind", PAYLOADS)
def test_unknown_and_missing_words_are_refused(kind: str) -> None:
    payload = PAYLOADS[kind]()
    signer = signer_of(payload)
    with pytest.raises(PayloadRefusedError):
        signer.check({**payload, "more": 1})
    for name in payload:
        with pytest.raises(PayloadRefusedError):
            signer.check({key: value for key, value in payload.items() if key != name})


def test_a_second_output_to_somebody_else_is_refused() -> None:
    payload = litecoin_payload()
    outputs = [(payload["outputs"][0]["destination"], 60_000), ("0014" + "77" * 20, 39_000)]
    payload["unsigned"] = unsigned_transaction([f"{COIN}:0", f"{COIN}:1"], outputs).hex()
    with pytest.raises(PayloadRefusedError):
        signer_of(payload).check(payload)


def test_change_to_another_wallets_key_is_refused() -> None:
    payload = litecoin_payload()
    deposits = AddressDeriver(public("litecoin-regtest", "deposits"), NETWORKS["litecoin-regtest"])
    payload["change"] = {"destination": deposits.script(3), "amount": "39000", "key": "deposits", "path": "0/3"}
    outputs = [(payload["outputs"][0]["destination"], 60_000), (deposits.script(3), 39_000)]
    payload["unsigned"] = unsigned_transaction([f"{COIN}:0", f"{COIN}:1"], outputs).hex()
    with pytest.raises(PayloadRefusedError, match="another wallet"):
        signer_of(payload).check(payload)


def test_call_data_beside_a_payment_of_the_coin_is_refused() -> None:
    payload = ethereum_payload()
    transaction = decode_unsigned(bytes.fromhex(payload["unsigned"]))
    fields = {name: getattr(transaction, name) for name in Transaction.__struct_fields__}
    payload["unsigned"] = encode_unsigned(Transaction(**{**fields, "data": b"\x01"})).hex()
    with pytest.raises(PayloadRefusedError, match="call data"):
        signer_of(payload).check(payload)


def test_networks_without_segwit_are_not_signed_for() -> None:
    payload = {**litecoin_payload(), "chain": "dogecoin"}
    with pytest.raises(PayloadRefusedError):
        make_signing_chain("dogecoin", private("dogecoin")).check(payload)


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
