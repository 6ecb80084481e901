"""A private door to a running engine: a Unix socket under PYXIU_HOME for `seed`, `demo` and modules in other processes.

A frame is four bytes of length and a msgpack array. Asked: `[id, "submit", [command, …]]` or `[id, "status"]`.
Answered: `[id, "ok", payload]`, `[id, "overloaded", retry_after_s]` or `[id, "stopped", text]`. Invariant: commands
of a frame reach the inbox together and in order, or none does. Limit: one machine, one user: the file's mode is the
only guard, so it is 0600 from the moment it exists.
"""

import asyncio
import hashlib
import os
import stat
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import structlog

from pyxiu.core.outcomes import Outcome
from pyxiu.engine.errors import EngineStoppedError, OverloadedError

SUBMIT: Final = "submit"
STATUS: Final = "status"
OK: Final = "ok"
OVERLOADED: Final = "overloaded"
STOPPED: Final = "stopped"

FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
CONNECTIONS_MAX: Final = 64
#: Frames of one connection that are worked on at a time; more wait in the socket.
IN_FLIGHT_MAX: Final = 64
SOCKET_PATH_MAX: Final = 90
_LENGTH_BYTES: Final = 4

_log = structlog.stdlib.get_logger("pyxiu.control")
_encode = msgspec.msgpack.Encoder().encode


class Request(msgspec.Struct, frozen=True, array_like=True):
    id: int
    word: str
    commands: list[bytes] = []


class Answer(msgspec.Struct, frozen=True, array_like=True):
    id: int
    word: str
    payload: msgspec.Raw = msgspec.Raw(b"\xc0")


_request_decoder = msgspec.msgpack.Decoder(Request)


class ServedEngine(Protocol):
    """The part of the engine's client that is served."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]: ...

    def status(self) -> Any: ...


def socket_path(home: Path) -> Path:
    """Where the socket of a home is: in it, or in a private folder where that path is too long for a socket."""
    path = home / "control.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
        return path
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"pyxiu-{os.geteuid()}" / f"{name}.sock"


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


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next frame, None at the end. Raises ValueError for one that is too long."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
        if length > FRAME_BYTES_MAX:
            raise ValueError(f"expected a frame of at most {FRAME_BYTES_MAX} bytes, found {length}")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


def frame(content: msgspec.Struct) -> bytes:
    body = _encode(content)
    assert len(body) <= FRAME_BYTES_MAX, len(body)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


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
            await self._serve(reader, writer)
        except (ConnectionError, ValueError, msgspec.DecodeError) as error:
            _log.warning("control connection dropped", reason=str(error))
        except asyncio.CancelledError:
            pass  # the server closes; the streams module would log a cancelled handler as an error
        finally:
            self._connections.discard(task)
            writer.close()

    async def close(self) -> None:
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        room = asyncio.Semaphore(IN_FLIGHT_MAX)
        async with asyncio.TaskGroup() as group:
            while (raw := await read_frame(reader)) is not None:
                request = _request_decoder.decode(raw)
                await room.acquire()
                group.create_task(self._answer(request, writer)).add_done_callback(lambda _: room.release())

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        answer = await self._carried_out(request)
        with suppress(ConnectionError):
            writer.write(frame(answer))
            await writer.drain()

    async def _carried_out(self, request: Request) -> Answer:
        try:
            match request.word:
                case "submit":
                    outcomes = await self._engine.submit_many(request.commands)
                    return Answer(request.id, OK, msgspec.Raw(_encode(outcomes)))
                case "status":
                    return Answer(request.id, OK, msgspec.Raw(_encode(self._engine.status())))
                case word:
                    return Answer(request.id, STOPPED, msgspec.Raw(_encode(f"unknown request {word!r}")))
        except OverloadedError as error:
            return Answer(request.id, OVERLOADED, msgspec.Raw(_encode(error.retry_after_s)))
        except EngineStoppedError as error:
            return Answer(request.id, STOPPED, msgspec.Raw(_encode(str(error))))
