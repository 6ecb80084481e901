"""The parent's end of the fork server: services that are there at once instead of after seconds of imports.

    async with fork_server() as forks:
        process = await forks.start(["run", "api", "--listen-fd={1}"], environment, [lock, listener])

Invariant: a service is started by whoever can: None instead of a process means that the caller starts it by itself.
Limit: an exit status is known from the server; if it died first, it is not.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog

from pyxiu.app.split.forked import DATAGRAM_MAX

#: Importing everything takes seconds, on a busy machine many; who waits longer goes on without it.
ANSWER_S: Final = 60.0
#: The status of a process comes with the news of its end, or its server is gone.
STATUS_S: Final = 1.0
UNKNOWN_STATUS: Final = 255
#: Before the next one, so that one that cannot live does not cost all of the processor.
PAUSE_S: Final = 1.0

_log = structlog.stdlib.get_logger("pyxiu.split")


class Fork:
    """A process that is not a child of this one, with what is used here of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, descriptor: int, stdout: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        loop = asyncio.get_running_loop()
        self._status: asyncio.Future[int] = loop.create_future()
        self._gone = asyncio.Event()
        self._descriptor = descriptor
        loop.add_reader(descriptor, self._end)

    async def wait(self) -> int:
        await self._gone.wait()
        if self.returncode is None:
            try:
                async with asyncio.timeout(STATUS_S):
                    status = await asyncio.shield(self._status)
            except TimeoutError:
                status = UNKNOWN_STATUS
            self.returncode = status
        return self.returncode

    def send_signal(self, number: int) -> None:
        if not self._gone.is_set():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def told(self, status: int) -> None:
        if not self._status.done():
            self._status.set_result(status)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._gone.set()


class _Server:
    """One fork server, as long as it lives."""

    def __init__(self, process: asyncio.subprocess.Process, link: socket.socket) -> None:
        self.process = process
        self._link = link
        self._forks: dict[int, Fork] = {}
        #: Of a process that ended before its number was known here.
        self._ended: dict[int, int] = {}
        self._asked: asyncio.Future[tuple[int, int]] | None = None
        self.has_ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(link, self._listen)

    @classmethod
    async def started(cls) -> "_Server":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "pyxiu.cli.fork_server",
                str(theirs.fileno()),
                # No setting and no secret: each service is told its own.
                env={name: value for name, value in os.environ.items() if not name.startswith("PYXIU_")},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        return cls(process, ours)

    async def fork(self, argv: Sequence[str], environment: Mapping[str, str], handed: Sequence[int]) -> Fork:
        """Raises OSError, or TimeoutError where no answer comes."""
        told = json.dumps({"argv": list(argv), "environment": dict(environment)}).encode()
        stdout, writes = await _pipe()
        try:
            self._asked = asyncio.get_running_loop().create_future()
            socket.send_fds(self._link, [told], [writes, *handed])
            async with asyncio.timeout(ANSWER_S):
                pid, process = await self._asked
        finally:
            os.close(writes)
        fork = self._forks[pid] = Fork(pid, process, stdout)
        if pid in self._ended:
            fork.told(self._ended.pop(pid))
        return fork

    async def stop(self) -> None:
        """It ends when its other end is closed."""
        self._close()
        await self.process.wait()

    def _listen(self) -> None:
        try:
            datagram, descriptors, _, _ = socket.recv_fds(self._link, DATAGRAM_MAX, 1)
        except BlockingIOError:
            return
        except OSError:
            datagram, descriptors = b"", []
        if datagram:
            self._take(json.loads(datagram), descriptors)
        else:
            self._close()

    def _close(self) -> None:
        if not self.has_ended.is_set():
            self.has_ended.set()
            asyncio.get_running_loop().remove_reader(self._link)
            self._link.close()
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(ConnectionResetError("the fork server has ended"))

    def _take(self, told: dict[str, Any], descriptors: Sequence[int]) -> None:
        if "pid" not in told:
            fork = self._forks.pop(told["ended"], None)
            if fork is None:
                self._ended[told["ended"]] = told["status"]
            else:
                fork.told(told["status"])
        elif self._asked is not None and not self._asked.done():
            self._asked.set_result((told["pid"], descriptors[0]))


class Forks:
    """See the head of this file. `keep()` runs as long as it is used."""

    def __init__(self) -> None:
        self._server: _Server | None = None
        #: A server answers one after another.
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return None if self._server is None else self._server.process.pid

    async def begin(self) -> None:
        """Let it import while something else is done."""
        self._server = await _Server.started()
        _log.info("a fork server has started", pid=self.pid)

    async def start(
        self, argv: Sequence[str], environment: Mapping[str, str], handed: Sequence[int] = ()
    ) -> Fork | None:
        """A service with these arguments, `{0}` in them being the number that the first of `handed` has there."""
        async with self._turn:
            if self._server is None or self._server.has_ended.is_set():
                return None
            try:
                return await self._server.fork(argv, environment, handed)
            except (OSError, TimeoutError) as error:
                _log.warning("the fork server does not answer", pid=self.pid, error=repr(error))
                self._server.process.kill()
                return None

    async def keep(self) -> None:
        """Start another one whenever it ends; until canceled."""
        while self._server is not None:
            await self._server.has_ended.wait()
            _log.error("the fork server has ended and is started again", pid=self.pid, pause_s=PAUSE_S)
            await self._server.stop()
            await asyncio.sleep(PAUSE_S)
            await self.begin()

    async def end(self) -> None:
        if self._server is not None:
            await self._server.stop()


@asynccontextmanager
async def fork_server() -> AsyncIterator[Forks | None]:
    """None where the system lacks what it needs."""
    if sys.platform != "linux":
        yield None
        return
    forks = Forks()
    await forks.begin()
    try:
        yield forks
    finally:
        await forks.end()


async def _pipe() -> tuple[asyncio.StreamReader, int]:
    """A reader, which closes itself at the end, and the descriptor to write to."""
    reads, writes = os.pipe()
    reader = asyncio.StreamReader()
    pipe = os.fdopen(reads, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader, writes
