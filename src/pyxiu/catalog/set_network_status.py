"""Show, hide or switch off an asset on one network.

Invariant: readers see it with the next version of the catalog. Limit: what is on its way there is not stopped.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.catalog.model import NetworkStatus
from pyxiu.catalog.store import writing


async def set_network_status(database: AsyncEngine, currency: str, network: str, status: NetworkStatus) -> None:
    async with writing(database) as store:
        await store.set_network_status(currency, network, status)
