"""Make the demo move coins: its private networks in the catalog, wallets with keys, coins in them, the signer's bounds.

Invariant: can run at every start; what exists is left alone, and a wallet is filled only while its chain holds less
than it begins with. Limit: the demo's assets leave their public networks, which no node here could reach.
"""

from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.demo.chains.model import ETHEREUM, FUNDS, GIFTS, LITECOIN, REPLACED, DemoNode
from pyxiu.app.demo.prepare import CommandSender, DemoError
from pyxiu.app.first_wallets import make_first_wallets
from pyxiu.catalog.model import NetworkStatus
from pyxiu.catalog.seed_catalog import parse_files, seed_catalog
from pyxiu.catalog.set_network_status import set_network_status
from pyxiu.catalog.tell_engine import tell_engine
from pyxiu.custody.ports import KeyStore
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.signing import store as signing
from pyxiu.custody.signing.model import Limit
from pyxiu.custody.wallets.store import all_wallets

SEED_FOLDER: Final = Path(__file__).parent / "seed"
ACTOR: Final = "demo"
DAY_S: Final = 24 * 3600
#: The signer lets so many gifts of a currency leave in a day.
GIFTS_A_DAY: Final = 100
#: The most that one transaction may cost, in the chain's smallest unit.
FEE_MAX: Final = {LITECOIN: 10**7, ETHEREUM: 10**17}


async def put_networks(catalog: AsyncEngine, engine: CommandSender) -> None:
    """The private networks, instead of the public ones, which no node here could reach. Raises DemoError."""
    report = await seed_catalog(catalog, parse_files([SEED_FOLDER]))
    if report.problems:
        raise DemoError(f"the demo's chains do not fit this catalog: {'; '.join(map(str, report.problems))}")
    delivery = await tell_engine(catalog, engine)
    if delivery.rejected:
        raise DemoError(f"the engine refuses the demo's chains: {'; '.join(delivery.rejected)}")
    for currency, network in REPLACED:
        await set_network_status(catalog, currency, network, NetworkStatus.DISABLED)


async def put_wallets(services: CustodyServices, keys: KeyStore) -> None:
    """Wallets with keys, and what the signer may do with them."""
    await make_first_wallets(services, keys, [LITECOIN, ETHEREUM], actor=ACTOR)
    async with services.database.begin() as connection:
        for network, fee_max in FEE_MAX.items():
            policy = await signing.policy_of(connection, network)
            if policy.fee_max is None:
                await signing.put_fee_max(connection, network, fee_max)
            limited = {limit.currency for limit in policy.limits}
            for gift in GIFTS:
                if gift.network == network and gift.currency not in limited:
                    limit = Limit(network, gift.currency, DAY_S, gift.chain_amount * GIFTS_A_DAY)
                    await signing.put_limit(connection, limit)


async def fill_wallets(services: CustodyServices, nodes: dict[str, DemoNode]) -> None:
    """Coins for what pays withdrawals and gas."""
    async with services.database.connect() as connection:
        wallets = await all_wallets(connection)
    for wallet in wallets:
        for currency, amount in FUNDS.get((wallet.network, wallet.kind), {}).items():
            assert wallet.address is not None, wallet.name
            node = nodes[wallet.network]
            held = await node.held(currency, wallet.address)
            if held < amount // 2:
                await node.give(currency, wallet.address, amount - held)
    for node in nodes.values():
        await node.mine()
