"""The payout side of each network, by the adapter's name of it; the signer's side beside it.

Invariant: who makes a `PayoutChain` needs a node and no key, who makes a `SigningChain` needs keys and no node. Limit:
as `networks.py`.
"""

from collections.abc import Callable

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.networks import evm_chain_id
from pyxiu.custody.payouts.ports import PayoutChain, SigningChain


def make_payout_chain(network: str, url: str) -> PayoutChain:
    """For building and looking. Raises UnknownNetworkError."""
    if network in NETWORKS:
        from pyxiu.adapters.chains.bitcoin.build import BitcoinPayouts

        return BitcoinPayouts(url, NETWORKS[network])
    from pyxiu.adapters.chains.evm.build import EvmPayouts

    return EvmPayouts(network, url, evm_chain_id(network))


def make_signing_chain(network: str, account_key: Callable[[str], str]) -> SigningChain:
    """For checking and signing with the keys that `account_key` gives. Raises UnknownNetworkError."""
    if network in NETWORKS:
        from pyxiu.adapters.chains.bitcoin.sign import BitcoinSigner

        return BitcoinSigner(NETWORKS[network], account_key)
    from pyxiu.adapters.chains.evm.sign import EvmSigner

    return EvmSigner(network, evm_chain_id(network), account_key)
