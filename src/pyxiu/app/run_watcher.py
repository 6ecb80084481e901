"""The watcher module: the networks of the catalog, the nodes that are set, the engine that credits.

It runs on an event loop of its own, because a block with thousands of transactions takes longer to read than an order
may wait. Invariant: no key is here; the URL of a node is in no message. Limit: its commands go to the engine through
the process's own loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

import structlog

from pyxiu.app.context import Context
from pyxiu.app.custody_assets import CatalogAssets
from pyxiu.app.own_loop import in_own_loop
from pyxiu.app.plugging import reader_of
from pyxiu.catalog.reads import CatalogReader
from pyxiu.core.outcomes import Outcome
from pyxiu.core.types import AssetId, MemberId
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.watcher.metrics import WatcherMetrics
from pyxiu.custody.watcher.supervise import Watchers
from pyxiu.engine.client import EngineClient
from pyxiu.projections.reads.accounts import balance
from pyxiu.storage.database import Pool, open_pool
from pyxiu.storage.orm import open_database

POOL_SIZE = 6

_log = structlog.stdlib.get_logger("pyxiu.watcher")


class EngineElsewhere:
    """The CommandSender port for a loop that is not the engine client's."""

    def __init__(self, engine: EngineClient, home: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._home = home

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        asked = asyncio.run_coroutine_threadsafe(self._submit(commands), self._home)
        return await asyncio.wrap_future(asked)

    async def _submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        return list(await self._engine.submit_many(commands))


class ProjectedBalances:
    """The Balances port over the projections, which are a moment behind; the engine has the last word."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def available(self, uid: str, asset: str) -> int:
        view = await balance(self._pool, MemberId(uid), AssetId(asset))
        return 0 if view is None else view.available


@asynccontextmanager
async def watcher(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    if not context.settings.nodes.watcher:
        _log.info("no chain is watched: PYXIU_WATCHER_NODES is not set")
    metrics = WatcherMetrics(context.registry)
    home = asyncio.get_running_loop()
    yield in_own_loop("watcher", lambda: _watch(context, metrics, home))


async def _watch(context: Context, metrics: WatcherMetrics, home: asyncio.AbstractEventLoop) -> None:
    """With connections of its own, since those of the context belong to another loop."""
    database = open_database(context.dsn, "pyxiu watcher", pool_size=POOL_SIZE)
    pool = await open_pool(context.dsn, "pyxiu watcher balances", size_max=1)
    try:
        services = CustodyServices(
            database=database,
            assets=CatalogAssets(CatalogReader(database)),
            engine=EngineElsewhere(context.engine, home),
            balances=ProjectedBalances(pool),
        )
        await Watchers(services, lambda network: _reader(context, network), metrics).run()
    finally:
        await database.dispose()
        await pool.close()


def _reader(context: Context, network: NetworkInfo) -> ChainReader | None:
    url = context.settings.nodes.watcher.get(network.key)
    return None if url is None else reader_of(context.plugins, network.chain, url)
