"""Decide what is swept: coins at deposit addresses that are deep enough and worth their fee, spread over the tiers.

Invariant: an address, or a network's outputs of an asset, has one sweep under way, which the tables enforce; what is
not worth moving is listed with the reason. Limit: nothing is paid here; `advance_sweeps.py` does that.
"""

from collections.abc import Mapping

import structlog

from pyxiu.custody import store as chain_store
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps.asset_pass import AssetPass, Planned
from pyxiu.custody.sweeps.plan_addresses import plan_addresses
from pyxiu.custody.sweeps.plan_outputs import plan_outputs
from pyxiu.custody.treasury import wallet_store
from pyxiu.kit.errors import Fault

_log = structlog.stdlib.get_logger("pyxiu.sweeps")


async def plan_sweeps(services: CustodyServices, chains: Mapping[str, PayoutChain]) -> Planned:
    """Plan on every network that has a node. Raises the first fault after all networks had their turn."""
    planned = Planned()
    faults: list[Fault] = []
    for network in await services.assets.networks():
        chain = chains.get(network.key)
        if not network.enabled or chain is None:
            continue
        try:
            await plan_network(services, network, chain, planned)
        except Fault as error:
            _log.warning("sweeps not planned", network=network.key, error=str(error))
            faults.append(error)
    if faults:
        raise faults[0]
    return planned


async def plan_network(services: CustodyServices, network: NetworkInfo, chain: PayoutChain, planned: Planned) -> None:
    """All assets of one network."""
    assets = await services.assets.assets(network.key)
    # Tokens first: they take their gas from the coins at the same address.
    for asset in sorted(assets, key=lambda asset: not asset.contract):
        async with services.database.connect() as connection:
            tip = await chain_store.last_block(connection, network.key)
            wallets = await wallet_store.tier_wallets(connection, network.key, asset.asset)
        if tip is None or not wallets:
            continue
        one = AssetPass(services, network, asset, tuple(wallets), tip.height, planned)
        if isinstance(chain, AccountChain):
            await plan_addresses(one, chain)
        elif not asset.contract:
            await plan_outputs(one, chain)
