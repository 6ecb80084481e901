"""Decide what is swept: coins at deposit addresses that are deep enough and worth their fee, spread over the tiers.

Invariant: an address, or a network's outputs of an asset, has one sweep under way, which the tables enforce; what is
not worth moving is listed with the reason. Limit: nothing is paid here; `advance_sweeps.py` does that.
"""

from collections.abc import Mapping

from pyxiu.custody import store as chain_store
from pyxiu.custody.faults import CAUGHT, Faults
from pyxiu.custody.model import NetworkAsset, NetworkInfo
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps.asset_pass import AssetPass, Planned
from pyxiu.custody.sweeps.plan_addresses import plan_addresses
from pyxiu.custody.sweeps.plan_outputs import plan_outputs
from pyxiu.custody.treasury import wallet_store


async def plan_sweeps(services: CustodyServices, chains: Mapping[str, PayoutChain]) -> Planned:
    """Plan on every network that has a node. Raises TransientError after all assets of all networks had their turn."""
    planned, faults = Planned(), Faults()
    for network in await services.assets.networks():
        chain = chains.get(network.key)
        if not network.enabled or chain is None:
            continue
        try:
            assets = await services.assets.assets(network.key)
        except CAUGHT as error:
            faults.note(network.key, error)
            continue
        # Tokens first: they take their gas from the coins at the same address.
        for asset in sorted(assets, key=lambda asset: not asset.contract):
            # A token's contract may break what a node is asked about it.
            with faults.of(f"{asset.asset} on {network.key}"):
                await _plan_asset(services, network, asset, chain, planned)
    faults.raise_any()
    return planned


async def _plan_asset(
    services: CustodyServices, network: NetworkInfo, asset: NetworkAsset, chain: PayoutChain, planned: Planned
) -> None:
    async with services.database.connect() as connection:
        tip = await chain_store.last_block(connection, network.key)
        wallets = await wallet_store.tier_wallets(connection, network.key, asset.asset)
    if tip is None or not wallets:
        return
    one = AssetPass(services, network, asset, tuple(wallets), tip.height, planned)
    if isinstance(chain, AccountChain):
        await plan_addresses(one, chain)
    elif not asset.contract:
        await plan_outputs(one, chain)
