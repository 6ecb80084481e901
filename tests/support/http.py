"""An ASGI application on a real server and a real port, in this event loop, and a client that costs little.

    async with serving(app) as port, connections(port, 64) as clients: ...

Limit: the client knows POST with a length, and nothing else.
"""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import uvicorn

from pyxiu.api.asgi import ASGIApp
from pyxiu.api.hot_routes import HotRoutes
from pyxiu.api.server import server_config

PORTS = range(20_000, 32_000)
TRIES = 100


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Connection:
    """One connection kept alive; one request at a time, without what a whole client library does for each."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].partition(b"\r")[0])
        return int(answer.split()[1]), await self._reader.readexactly(length)


@asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    try:
        yield [Connection(reader, writer) for reader, writer in opened]
    finally:
        for _, writer in opened:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(app: ASGIApp, **settings: Any) -> AsyncIterator[int]:
    """The port."""
    listening = bound_socket()
    orders = app if isinstance(app, HotRoutes) else None
    server = _Server(server_config(app, orders=orders, **settings))
    task = asyncio.create_task(server.serve([listening]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn sets no event
            await asyncio.sleep(0.01)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listening.close()


def bound_socket() -> socket.socket:
    """A listening socket on a free port below the range that the system hands out by itself."""
    for _ in range(TRIES):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", random.choice(PORTS)))
        except OSError:
            listening.close()
            continue
        listening.listen()
        return listening
    raise AssertionError(f"no free port in {TRIES} tries")
