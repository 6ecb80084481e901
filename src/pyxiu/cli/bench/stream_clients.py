"""Thousands of clients of one market's book, and how long a change takes to each of them.

Run as `python -m pyxiu.cli.bench.stream_clients`; a `FanOut` comes as JSON on standard input, a `Delivered` goes to
standard output. Invariant: the next change is made when all clients have the one before. Limit: the clients share one
processor, so what is measured contains their reading; the bare loop is read by the same clients.
"""

import asyncio
import sys
import time
from typing import Final, cast

import msgspec
import uvloop

from pyxiu.cli.bench.frames import FrameReader, handshake, text_message
from pyxiu.cli.bench.load import Key

ROUND_TIMEOUT_S: Final = 60.0
#: Longer than changes are collected for, so that each is sent at once.
PAUSE_S: Final = 0.12
CONNECTING_AT_ONCE: Final = 200
WARM_UP: Final = 3


class FanOut(msgspec.Struct, frozen=True):
    """`key` places the orders that change the book; without one the server is the bare loop, which any byte starts."""

    host: str
    port: int
    clients: int
    rounds: int
    key: Key | None = None


class Delivered(msgspec.Struct, frozen=True):
    """Milliseconds from when a change was sent until a client has it, over all clients and rounds.

    `messages_per_s`: while a change is going out, from the first client that has it to the last. `acknowledged_ms`:
    until the order that is the change was answered. `frame`: the bytes of one change, in hex.
    """

    clients: int
    rounds: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    messages_per_s: int
    acknowledged_ms: float | None
    frame: str


class Round:
    """Who has the present change, and since when."""

    def __init__(self, clients: int) -> None:
        self.began_ns = 0
        self.missing = clients
        self.arrivals_ns: list[int] = []
        self.finished = asyncio.Event()


class Client(asyncio.Protocol):
    """`opened` is set with the first payload after the acknowledgement: the snapshot."""

    def __init__(self, bench: "Bench", request: bytes, *, payloads_first: int) -> None:
        self._bench = bench
        self._request = request
        self._reader = FrameReader()
        self._to_come = payloads_first
        self._last: Round | None = None
        self.opened = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._request:
            cast("asyncio.Transport", transport).write(self._request)
        else:
            self._reader.opened = True

    def data_received(self, data: bytes) -> None:
        round_ = self._bench.round
        if self._to_come == 0:
            # The usual case, with as little work as there can be: a change is one read.
            if round_ is not None and self._last is not round_:
                self._last = round_
                round_.arrivals_ns.append(time.perf_counter_ns())
                round_.missing -= 1
                if not round_.missing:
                    self._bench.frame = data
                    round_.finished.set()
            return
        for _ in self._reader.feed(data):
            self._to_come -= 1
            if self._to_come == 0:
                self.opened.set()


class Publisher(asyncio.Protocol):
    """Makes the changes: orders over a socket of its own, or a byte to the bare loop."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._reader = FrameReader()
        self._transport: asyncio.Transport
        self._number = 0
        self.ready = asyncio.Event()
        self.replied: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._request:
            self._transport.write(self._request)
        else:
            self.ready.set()

    def data_received(self, data: bytes) -> None:
        for payload in self._reader.feed(data):
            if b'"reply"' not in payload:
                self.ready.set()
            elif b'"status":201' not in payload:
                raise RuntimeError(f"the order was refused: {payload!r}")
            elif self.replied is not None and not self.replied.done():
                self.replied.set_result(time.perf_counter_ns())

    def change(self) -> None:
        if not self._request:
            self._transport.write(b"!")
            return
        self._number += 1
        self.replied = asyncio.get_running_loop().create_future()
        price = f"{100 + self._number // 100}.{self._number % 100:02d}"
        order = f'{{"market":"btcusdt","side":"buy","volume":"0.5","price":"{price}"}}'
        self._transport.write(text_message(f'{{"event":"order.place","id":{self._number},"data":{order}}}'.encode()))


class Bench:
    def __init__(self, job: FanOut) -> None:
        self._job = job
        self.round: Round | None = None
        self.frame = b""

    async def run(self) -> Delivered:
        job = self._job
        path = "/api/v2/ranger/public/?book=nested&stream=btcusdt.ob-inc"
        request = handshake(job.host, job.port, path) if job.key else b""
        for first in range(0, job.clients, CONNECTING_AT_ONCE):
            count = min(CONNECTING_AT_ONCE, job.clients - first)
            await asyncio.gather(*(self._connect(request) for _ in range(count)))
        asking = handshake(job.host, job.port, "/api/v2/ranger/private/", job.key) if job.key else b""
        publisher = Publisher(asking)
        await asyncio.get_running_loop().create_connection(lambda: publisher, job.host, job.port + (not job.key))
        await publisher.ready.wait()
        rounds = [await self._measure(publisher) for _ in range(WARM_UP + job.rounds)][WARM_UP:]
        return self._result([round_ for round_, _ in rounds], [acknowledged for _, acknowledged in rounds])

    async def _connect(self, request: bytes) -> None:
        # The acknowledgement and the snapshot come before what is measured; from the bare loop, a greeting.
        client = Client(self, request, payloads_first=2 if request else 1)
        await asyncio.get_running_loop().create_connection(lambda: client, self._job.host, self._job.port)
        await client.opened.wait()

    async def _measure(self, publisher: Publisher) -> tuple[Round, int]:
        round_ = self.round = Round(self._job.clients)
        round_.began_ns = time.perf_counter_ns()
        publisher.change()
        async with asyncio.timeout(ROUND_TIMEOUT_S):
            await round_.finished.wait()
            replied_ns = await publisher.replied if publisher.replied is not None else round_.began_ns
        await asyncio.sleep(PAUSE_S)
        return round_, replied_ns - round_.began_ns

    def _result(self, rounds: list[Round], acknowledged_ns: list[int]) -> Delivered:
        delays = sorted(at_ns - round_.began_ns for round_ in rounds for at_ns in round_.arrivals_ns)
        spread_ns = sum(max(round_.arrivals_ns) - min(round_.arrivals_ns) for round_ in rounds)
        middle = sorted(acknowledged_ns)[len(acknowledged_ns) // 2]
        return Delivered(
            clients=self._job.clients,
            rounds=len(rounds),
            p50_ms=round(delays[len(delays) // 2] / 1e6, 2),
            p99_ms=round(delays[len(delays) * 99 // 100] / 1e6, 2),
            max_ms=round(delays[-1] / 1e6, 2),
            messages_per_s=round((self._job.clients - 1) * len(rounds) / (spread_ns / 1e9)),
            acknowledged_ms=round(middle / 1e6, 2) if self._job.key else None,
            frame=self.frame.hex(),
        )


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=FanOut)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(Bench(job).run())
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
