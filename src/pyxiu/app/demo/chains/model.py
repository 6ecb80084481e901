"""What the demo's chains are called, what their faucet gives, and what their wallets begin with.

Invariant: every chain here is private: its coins are made on this machine and worth nothing. Limit: amounts are small
enough for a demo and its limits.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from pyxiu.custody.wallets.model import WalletKind

LITECOIN: Final = "litecoin-regtest"
ETHEREUM: Final = "ethereum-local"
#: The first contract of anvil's first account.
TOKEN: Final = "0x5fbdb2315678afecb367f032d93f642f64180aa3"  # noqa: S105 - a contract
#: The public networks that these chains stand in for.
REPLACED: Final = (("btc", "bitcoin"), ("ltc", "litecoin"), ("eth", "ethereum"), ("usdt", "ethereum"))


class Gift(NamedTuple):
    """What is given at once, in the coin's unit as text and in the chain's smallest one."""

    network: str
    currency: str
    amount: str
    chain_amount: int


GIFTS: Final = (
    Gift(LITECOIN, "ltc", "5", 5 * 10**8),
    Gift(ETHEREUM, "eth", "1", 10**18),
    Gift(ETHEREUM, "usdt", "1000", 1000 * 10**6),
)
#: What wallets begin with, in the chain's smallest unit, by network, kind and currency.
FUNDS: Final[Mapping[tuple[str, WalletKind], Mapping[str, int]]] = {
    (LITECOIN, WalletKind.HOT): {"ltc": 500 * 10**8},
    (ETHEREUM, WalletKind.FEE): {"eth": 20 * 10**18},
    (ETHEREUM, WalletKind.HOT): {"eth": 100 * 10**18, "usdt": 100_000 * 10**6},
}


class Giver(Protocol):
    """A node with coins of its own to give."""

    async def give(self, currency: str, address: str, chain_amount: int) -> str:
        """Send coins; the transaction's id."""

    async def close(self) -> None: ...


class DemoNode(Giver, Protocol):
    """A giver whose chain is made block by block by us."""

    async def begin(self) -> None:
        """Bring a fresh chain to where it can be used; harmless on one that is."""

    async def is_busy(self) -> bool:
        """Whether transactions wait for a block."""

    async def mine(self) -> None:
        """The next block."""

    async def held(self, currency: str, address: str) -> int:
        """What is on the chain for an address, in the chain's smallest unit."""
