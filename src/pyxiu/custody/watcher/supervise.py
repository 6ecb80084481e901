"""Keep a loop running for every network that is enabled and has a node; the catalog says which these are.

Invariant: a network that is added, changed or disabled is so here within LOOK_S, and no network's trouble reaches
another. Limit: two watchers may run at once; they lock a network for each step, so that is only wasted work.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from pyxiu.custody import store
from pyxiu.custody.deposits.send_bookings import send_bookings
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.watcher.metrics import WatcherMetrics
from pyxiu.custody.watcher.watch_network import DATABASE_LOST, NetworkWatcher
from pyxiu.kit.errors import Fault, PermanentError

#: How often the catalog is looked at.
LOOK_S: Final = 2.0
NO_ADAPTER: Final = "no_adapter"

_log = structlog.stdlib.get_logger("pyxiu.watcher")

#: A reader of a network's node; None if no node is configured. Raises PermanentError if there is no adapter for it.
MakeReader = Callable[[NetworkInfo], ChainReader | None]


class Watchers:
    """All networks of an exchange."""

    def __init__(self, services: CustodyServices, make_reader: MakeReader, metrics: WatcherMetrics) -> None:
        self._services = services
        self._make_reader = make_reader
        self._metrics = metrics
        self._running: dict[NetworkInfo, asyncio.Task[None]] = {}
        self._told: set[NetworkInfo] = set()

    async def run(self) -> None:
        """Until canceled."""
        try:
            while True:
                try:
                    await self._look()
                    await send_bookings(self._services, None)
                except (Fault, *DATABASE_LOST) as error:
                    _log.warning("watcher looks again", error=str(error) or type(error).__name__)
                await asyncio.sleep(LOOK_S)
        finally:
            await self._stop(list(self._running))

    async def _look(self) -> None:
        wanted = [network for network in await self._services.assets.networks() if network.enabled]
        await self._stop([network for network in self._running if network not in wanted])
        for network in wanted:
            if network not in self._running and network not in self._told:
                await self._start(network)

    async def _start(self, network: NetworkInfo) -> None:
        try:
            reader = self._make_reader(network)
        except PermanentError as error:
            self._told.add(network)
            _log.error("network cannot be watched", network=network.key, error=str(error))
            async with self._services.database.begin() as connection:
                await store.raise_alarm(connection, network.key, NO_ADAPTER, str(error))
            return
        if reader is None:
            self._told.add(network)
            _log.warning("network has no node and is not watched", network=network.key, set="PYXIU_WATCHER_NODES")
            return
        async with self._services.database.begin() as connection:
            await store.clear_alarm(connection, network.key, NO_ADAPTER)
        _log.info("watching", network=network.key, chain=network.chain, first=network.first_height)
        watcher = NetworkWatcher(self._services, network, reader, self._metrics)
        self._running[network] = asyncio.create_task(watcher.run(), name=f"watch {network.key}")

    async def _stop(self, networks: list[NetworkInfo]) -> None:
        tasks = [self._running.pop(network) for network in networks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for network in networks:
            self._metrics.forget(network.key)
