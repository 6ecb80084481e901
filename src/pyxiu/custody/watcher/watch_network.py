"""Watch one network: scan, read what was found, credit what is deep enough, and say what stands in the way.

A turn does a bounded amount of work. Invariant: when a node does not answer, contradicts itself, is behind or on
another network, the height does not move, nothing is credited, and an alarm is open until a turn has gone well. Limit:
one node is asked; a second opinion is not sought.
"""

import asyncio
import time
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from pyxiu.custody import store
from pyxiu.custody.chain import NodeFaultError, NodeUnavailableError, WrongChainError
from pyxiu.custody.deposits.credit_deposits import credit_deposits, ripen_deposits
from pyxiu.custody.deposits.read_payments import read_payments
from pyxiu.custody.deposits.read_pool import Pool
from pyxiu.custody.deposits.resolve_exception import look_again
from pyxiu.custody.deposits.take_back import take_back_deposits
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.ports import ChainReader, PoolReader
from pyxiu.custody.scan_blocks import ForkTooDeepError, NodeBehindError, Progress, Scanner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.watcher.metrics import WatcherMetrics
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE

#: How often a node at its tip is asked for another block.
POLL_S: Final = 1.0
#: Waits after a turn that failed: doubled each time.
RETRY_FIRST_S: Final = 1.0
RETRY_MAX_S: Final = 30.0
#: How often the node is asked which network it is on while blocks are caught up; at the tip every turn.
CHECK_S: Final = 10.0
#: How often exceptions that may end by themselves are looked at.
LOOK_AGAIN_S: Final = 60.0
#: The pool is looked at again after so many times as long as the last look took, so it takes a small share of the time.
POOL_REST: Final = 20
#: How often progress is told while blocks are caught up.
TELL_S: Final = 5.0

#: Faults and the kinds of alarms that they open.
ALARMS: Final[dict[type[Exception], str]] = {
    NodeUnavailableError: "node_unavailable",
    NodeFaultError: "node_fault",
    NodeBehindError: "node_behind",
    WrongChainError: "wrong_chain",
    ForkTooDeepError: "fork_too_deep",
}
#: Anything else that passes by itself: the engine is away, or its inbox is full.
OTHER_ALARM: Final = "engine_unavailable"
BUG_ALARM: Final = "watcher_failed"
DATABASE_LOST: Final = (DBAPIError, SQLAlchemyError, *UNAVAILABLE)

_log = structlog.stdlib.get_logger("pyxiu.watcher")


class NetworkWatcher:
    """One network and one node. `run` until canceled, or `turn` by `turn`."""

    def __init__(
        self, services: CustodyServices, network: NetworkInfo, reader: ChainReader, metrics: WatcherMetrics
    ) -> None:
        self._services = services
        self._network = network.key
        self._reader = reader
        self._metrics = metrics
        self._pool = Pool(services, network.key, reader) if isinstance(reader, PoolReader) else None
        self._pool_next_s = float("-inf")
        self._pool_fails = False
        self._scanner = Scanner(network.key, reader, services.database, first=network.first_height)
        self._retry_s = RETRY_FIRST_S
        self._checked_s = self._looked_s = self._told_s = float("-inf")
        self._caught_up = False
        #: None until a turn went well: alarms of an earlier process may be open.
        self._alarm: str | None = None
        self._quiet = False

    async def run(self) -> None:
        """Until canceled. Whatever fails is told and tried again: no network stops another."""
        try:
            while True:
                wait_s = await self.turn()
                await asyncio.sleep(wait_s)
        finally:
            await self._reader.close()

    async def turn(self) -> float:
        """One turn; how many seconds to wait before the next."""
        try:
            progress = await self._work()
        except (WrongChainError, ForkTooDeepError, TransientError) as error:
            kind = ALARMS.get(type(error), OTHER_ALARM)
            return await self._failed(kind, str(error))
        except DATABASE_LOST as error:
            _log.warning("watcher waits for the database", network=self._network, error=type(error).__name__)
            return self._backed_off()
        except Exception as error:  # noqa: BLE001 - a bug about one network must not keep others from their deposits
            _log.exception("watcher failed", network=self._network)
            return await self._failed(BUG_ALARM, f"{type(error).__name__}: see the log")
        await self._went_well()
        return 0.0 if progress.left or progress.undone else POLL_S

    async def _work(self) -> Progress:
        now_s = time.monotonic()
        if self._caught_up or now_s - self._checked_s >= CHECK_S:
            await self._reader.check()
            self._checked_s = now_s
        progress = await self._scanner.step()
        self._measure(progress)
        if self._caught_up and now_s - self._looked_s >= LOOK_AGAIN_S:
            self._looked_s = now_s
            await look_again(self._services, self._network)
        while await read_payments(self._services, self._network, self._reader):
            pass
        credited = await credit_deposits(self._services, self._network, self._reader)
        self._metrics.credited.labels(self._network).inc(credited)
        self._caught_up = progress.left == 0 and not progress.undone
        if self._caught_up:
            await self._at_the_tip()
        return progress

    async def _at_the_tip(self) -> None:
        taken = await take_back_deposits(self._services, self._network, self._reader)
        self._metrics.clawed_back.labels(self._network).inc(taken)
        await ripen_deposits(self._services, self._network)
        await self._look_at_pool()

    async def _look_at_pool(self) -> None:
        """What fails about it stops nothing else: it is only shown."""
        began_s = time.monotonic()
        if self._pool is None or began_s < self._pool_next_s:
            return
        try:
            await self._pool.look()
            self._pool_fails = False
        except (NodeUnavailableError, NodeFaultError) as error:
            if not self._pool_fails:
                _log.warning("pool not read", network=self._network, error=str(error))
            self._pool_fails = True
        ended_s = time.monotonic()
        self._pool_next_s = ended_s + POOL_REST * (ended_s - began_s)

    def _measure(self, progress: Progress) -> None:
        metrics, network = self._metrics, self._network
        metrics.height.labels(network).set(progress.height)
        metrics.tip.labels(network).set(progress.tip)
        metrics.lag.labels(network).set(progress.left)
        metrics.undone.labels(network).inc(progress.undone)
        metrics.payments.labels(network).inc(progress.payments)
        metrics.blocks.labels(network).inc(progress.blocks)
        if progress.left and time.monotonic() - self._told_s >= TELL_S:
            self._told_s = time.monotonic()
            _log.info("catching up", network=network, height=progress.height, left=progress.left)
        elif progress.left == 0 and not self._caught_up:
            _log.info("at the tip", network=network, height=progress.height)

    async def _went_well(self) -> None:
        self._retry_s = RETRY_FIRST_S
        if self._quiet:
            return
        try:
            async with self._services.database.begin() as connection:
                for kind in (*ALARMS.values(), OTHER_ALARM, BUG_ALARM):
                    await store.clear_alarm(connection, self._network, kind)
        except DATABASE_LOST:
            return
        self._metrics.alarm.labels(self._network).set(0)
        self._quiet = True

    async def _failed(self, kind: str, told: str) -> float:
        self._quiet = False
        self._caught_up = False
        self._checked_s = float("-inf")
        _log.warning("network does not go on", network=self._network, alarm=kind, error=told)
        self._metrics.alarm.labels(self._network).set(1)
        try:
            async with self._services.database.begin() as connection:
                if self._alarm not in (None, kind):
                    await store.clear_alarm(connection, self._network, self._alarm or "")
                await store.raise_alarm(connection, self._network, kind, told)
        except DATABASE_LOST as error:
            _log.warning("alarm not written", network=self._network, alarm=kind, error=type(error).__name__)
        self._alarm = kind
        return self._backed_off()

    def _backed_off(self) -> float:
        wait_s, self._retry_s = self._retry_s, min(RETRY_MAX_S, self._retry_s * 2)
        return wait_s
