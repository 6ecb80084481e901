"""What custody knows of networks and assets: a copy of the catalog's rules in integers, and who owns a destination.

Invariant: amounts here are integers; those named `chain_*` are in the network's smallest unit, all others in the
engine's. Limit: no balance is kept here; those are the engine's.
"""

from decimal import Decimal
from typing import Final

import msgspec

from pyxiu.kit.decimals import rescale

#: Destinations that are a wallet's of ours have this owner, followed by the wallet's name; no uid begins so.
WALLET_OWNER: Final = "@wallet/"


class DepthStep(msgspec.Struct, frozen=True):
    """From this amount on, a deposit is credited at `tradable` confirmations and may leave at `withdrawable`."""

    from_amount: int
    tradable: int
    withdrawable: int


class NetworkInfo(msgspec.Struct, frozen=True):
    """A network that coins move on. `chain` is the adapter's name for it, as `litecoin-regtest` or `evm:31337`."""

    key: str
    name: str
    chain: str
    first_height: int
    min_confirmations: int
    enabled: bool = True
    explorer_address: str | None = None
    explorer_transaction: str | None = None


class NetworkAsset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset on one network. `contract` is empty for the network's own coin; depths are sorted by `from_amount`."""

    asset: str
    network: str
    contract: str
    chain_decimals: int
    decimals: int
    deposit_enabled: bool
    withdrawal_enabled: bool
    min_deposit: int
    min_collection: int
    min_withdrawal: int
    withdrawal_fee: int
    #: Decimals that a member may use when withdrawing.
    precision: int
    #: In the platform currency, for limits and wallet bounds; 0 is unknown.
    price: Decimal
    depths: tuple[DepthStep, ...]

    def depth_of(self, amount: int) -> DepthStep:
        """What a deposit of this amount must wait for."""
        fitting = [step for step in self.depths if step.from_amount <= amount]
        return fitting[-1] if fitting else self.depths[0]

    def from_chain(self, chain_amount: int) -> int | None:
        """A chain's amount in the engine's units; None where digits would be lost."""
        return rescale(chain_amount, self.chain_decimals, self.decimals)

    def to_chain(self, amount: int) -> int | None:
        """An engine's amount in the chain's units; None where digits would be lost."""
        return rescale(amount, self.decimals, self.chain_decimals)


def wallet_owner(wallet: str) -> str:
    """How a wallet's own destinations are marked."""
    return f"{WALLET_OWNER}{wallet}"
