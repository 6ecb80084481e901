"""What wallets need of chains: addresses of public keys, and of what people type.

Invariant: nothing here can spend. Limit: implemented in adapters/, one for all chains.
"""

from typing import Protocol

from pyxiu.custody.withdrawals.ports import CheckedAddress


class AddressBook(Protocol):
    """`chain` is the adapter's name of it, as `litecoin-regtest` or `evm:31337`."""

    def check(self, chain: str, address: str) -> CheckedAddress:
        """Raises InvalidAddressError with what is wrong with it on this chain."""

    def account(self, chain: str, xpub: str) -> str:
        """An account's extended public key in the one form that is stored. Raises InvalidAddressError, for a private
        key too: it belongs to the signer.
        """

    def derive(self, chain: str, xpub: str, index: int) -> CheckedAddress:
        """Receiving address `index` of an account."""

    def legacy(self, chain: str, address: str) -> str | None:
        """The address in the form that was usual before CashAddr; None on chains that have only one form."""
