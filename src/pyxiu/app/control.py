"""A private door to a running engine: a Unix socket under PYXIU_HOME for `seed`, `demo` and modules in other processes.

What is said there is in `transport/frames.py`. Limit: one machine, one user: the file's mode is the only guard, so it
is 0600 from the moment it exists.
"""

import asyncio
import hashlib
import os
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog

from pyxiu.engine.errors import EngineStoppedError
from pyxiu.transport.frame_server import ServedEngine, serve_frames
from pyxiu.transport.framed_engine import FramedEngine
from pyxiu.transport.frames import FRAME_BYTES_MAX
from pyxiu.transport.streams import StreamDuplex

CONNECTIONS_MAX: Final = 64
CONNECT_TIMEOUT_S: Final = 5.0
SOCKET_PATH_MAX: Final = 90

_log = structlog.stdlib.get_logger("pyxiu.control")


def socket_path(home: Path, name: str = "control") -> Path:
    """Where a socket of a home is: in it, or in a private folder where that path is too long for a socket."""
    path = home / f"{name}.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"pyxiu-{os.geteuid()}" / f"{digest}.sock"


@asynccontextmanager
async def connect_control(home: Path) -> AsyncIterator[FramedEngine]:
    """A connection for the length of the block. Raises EngineStoppedError where no engine runs on this home."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(socket_path(home), limit=FRAME_BYTES_MAX)
    except (OSError, TimeoutError) as error:
        raise EngineStoppedError(f"no engine runs on {home}: {error}") from error
    duplex = StreamDuplex(reader, writer)
    remote = FramedEngine(duplex)
    try:
        await remote.ask_status()
        yield remote
    finally:
        duplex.close()
        await remote.close()


@asynccontextmanager
async def serve_control(home: Path, engine: ServedEngine) -> AsyncIterator[None]:
    """Serve until the end of the block. The caller leads the engine, so a socket found here is a dead one."""
    path = socket_path(home)
    _private_folder(path, home)
    path.unlink(missing_ok=True)
    door = _Door(engine)
    umask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(door.connected, path=path, limit=FRAME_BYTES_MAX)
    finally:
        os.umask(umask)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await door.close()


def _private_folder(path: Path, home: Path) -> None:
    if path.parent == home:
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    found = path.parent.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{path.parent}: expected a folder of ours with mode 0700; remove it")


class _Door:
    """All connections of one server."""

    def __init__(self, engine: ServedEngine) -> None:
        self._engine = engine
        self._connections: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= CONNECTIONS_MAX:
            writer.close()
            return
        self._connections.add(task)
        try:
            # The streams module would log a canceled handler as an error: the server closes.
            with suppress(asyncio.CancelledError):
                await serve_frames(StreamDuplex(reader, writer), self._engine)
        except* (ConnectionError, ValueError, msgspec.DecodeError) as errors:
            _log.warning("control connection dropped", reason=str(errors.exceptions[0]))
        finally:
            self._connections.discard(task)
            writer.close()

    async def close(self) -> None:
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
