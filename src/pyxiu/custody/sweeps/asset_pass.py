"""What planning needs to know of one asset on one network, and how an amount is spread over its wallets.

Invariant: what sweeps under way will bring counts as being there already, so that two of them do not fill the hot
wallet twice. Limit: balances are those of the moment; a wallet may be over its bound when the coins arrive.
"""

from collections.abc import Mapping

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.model import NetworkAsset, NetworkInfo
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.spread import Part, TierWallet, bound_in_units, spread
from pyxiu.custody.wallets.model import Wallet
from pyxiu.kit.errors import PermanentError


class WalletAddressError(PermanentError):
    """A wallet's address is none on its network."""


class Planned(msgspec.Struct):
    """What a pass has decided: sweeps by id, and how many addresses are listed as dust."""

    sweeps: list[int] = []
    dust: int = 0


class AssetPass(msgspec.Struct, frozen=True):
    """One asset on one network: `wallets` can receive it, `tip` is the last block that was scanned."""

    services: CustodyServices
    network: NetworkInfo
    asset: NetworkAsset
    wallets: tuple[Wallet, ...]
    tip: int
    planned: Planned

    @property
    def min_collection(self) -> int:
        """The least collection in the chain's units."""
        return at_least(self.asset, self.asset.min_collection)

    async def parts(self, connection: AsyncConnection, amount: int, held: Mapping[int, int], least: int) -> list[Part]:
        """Who gets how much of an amount. `held` is what each wallet has, `least` what a part must be."""
        coming = await store.on_the_way(connection, self.network.key, self.asset.asset)
        tiers = [
            TierWallet(
                wallet.id,
                held[wallet.id] + coming.get(wallet.id, 0) if wallet.id in held else None,
                bound_in_units(wallet.max_balance, self.asset.price, self.asset.chain_decimals),
            )
            for wallet in self.wallets
        ]
        return spread(amount, tiers, least)


def at_least(asset: NetworkAsset, amount: int) -> int:
    """An engine's amount in the chain's units, rounded up where the chain has fewer digits."""
    exact = asset.to_chain(amount)
    if exact is not None:
        return exact
    step: int = 10 ** (asset.decimals - asset.chain_decimals)
    return -(-amount // step)


def destination_of(chain: PayoutChain, address: str | None) -> str:
    """The canonical form of an address of ours. Raises WalletAddressError."""
    found = None if address is None else chain.destination(address)
    if found is None:
        raise WalletAddressError(f"{chain.name}: {address} is no address of this network")
    return found
