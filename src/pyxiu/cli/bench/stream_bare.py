"""The yardstick of the fan-out: a loop that writes the same bytes to the same number of sockets, and does nothing else.

Run as `python -m pyxiu.cli.bench.stream_bare PORT FRAME`, the frame in hex. Clients connect to PORT; each byte that
comes in on PORT + 1 makes it write the frame to all of them. Invariant: no parsing, no queue, no state. Limit: nobody
can use such a server.
"""

import asyncio
import sys
from typing import Final, cast

import uvloop

#: An empty frame: the client is among those who are written to.
GREETING: Final = b"\x81\x00"

_sockets: set[asyncio.Transport] = set()


class _Client(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        _sockets.add(self._transport)
        self._transport.write(GREETING)

    def connection_lost(self, _: Exception | None) -> None:
        _sockets.discard(self._transport)


class _Control(asyncio.Protocol):
    def __init__(self, frame: bytes) -> None:
        self._frame = frame

    def data_received(self, _: bytes) -> None:
        for transport in _sockets:
            transport.write(self._frame)


async def serve(port: int, frame: bytes) -> None:
    loop = asyncio.get_running_loop()
    clients = await loop.create_server(_Client, "127.0.0.1", port, backlog=2_048)
    control = await loop.create_server(lambda: _Control(frame), "127.0.0.1", port + 1)
    async with clients, control:
        print("ready", flush=True)
        await clients.serve_forever()


def main() -> None:
    port, frame = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(port), bytes.fromhex(frame)))


if __name__ == "__main__":
    main()
