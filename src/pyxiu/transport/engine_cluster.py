"""The engine that leads, wherever it is: an `EngineClient` over several engines of which one leads at a time.

A connector asks the engines in turn until one says that it leads, keeps that connection while it does, and looks again
when it is lost, hangs or hands over. Invariant: a command goes to one engine and is never sent again by itself; while
none leads, commands are refused at once, with nothing taken. Limit: how soon a new leader is found is bounded by
HUNG_S plus a round of asking.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from pyxiu.core.commands import Command
from pyxiu.core.outcomes import Outcome
from pyxiu.engine.errors import EngineStoppedError, NotLeadingError
from pyxiu.engine.sequencer import EngineStatus, State
from pyxiu.transport.framed_engine import FramedEngine
from pyxiu.transport.grpc_client import connect_grpc
from pyxiu.transport.tls import Identity

#: A leader that has not told its status for so long is taken for hung.
HUNG_S: Final = 2.0
WATCH_S: Final = 0.1
#: Between rounds of asking: doubled each time, with jitter, so that many gateways do not ask at once.
PAUSE_FIRST_S: Final = 0.05
PAUSE_MAX_S: Final = 0.5

_NOBODY: Final = EngineStatus(State.STOPPED, leading=False, seq=0, inbox=0, last_commit_ns=0)
_log = structlog.stdlib.get_logger("pyxiu.engine_cluster")


@asynccontextmanager
async def connect_cluster(addresses: Sequence[str], identity: Identity | None) -> AsyncIterator["EngineCluster"]:
    """A client for the length of the block; it looks for the leader in the background."""
    cluster = EngineCluster(addresses, identity)
    connecting = asyncio.create_task(cluster.keep_connected(), name="engine cluster")
    try:
        yield cluster
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)


class EngineCluster:
    """Addresses are `host:port`, or `unix:/path`."""

    def __init__(self, addresses: Sequence[str], identity: Identity | None) -> None:
        assert addresses, "no engine to connect to"
        self._addresses = list(addresses)
        self._identity = identity
        self._link: FramedEngine | None = None
        self._found = asyncio.Event()
        self._last_status = _NOBODY

    def submit_nowait(self, command: bytes) -> asyncio.Future[Outcome]:
        return self._leader().submit_nowait(command)

    async def submit(self, command: Command) -> Outcome:
        return await self._leader().submit(command)

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        return await self._leader().submit_many(commands)

    def status(self) -> EngineStatus:
        """The leader's status; while there is none, the last one known, not leading."""
        if self._link is not None:
            self._last_status = self._link.status()
            return self._last_status
        last = self._last_status
        return EngineStatus(State.STOPPED, leading=False, seq=last.seq, inbox=0, last_commit_ns=last.last_commit_ns)

    async def until_found(self, timeout_s: float) -> None:
        """Wait for a leader. Raises EngineStoppedError after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._found.wait()
        except TimeoutError:
            raise EngineStoppedError(f"no engine leads at {', '.join(self._addresses)}") from None

    async def keep_connected(self) -> None:
        """Find the leader, again and again; runs until it is canceled."""
        pause_s = PAUSE_FIRST_S
        while True:
            for address in self._addresses:
                if await self._while_leading(address):
                    pause_s = PAUSE_FIRST_S
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause_s = min(2 * pause_s, PAUSE_MAX_S)

    async def _while_leading(self, address: str) -> bool:
        """Use this engine for as long as it leads; False if it does not."""
        try:
            async with connect_grpc(address, self._identity) as link:
                if not link.status().leading:
                    return False
                self._link = link
                self._found.set()
                _log.info("engine found", address=address, seq=link.status().seq)
                await _until_over(link)
        except EngineStoppedError as error:
            _log.debug("no engine", address=address, reason=str(error))
            return False
        finally:
            if self._link is not None:
                _log.warning("engine lost", address=address)
            self._link = None
            self._found.clear()
        return True

    def _leader(self) -> FramedEngine:
        if self._link is None:
            raise NotLeadingError("no engine leads at the moment; nothing was taken")
        return self._link


async def _until_over(link: FramedEngine) -> None:
    lost = asyncio.ensure_future(link.until_lost())
    try:
        while not lost.done():
            await asyncio.wait({lost}, timeout=WATCH_S)
            if link.status_age_s() > HUNG_S or (not lost.done() and not link.status().leading):
                return
    finally:
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
