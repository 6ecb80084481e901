"""Another chain of the Bitcoin family: its parameters, and the adapters that Pyxiu has for the family.

Here it is Litecoin's private test network under a name of its own, so that it can be tried on a node that everybody can
install; for a real chain write its own genesis block, prefixes and depths. Invariant: nothing here has a key; the
signer asks for one when it signs. Limit: a chain of another family needs adapters of its own, behind the same ports.
"""

from typing import Final

from msgspec.structs import replace

from pyxiu.adapters.chains.address_book import FamilyAddresses
from pyxiu.adapters.chains.bitcoin.build import BitcoinPayouts
from pyxiu.adapters.chains.bitcoin.params import NETWORKS, Network
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader
from pyxiu.adapters.chains.bitcoin.sign import BitcoinSigner
from pyxiu.plugins.spec import Parts, PayoutsOfNode, ReaderOfNode, SignerOfNetwork

NAME: Final = "sample-litecoin"
NETWORK: Final[Network] = replace(NETWORKS["litecoin-regtest"], name=NAME)


def make_reader(_: Parts) -> ReaderOfNode:
    return lambda _network, url: BitcoinReader(url, NETWORK)


def make_addresses(_: Parts) -> FamilyAddresses:
    return FamilyAddresses(NETWORK)


def make_payouts(_: Parts) -> PayoutsOfNode:
    return lambda _network, url: BitcoinPayouts(url, NETWORK)


def make_signing(_: Parts) -> SignerOfNetwork:
    return lambda _network, account_key: BitcoinSigner(NETWORK, account_key)
