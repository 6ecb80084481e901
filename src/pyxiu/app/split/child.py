"""A service as a child process: started, watched, started again when it dies, stopped.

Parent and child share a pair of connected sockets. The child writes to it when its modules have started, and ends when
it is closed, which the system does when the parent dies: so `kill -9` of the parent leaves no child behind. Invariant:
from `start` to `stop` there is a running child or one on its way, however often it dies; the pause between two tries is
bounded. Limit: a child that hangs is not noticed here; the health service and the standby are for that.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

import structlog

from pyxiu.app.settings_error import EXIT_SETTINGS
from pyxiu.app.split.forks import Fork, Forks
from pyxiu.app.split.output import relay_lines
from pyxiu.kit.errors import PermanentError

READY: Final = b"ready"
#: Between a child's end and the next try: doubled with each end that comes soon, up to the maximum.
PAUSE_FIRST_S: Final = 0.2
PAUSE_MAX_S: Final = 5.0
#: Tries of a service that has never been ready; with their pauses some ten seconds beside what a start takes.
STARTS_MAX: Final = 6
#: Who ran for so long gets the first pause again.
STEADY_S: Final = 10.0
#: As long as a service may take to stop by itself, and a little more.
STOP_S: Final = 35.0

_log = structlog.stdlib.get_logger("pyxiu.split")


class Child:
    """`name` is what its lines begin with; `handed` are descriptors that it inherits, `told` those that an option names
    to it. With `forks` it need not import anything.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        handed: Sequence[int] = (),
        told: Mapping[str, int] = MappingProxyType({}),
        forks: Forks | None = None,
    ) -> None:
        self.name = name
        self._arguments = list(arguments)
        self._environment = dict(environment)
        self._handed = tuple(handed)
        self._told = dict(told)
        self._forks = forks
        self._process: asyncio.subprocess.Process | Fork | None = None
        self._link: socket.socket | None = None
        self._lines: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Return when it says that it is ready. Raises PermanentError if it ends before: at once where its settings
        are wrong, otherwise after STARTS_MAX tries, since what it needs may just have died and be on its way.
        """
        pause_s = PAUSE_FIRST_S
        for number in range(1, STARTS_MAX + 1):
            await self._spawn()
            if await self._is_ready_before_it_ends():
                break
            status = await self._ended()
            if status == EXIT_SETTINGS or number == STARTS_MAX:
                raise PermanentError(f"{self.name} ended with {status} before it was ready; its lines say why")
            _log.error("a service does not start and is tried again", child=self.name, status=status, pause_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s *= 2
        _log.info("a service has started", child=self.name, pid=self.pid)

    async def keep(self) -> None:
        """Start it again whenever it ends; until canceled."""
        # What a test armed has fired or never will: the next one must be able to live.
        self._environment.pop("PYXIU_FAILPOINTS", None)
        loop = asyncio.get_running_loop()
        pause_s = PAUSE_FIRST_S
        while True:
            began_s = loop.time()
            status = await self._ended()
            if loop.time() - began_s > STEADY_S:
                pause_s = PAUSE_FIRST_S
            _log.error("a service has ended and is started again", child=self.name, status=status, pause_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
            await self._spawn()
            if await self._is_ready_before_it_ends():
                _log.info("a service has started again", child=self.name, pid=self.pid)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL if that does not help."""
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                _log.error("a service does not stop and is killed", child=self.name)
                process.kill()
                await process.wait()
        if self._lines is not None:
            await asyncio.wait({self._lines}, timeout=STOP_S)
        self._close_link()

    async def _spawn(self) -> None:
        self._close_link()
        self._link, theirs = socket.socketpair()
        self._link.setblocking(False)
        with theirs:
            told = {"--parent-fd": theirs.fileno()} | self._told
            # By their places: a fork has other numbers for the same descriptors.
            arguments = [*self._arguments, *(f"{option}={{{place}}}" for place, option in enumerate(told))]
            handed = [*told.values(), *self._handed]
            self._process = await self._forked(arguments, handed) or await self._executed(arguments, handed)
        assert self._process.stdout is not None, "asked for"
        self._lines = asyncio.create_task(relay_lines(self.name, self._process.stdout), name=f"lines of {self.name}")

    async def _forked(self, arguments: Sequence[str], handed: Sequence[int]) -> Fork | None:
        return None if self._forks is None else await self._forks.start(arguments, self._environment, handed)

    async def _executed(self, arguments: Sequence[str], handed: Sequence[int]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "pyxiu",
            *(argument.format(*handed) for argument in arguments),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(handed),
            # Ctrl-C in a terminal is for the parent, which stops the children in their order.
            start_new_session=True,
        )

    async def _ended(self) -> int:
        assert self._process is not None, "start() comes first"
        return await self._process.wait()

    async def _is_ready_before_it_ends(self) -> bool:
        ready, ended = asyncio.ensure_future(self._until_ready()), asyncio.ensure_future(self._ended())
        try:
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
            return ready.done() and ready.result()
        finally:
            for waiting in (ready, ended):
                waiting.cancel()

    async def _until_ready(self) -> bool:
        assert self._link is not None, "spawned"
        return await asyncio.get_running_loop().sock_recv(self._link, len(READY)) == READY

    def _close_link(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


class Parent:
    """The child's end: built from the descriptor that it was started with."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._link = socket.socket(fileno=descriptor)
        self._link.setblocking(False)

    async def tell_ready(self) -> None:
        await asyncio.get_running_loop().sock_sendall(self._link, READY)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """If the parent ends during the block, this process stops as by SIGTERM, however far its start has come."""
        watching = asyncio.create_task(self._until_gone(), name="parent")
        try:
            yield
        finally:
            watching.cancel()

    async def _until_gone(self) -> None:
        await asyncio.get_running_loop().sock_recv(self._link, 1)
        _log.error("the process that started this one has ended; stopping")
        os.kill(os.getpid(), signal.SIGTERM)
