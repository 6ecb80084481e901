"""The stream of a running exchange on a real port, and clients of it.

async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
    async with stream.connect("/public/?stream=btcusd.ob-inc") as socket:
        await until(socket, "btcusd.ob-snap")
"""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from pyxiu.api.server import server_config
from pyxiu.app.stream.compose import close_changed, started_stream
from pyxiu.stream.server import StreamServer
from pyxiu.stream.settings import StreamSettings
from tests.support.api import Exchange, Trader

PREFIX = "/api/v2/ranger"
WAIT_S = 15.0
#: Below the range of outgoing connections; each test process starts elsewhere.
PORTS = iter(range(20_000, 32_000))


class Stream(msgspec.Struct):
    """Where it listens."""

    port: int
    server: StreamServer

    def connect(self, path: str = "/public", *, member: Trader | None = None, **options: Any) -> connect:
        headers = {**options.pop("additional_headers", {}), **(member.auth.headers() if member else {})}
        url = f"ws://127.0.0.1:{self.port}{PREFIX}{path}"
        return connect(url, additional_headers=headers, compression=None, proxy=None, max_size=None, **options)


@asynccontextmanager
async def serving_stream(exchange: Exchange, *, send_buffer: int = 0, **settings: Any) -> AsyncIterator[Stream]:
    """`settings` are fields of StreamSettings; `send_buffer` bounds what the kernel keeps for who does not read."""
    app: Any = exchange.app
    server = await started_stream(exchange.engine.dsn, exchange.services, app.trading, StreamSettings(**settings))
    changes: Any = exchange.services.vouching
    changes.subscribe(partial(close_changed, server))
    listening = sockets.socket()
    if send_buffer:
        listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, send_buffer)
    listening.bind(("127.0.0.1", _free_port()))
    http = uvicorn.Server(server_config(app, orders=app, ws=server.protocol))
    tasks = [
        asyncio.create_task(server.run()),
        asyncio.create_task(http.serve(sockets=[listening])),
    ]
    try:
        while not http.started:
            assert not any(task.done() for task in tasks), tasks
            await asyncio.sleep(0.005)
        yield Stream(listening.getsockname()[1], server)
    finally:
        http.should_exit = True
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        listening.close()


async def receive(socket: ClientConnection) -> Any:
    """The next message, decoded."""
    async with asyncio.timeout(WAIT_S):
        message = await socket.recv()
    return msgspec.json.decode(message) if isinstance(message, str) else msgspec.msgpack.decode(message)


async def until(socket: ClientConnection, key: str) -> Any:
    """What the next message with this key says; others before it are passed over."""
    while True:
        message = await receive(socket)
        if key in message:
            return message[key]


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(msgspec.json.encode(message).decode())


def _free_port() -> int:
    for port in PORTS:
        with sockets.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")
