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


class FamilyAddresses:
    """Implements the port `AddressBook` for one network of the Bitcoin family, by its parameters alone."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def check(self, chain: str, address: str) -> CheckedAddress:  # noqa: ARG002 - there is only this one
        """The address as it is written, in the network's own form."""
        script = script_of(address, self._network)
        return CheckedAddress(address_of(script, self._network) or address, script)

    def account(self, chain: str, xpub: str) -> str:  # noqa: ARG002
        return account_in_one_form(xpub)

    def derive(self, chain: str, xpub: str, index: int) -> CheckedAddress:  # noqa: ARG002
        deriver = _bitcoin_account(xpub, self._network)
        return CheckedAddress(deriver.address(index), deriver.script(index))

    def legacy(self, chain: str, address: str) -> str | None:  # noqa: ARG002
        if not self._network.cashaddr:
            return None
        return legacy_address_of(script_of(address, self._network), self._network)


class EvmAddresses:
    """Implements the port `AddressBook` for every EVM chain: they share their addresses."""

    def check(self, chain: str, address: str) -> CheckedAddress:  # noqa: ARG002
        lower = canonical(address)
        return CheckedAddress(checksummed(lower), lower)

    def account(self, chain: str, xpub: str) -> str:  # noqa: ARG002
        return account_in_one_form(xpub)

    def derive(self, chain: str, xpub: str, index: int) -> CheckedAddress:  # noqa: ARG002
        lower = _evm_account(xpub).address(index)
        return CheckedAddress(checksummed(lower), lower)

    def legacy(self, chain: str, address: str) -> str | None:  # noqa: ARG002
        return None


class ChainAddressBook:
    """Implements the port `AddressBook` for all that comes with Pyxiu. Raises UnknownNetworkError for other chains."""

    def check(self, chain: str, address: str) -> CheckedAddress:
        return _book(chain).check(chain, address)

    def account(self, chain: str, xpub: str) -> str:
        return _book(chain).account(chain, xpub)

    def derive(self, chain: str, xpub: str, index: int) -> CheckedAddress:
        return _book(chain).derive(chain, xpub, index)

    def legacy(self, chain: str, address: str) -> str | None:
        return _book(chain).legacy(chain, address)


def account_in_one_form(xpub: str) -> str:
    """All version bytes that wallets write (xpub, zpub, Ltub, …) become `xpub`. Raises InvalidAddressError."""
    try:
        key = HDKey.from_string(xpub.strip())
    except Exception as error:
        raise InvalidAddressError("expected an extended public key") from error
    if key.is_private:
        raise InvalidAddressError("expected an extended public key, found a private one: it belongs to the signer")
    return str(key.to_base58(version=EMBIT_NETWORKS["main"]["xpub"]))


def _book(chain: str) -> FamilyAddresses | EvmAddresses:
    if chain in NETWORKS:
        return FamilyAddresses(NETWORKS[chain])
    evm_chain_id(chain)
    return EvmAddresses()


@lru_cache(_ACCOUNTS_MAX)
def _bitcoin_account(xpub: str, network: Network) -> AddressDeriver:
    return AddressDeriver(xpub, network)


@lru_cache(_ACCOUNTS_MAX)
def _evm_account(xpub: str) -> EvmAddressDeriver:
    return EvmAddressDeriver(xpub)
