"""Addresses of all chains that are known here: checked, derived from an account's public key, written in older forms.

Invariant: pure; no node is asked, and no private key is taken. Limit: derivation is `0/index` below the account.
"""

from functools import lru_cache

from embit.bip32 import HDKey
from embit.networks import NETWORKS as EMBIT_NETWORKS

from pyxiu.adapters.chains.bitcoin.addresses import AddressDeriver, address_of, legacy_address_of, script_of
from pyxiu.adapters.chains.bitcoin.params import NETWORKS, Network
from pyxiu.adapters.chains.evm.addresses import EvmAddressDeriver, canonical, checksummed
from pyxiu.adapters.chains.networks import evm_chain_id
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.custody.withdrawals.ports import CheckedAddress

#: Accounts whose derivers are kept; one is a few hundred bytes.
_ACCOUNTS_MAX = 256


class ChainAddressBook:
    """Implements the port `AddressBook`. Raises UnknownNetworkError for a chain that is not known."""

    def check(self, chain: str, address: str) -> CheckedAddress:
        """The address as it is written, in the chain's own form."""
        network = _bitcoin_family(chain)
        if network is None:
            lower = canonical(address)
            return CheckedAddress(checksummed(lower), lower)
        script = script_of(address, network)
        return CheckedAddress(address_of(script, network) or address, script)

    def account(self, chain: str, xpub: str) -> str:
        """All version bytes that wallets write (xpub, zpub, Ltub, …) become `xpub`."""
        _bitcoin_family(chain)
        try:
            key = HDKey.from_string(xpub.strip())
        except Exception as error:
            raise InvalidAddressError("expected an extended public key") from error
        if key.is_private:
            raise InvalidAddressError("expected an extended public key, found a private one: it belongs to the signer")
        return str(key.to_base58(version=EMBIT_NETWORKS["main"]["xpub"]))

    def derive(self, chain: str, xpub: str, index: int) -> CheckedAddress:
        network = _bitcoin_family(chain)
        if network is None:
            lower = _evm_account(xpub).address(index)
            return CheckedAddress(checksummed(lower), lower)
        deriver = _bitcoin_account(xpub, network.name)
        return CheckedAddress(deriver.address(index), deriver.script(index))

    def legacy(self, chain: str, address: str) -> str | None:
        network = _bitcoin_family(chain)
        if network is None or not network.cashaddr:
            return None
        return legacy_address_of(script_of(address, network), network)


def _bitcoin_family(chain: str) -> Network | None:
    """The network's parameters; None for a chain of the other family."""
    if chain in NETWORKS:
        return NETWORKS[chain]
    evm_chain_id(chain)
    return None


@lru_cache(_ACCOUNTS_MAX)
def _bitcoin_account(xpub: str, name: str) -> AddressDeriver:
    return AddressDeriver(xpub, NETWORKS[name])


@lru_cache(_ACCOUNTS_MAX)
def _evm_account(xpub: str) -> EvmAddressDeriver:
    return EvmAddressDeriver(xpub)
