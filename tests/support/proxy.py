"""A TCP proxy in front of a test's PostgreSQL that can swallow what the server answers, or cut the line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit


class Proxy:
    """`dsn` goes through the proxy. While `eating`, the server hears the client and not the other way round."""

    def __init__(self, dsn: str) -> None:
        self._upstream = parse_qs(urlsplit(dsn).query)
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._pumps: set[asyncio.Task[None]] = set()
        self._target = dsn
        self.eating = False
        self.eaten = asyncio.Event()

    @property
    def dsn(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return urlunsplit(urlsplit(self._target)._replace(query=f"host={quote('127.0.0.1')}&port={port}"))

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    def cut(self) -> None:
        """Close every connection, on both sides."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _accept(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        host, port = self._upstream["host"][0], self._upstream["port"][0]
        if host.startswith("/"):
            server_in, server_out = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            server_in, server_out = await asyncio.open_connection(host, int(port))
        self._writers += [client_out, server_out]
        for work in (self._pump(client_in, server_out), self._pump(server_in, client_out, answers=True)):
            pump = asyncio.ensure_future(work)
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answers: bool = False) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                if answers and self.eating:
                    self.eaten.set()
                    continue
                target.write(data)
                await target.drain()
        target.close()


@asynccontextmanager
async def proxied(dsn: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(dsn)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
