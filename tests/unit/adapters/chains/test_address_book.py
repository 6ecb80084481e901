"""One address book for all chains: what people type becomes one form, public keys become addresses."""

import pytest

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.networks import UnknownNetworkError
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.plugins.testing import AddressesContract
from tests.support.custody import xpub_of

BOOK = ChainAddressBook()
#: BIP 84's and BIP 44's own vector, "abandon … about": the account of Bitcoin as wallets export it, and Ethereum's.
ZPUB = "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs"
XPRV = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
CASH = "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"


def test_a_public_key_of_any_spelling_gives_the_published_addresses() -> None:
    account = BOOK.account("bitcoin", f" {ZPUB}\n")
    assert account.startswith("xpub")
    assert BOOK.account("bitcoin", account) == account
    assert BOOK.derive("bitcoin", account, 0).text == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"


@pytest.mark.parametrize("chain", [*NETWORKS, "ethereum", "evm:31337"])
def test_what_is_derived_is_what_is_checked(chain: str) -> None:
    account = BOOK.account(chain, xpub_of(bytes(range(32)), chain))
    derived = [BOOK.derive(chain, account, index) for index in range(5)]
    assert len({address.destination for address in derived}) == 5
    assert [BOOK.check(chain, address.text) for address in derived] == derived


def test_an_evm_address_is_shown_with_its_checksum_and_looked_up_in_lower_case() -> None:
    text = "0x52908400098527886E0F7030069857D2E4169EE7"
    assert BOOK.check("evm:1", text.lower()) == (text, text.lower())


@pytest.mark.parametrize("chain", ["bitcoin", "dogecoin", "ethereum"])
@pytest.mark.parametrize("typed", [XPRV, "", "xpub", "0x52908400098527886E0F7030069857D2E4169EE7"])
def test_only_an_extended_public_key_makes_an_account(chain: str, typed: str) -> None:
    with pytest.raises(InvalidAddressError, match="expected an extended public key") as raised:
        BOOK.account(chain, typed)
    assert "xprv" not in str(raised.value)


def test_only_chains_with_two_ways_to_write_have_a_legacy_form() -> None:
    assert BOOK.legacy("bitcoin-cash", CASH) == "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"
    assert BOOK.check("bitcoin-cash", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu").text == CASH
    assert BOOK.legacy("bitcoin", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu") is None
    assert BOOK.legacy("ethereum", "0x52908400098527886E0F7030069857D2E4169EE7") is None


def test_a_chain_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownNetworkError, match="no network 'nope'"):
        BOOK.check("nope", CASH)


class TestAddresses(AddressesContract):
    @pytest.fixture(params=[*NETWORKS, "ethereum", "evm:31337"])
    def chain(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def book(self) -> ChainAddressBook:
        return BOOK

    @pytest.fixture
    def address(self, chain: str) -> str:
        return BOOK.derive(chain, xpub_of(bytes(range(32)), chain), 0).text
