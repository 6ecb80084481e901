"""The sample passes the contract suites of what it offers; this is how an author's own tests look."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from embit.bip32 import HDKey
from pyxiu_sample import PLUGIN
from pyxiu_sample.family import NAME
from pyxiu_sample.folder_phones import REFUSED

from pyxiu.custody.payouts.payload import PayeeWords, UtxoInput, UtxoPayload, words_of
from pyxiu.custody.payouts.ports import Coin, Key, SigningChain, UtxoChain
from pyxiu.custody.wallets.ports import AddressBook
from pyxiu.identity.ports import PhoneSender
from pyxiu.plugins.spec import MakeSink, Parts, Routes
from pyxiu.plugins.testing import AddressesContract, PhonesContract, RoutesContract, SigningContract, SinksContract


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(settings={"FOLDER": str(tmp_path)}, exchange_name="Contract")


class TestFileSink(SinksContract):
    @pytest.fixture
    def make_sink(self, parts: Parts) -> MakeSink:
        return PLUGIN.sinks["sample-file"](parts)

    @pytest.fixture
    def arrived(self, tmp_path: Path) -> Callable[[], list[str]]:
        path = tmp_path / "events.jsonl"
        return lambda: [json.loads(line)["id"] for line in path.read_text().splitlines()] if path.exists() else []


class TestFolderPhones(PhonesContract):
    @pytest.fixture
    def phones(self, parts: Parts) -> PhoneSender:
        return PLUGIN.phones["sample-folder"](parts)

    @pytest.fixture
    def arrived(self, tmp_path: Path) -> Callable[[], list[str]]:
        return lambda: [path.read_text() for path in sorted((tmp_path / "phones").glob("*"))]

    @pytest.fixture
    def refused(self) -> str:
        return REFUSED


class TestGreeting(RoutesContract):
    @pytest.fixture
    def routes(self, parts: Parts) -> Routes:
        return PLUGIN.routes["sample"](parts)

    @pytest.fixture
    def path(self) -> str:
        return "/hello"


class TestAddresses(AddressesContract):
    @pytest.fixture
    def book(self, parts: Parts) -> AddressBook:
        return PLUGIN.addresses[NAME](parts)

    @pytest.fixture
    def chain(self) -> str:
        return NAME

    @pytest.fixture
    def address(self) -> str:
        return "rltc1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnrwhxws"


class TestSigning(SigningContract):
    """Of a payment from the wallet `hot` to a deposit address of ours, without change."""

    @pytest.fixture
    def signing(self, parts: Parts) -> SigningChain:
        return PLUGIN.signing[NAME](parts)(NAME, account_key)

    @pytest.fixture
    def payload(self, parts: Parts) -> dict[str, Any]:
        own = PLUGIN.addresses[NAME](parts).derive(NAME, str(HDKey.from_string(account_key("hot")).to_public()), 3)
        coin = Coin(f"{'1' * 64}:0", 50_000, own.destination, Key("hot", 0, 3))
        chain = PLUGIN.payouts[NAME](parts)(NAME, "http://127.0.0.1:1/")
        assert isinstance(chain, UtxoChain)
        unsigned = chain.build([coin], [(own.destination, 49_000)])
        return words_of(
            UtxoPayload(
                form="utxo-1", network="sample", chain=NAME, payout=1, attempt=1, purpose="sweep", currency="ltc",
                unsigned=unsigned.hex(),
                inputs=[UtxoInput(coin=coin.id, amount="50000", script=coin.script, key="hot", path="0/3")],
                outputs=[
                    PayeeWords(address=own.text, destination=own.destination, amount="49000", key="hot", path="0/3")
                ],
                change=None, fee="1000",
            )
        )  # fmt: skip


def account_key(key_id: str) -> str:
    return str(HDKey.from_seed(key_id.encode().ljust(32, b".")).derive("m/44h/0h/0h"))
