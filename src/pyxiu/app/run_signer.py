"""The signer module: the keys, the signer's own policy, its own nodes; signs what is approved and sends it.

It runs in a process of its own, because whoever reads this process's memory has the keys (W-9). It listens nowhere: it
finds its work in the database. Invariant: before anything is signed on a network, the signer's own node and the
database must agree on what the keys have done there (W-10); of what plugins offer only that is made which signs on a
network named here. Limit: without PYXIU_SIGNER_NODES it has nothing to do.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.chains.networks import UnknownNetworkError
from pyxiu.app.approver import approver_public
from pyxiu.app.context import Context
from pyxiu.app.custody_assets import CatalogAssets
from pyxiu.app.plugging import SendingReader, key_store_of, payout_chain_of, sender_of, signing_chain_of
from pyxiu.app.settings import Settings
from pyxiu.catalog.reads import CatalogReader
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.payouts.gate import Gate
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.ports import Assets, KeyStore
from pyxiu.custody.signing.broadcast_payout import Sender, broadcast_signed
from pyxiu.custody.signing.sign_attempt import SigningBench, sign_requested
from pyxiu.kit.clock import SystemClock
from pyxiu.kit.errors import Fault
from pyxiu.plugins.registry import PluginError, Registry

#: Between two looks for work.
PAUSE_S: Final = 1.0
#: The gate is looked at anew after this time; while it is shut, nothing is signed.
GATE_S: Final = 10.0
WHO: Final = "signer"
FAILING: Final = "signer_fails"

_log = structlog.stdlib.get_logger("pyxiu.signer")


@dataclass
class _Station:
    """One network. `node` reads and sends; `open_until_s` is loop time."""

    network: NetworkInfo
    chain: PayoutChain
    gate: Gate
    node: SendingReader
    bench: SigningBench
    sender: Sender
    open_until_s: float = 0.0
    failing: bool = True


@asynccontextmanager
async def signer(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    settings = context.settings
    if not settings.nodes.signer:
        _log.info("nothing is signed: PYXIU_SIGNER_NODES is not set")
        yield None
        return
    keys = await asyncio.to_thread(key_store_of, context.plugins, settings)
    _log.info("the signer has its keys", networks=sorted(settings.nodes.signer), keys=len(keys.public_keys()))
    assets = CatalogAssets(CatalogReader(context.catalog))
    yield _Signer(settings, context.custody, assets, keys, context.plugins).run()


class _Signer:
    def __init__(
        self, settings: Settings, database: AsyncEngine, assets: Assets, keys: KeyStore, plugins: Registry
    ) -> None:
        self._settings = settings
        self._plugins = plugins
        self._database = database
        self._assets = assets
        self._keys = keys
        self._stations: dict[str, _Station | None] = {}

    async def run(self) -> None:
        """Until cancelled. What fails on a network is an alarm there, and tried again."""
        try:
            while True:
                for network in await self._networks():
                    await self._serve(network)
                await asyncio.sleep(PAUSE_S)
        finally:
            for station in self._stations.values():
                if station is not None:
                    await station.chain.close()
                    await station.node.close()

    async def _networks(self) -> list[NetworkInfo]:
        try:
            return [
                one for one in await self._assets.networks() if one.enabled and one.key in self._settings.nodes.signer
            ]
        except (Fault, DBAPIError, OSError) as error:
            _log.warning("the signer cannot read the catalog", error=str(error))
            return []

    async def _serve(self, network: NetworkInfo) -> None:
        try:
            station = self._station(network)
            if station is None:
                return
            await self._work(station)
            if station.failing:
                await self._tell(network.key, "")
                station.failing = False
        except (Fault, DBAPIError, OSError) as error:
            _log.warning("signer failed", network=network.key, error=str(error))
            known = self._stations.get(network.key)
            if known is not None:
                known.failing = True
            await self._tell(network.key, str(error) or type(error).__name__)

    async def _work(self, station: _Station) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s >= station.open_until_s:
            await station.node.check()
            shut = await station.gate.look()
            station.open_until_s = now_s + GATE_S if shut is None else 0.0
        if now_s < station.open_until_s:
            await sign_requested(station.bench)
        await broadcast_signed(station.sender)

    def _station(self, network: NetworkInfo) -> _Station | None:
        if network.key not in self._stations:
            try:
                self._stations[network.key] = self._make(network)
            except (UnknownNetworkError, PluginError) as error:
                _log.warning("nothing can be signed on this network", network=network.key, reason=str(error))
                self._stations[network.key] = None
        return self._stations[network.key]

    def _make(self, network: NetworkInfo) -> _Station:
        """Raises UnknownNetworkError, PluginError, TransientError while there is no approver."""
        url, clock = self._settings.nodes.signer[network.key], SystemClock()
        approver = approver_public(self._settings.home, self._settings.signer_approver)
        signing = signing_chain_of(self._plugins, network.chain, self._keys.account_key)
        node = sender_of(self._plugins, network.chain, url)
        chain = payout_chain_of(self._plugins, network.chain, url)
        return _Station(
            network=network,
            chain=chain,
            gate=Gate(self._database, network.key, chain, self._settings.payouts, who=WHO),
            node=node,
            bench=SigningBench(network.key, self._database, self._assets, signing, approver, clock),
            sender=Sender(network.key, self._database, node, clock, self._settings.payouts),
        )

    async def _tell(self, network: str, told: str) -> None:
        try:
            async with self._database.begin() as connection:
                await settle_alarm(connection, network, FAILING, told)
        except (DBAPIError, OSError) as error:
            _log.warning("alarm not written", error=str(error))
