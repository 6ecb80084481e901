"""What the server does with a client that sends headers without end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from pyxiu.api.asgi import Receive, Scope, Send
from pyxiu.api.bounded_protocol import HEADER_BYTES_MAX
from tests.support.http import serving

BODY = b"fine"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = [(b"content-length", b"%d" % len(BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(application) as port:
        yield port


class Client:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connected(cls, port: int) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """The status line and headers."""
        async with asyncio.timeout(10):
            return await self.reader.readuntil(b"\r\n\r\n")

    def cut_off(self) -> bool:
        return self.reader.at_eof() or self.reader.exception() is not None

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


async def test_headers_as_large_as_allowed_are_fine(port: int) -> None:
    client = await Client.connected(port)
    await client.send(b"GET / HTTP/1.1\r\nhost: x\r\nx-filler: " + b"a" * (HEADER_BYTES_MAX - 1000) + b"\r\n\r\n")
    assert (await client.answer()).startswith(b"HTTP/1.1 200")
    await client.close()


@pytest.mark.parametrize("piece", [b"x-more: " + b"a" * 200 + b"\r\n", b"a" * 500], ids=["many", "one"])
async def test_headers_without_end_are_cut_off(port: int, piece: bytes) -> None:
    """T-72: whether there are many or one that never ends."""
    client = await Client.connected(port)
    await client.send(b"GET / HTTP/1.1\r\nhost: x\r\nx-filler: ")
    sent = 0
    while not client.cut_off() and sent < HEADER_BYTES_MAX * 20:
        with suppress(ConnectionError):
            await client.send(piece)
        sent += len(piece)
        await asyncio.sleep(0)
    # A client that goes on sending may find the connection reset before it has read the answer.
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        assert (await client.answer()).startswith(b"HTTP/1.1 431")
    assert sent < HEADER_BYTES_MAX * 20
    await client.close()


async def test_too_large_headers_are_431(port: int) -> None:
    """T-72."""
    client = await Client.connected(port)
    await client.send(b"GET / HTTP/1.1\r\nhost: x\r\nx-filler: " + b"a" * (HEADER_BYTES_MAX + 1))
    assert (await client.answer()).startswith(b"HTTP/1.1 431")
    assert b"server.request.headers_too_large" in await client.reader.read()
    await client.close()


async def test_requests_in_one_piece_are_counted_one_by_one(port: int) -> None:
    client = await Client.connected(port)
    request = b"GET / HTTP/1.1\r\nhost: x\r\nx-filler: " + b"a" * 1000 + b"\r\n\r\n"
    for _ in range(HEADER_BYTES_MAX // 1000 + 10):
        await client.send(request)
        assert (await client.answer()).startswith(b"HTTP/1.1 200")
        assert await client.reader.readexactly(len(BODY)) == BODY
    await client.close()


@pytest.mark.parametrize("line", [b"GET /\xff\xfe HTTP/1.1", b"GET /%zz%00 HTTP/1.1", b"NONSENSE", b"GET / HTTP/9.9"])
async def test_a_broken_request_line_costs_the_connection_only(port: int, line: bytes) -> None:
    client = await Client.connected(port)
    await client.send(line + b"\r\nhost: x\r\n\r\n")
    assert (await client.answer()).split()[1] in {b"200", b"400"}
    await client.close()
    other = await Client.connected(port)
    await other.send(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert (await other.answer()).startswith(b"HTTP/1.1 200")
    await other.close()
