"""Orders over sockets: so many connections, each with so many orders under way.

Run as `python -m pyxiu.cli.bench.stream_orders`; an `OrderStream` comes as JSON on standard input, a `load.Result` goes
to standard output. Invariant: a connection has never more under way than it was told; each reply is the next order's
beginning. Limit: it shares the machine with the server; single orders over HTTP, by the same flow, are the yardstick.
"""

import asyncio
import random
import re
import sys
import time
from collections import Counter
from typing import Final, cast

import msgspec
import uvloop

from pyxiu.cli.bench.frames import FrameReader, handshake, text_message
from pyxiu.cli.bench.load import BODIES, Key, Result, order_body

_REPLY: Final = re.compile(rb'\{"reply":\{"id":(\d+),"status":(\d+)')


class OrderStream(msgspec.Struct, frozen=True):
    host: str
    port: int
    connections: int
    in_flight: int
    seconds: float
    keys: list[Key]
    seed: int = 1


class Load:
    """What the connections share."""

    def __init__(self, job: OrderStream) -> None:
        self.job = job
        self.ends_ns = 0
        self.under_way = 0
        self.finished = asyncio.Event()
        self.latencies_ns: list[int] = []
        self.statuses: Counter[int] = Counter()


class Connection(asyncio.Protocol):
    def __init__(self, load: Load, number: int) -> None:
        self._load = load
        self._key = load.job.keys[number % len(load.job.keys)]
        rng = random.Random(load.job.seed * 1_000 + number)  # noqa: S311 - load, not secrets
        self._bodies = [order_body(rng) for _ in range(BODIES)]
        self._reader = FrameReader()
        self._transport: asyncio.Transport
        self._sent_ns: dict[int, int] = {}
        self._number = 0
        self.opened = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        job = self._load.job
        self._transport.write(handshake(job.host, job.port, "/api/v2/ranger/private/", self._key))

    def data_received(self, data: bytes) -> None:
        now_ns = time.perf_counter_ns()
        answered = 0
        for payload in self._reader.feed(data):
            match = _REPLY.match(payload)
            if match is None:
                self.opened.set()
                continue
            answered += 1
            self._load.latencies_ns.append(now_ns - self._sent_ns.pop(int(match[1])))
            self._load.statuses[int(match[2])] += 1
        if answered and now_ns < self._load.ends_ns:
            self.send(answered)
        elif answered:
            self._load.under_way -= answered
            if not self._load.under_way:
                self._load.finished.set()

    def send(self, count: int) -> None:
        now_ns = time.perf_counter_ns()
        messages = []
        for _ in range(count):
            self._number += 1
            self._sent_ns[self._number] = now_ns
            body = self._bodies[self._number % BODIES]
            messages.append(text_message(b'{"event":"order.place","id":%d,"data":%b}' % (self._number, body)))
        self._transport.write(b"".join(messages))

    def close(self) -> None:
        self._transport.close()


async def run_job(job: OrderStream) -> Result:
    load, loop = Load(job), asyncio.get_running_loop()
    connections = [Connection(load, number) for number in range(job.connections)]
    for connection in connections:
        await loop.create_connection(lambda connection=connection: connection, job.host, job.port)  # type: ignore[misc]  # bound as it is now
        await connection.opened.wait()
    began_ns = time.perf_counter_ns()
    load.ends_ns = began_ns + int(job.seconds * 1e9)
    load.under_way = job.connections * job.in_flight
    for connection in connections:
        connection.send(job.in_flight)
    async with asyncio.timeout(job.seconds + 30):
        await load.finished.wait()
    seconds = (time.perf_counter_ns() - began_ns) / 1e9
    for connection in connections:
        connection.close()
    return _result(load, seconds)


def _result(load: Load, seconds: float) -> Result:
    latencies, count = sorted(load.latencies_ns), len(load.latencies_ns)
    return Result(
        requests=count,
        orders=count,
        seconds=round(seconds, 3),
        requests_per_s=round(count / seconds),
        orders_per_s=round(count / seconds),
        p50_ms=round(latencies[count // 2] / 1e6, 3),
        p99_ms=round(latencies[count * 99 // 100] / 1e6, 3),
        max_ms=round(latencies[-1] / 1e6, 3),
        statuses={str(status): number for status, number in sorted(load.statuses.items())},
    )


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=OrderStream)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(run_job(job))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
