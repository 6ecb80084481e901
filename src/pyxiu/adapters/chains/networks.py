"""Which networks there are, and a reader for each: the Bitcoin family by name, EVM chains by their id.

Invariant: a name means one network everywhere. Limit: an EVM chain that is not named here is `evm:CHAIN_ID`.
"""

from typing import Final

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader
from pyxiu.custody.ports import ChainReader
from pyxiu.kit.errors import PermanentError

EVM_CHAINS: Final = {"ethereum": 1, "bsc": 56, "polygon": 137, "evm-local": 31337}
_EVM_PREFIX: Final = "evm:"
#: Networks that have a name, and the family of those that have only a number.
CHAIN_NAMES: Final = (*NETWORKS, *EVM_CHAINS, _EVM_PREFIX.rstrip(":"))


class UnknownNetworkError(PermanentError):
    """No network of that name."""


def make_reader(network: str, url: str) -> ChainReader:
    """A reader of a network's node at `http://user:password@host:port/`. Raises UnknownNetworkError."""
    if network in NETWORKS:
        return BitcoinReader(url, NETWORKS[network])
    chain_id = evm_chain_id(network)
    from pyxiu.adapters.chains.evm.reader import EvmReader

    return EvmReader(url, chain_id)


def evm_chain_id(network: str) -> int:
    """The id of an EVM chain. Raises UnknownNetworkError for what is no network of either family."""
    chain_id = EVM_CHAINS.get(network)
    if chain_id is None and network.startswith(_EVM_PREFIX) and network[len(_EVM_PREFIX) :].isdecimal():
        chain_id = int(network[len(_EVM_PREFIX) :])
    if chain_id is None:
        known = ", ".join([*NETWORKS, *EVM_CHAINS, f"{_EVM_PREFIX}CHAIN_ID"])
        raise UnknownNetworkError(f"no network {network!r}; there are {known}")
    return chain_id
