"""The load generator: a process of its own, raw sockets kept alive, requests made and signed as cheaply as Python can.

Run as `python -m pyxiu.cli.bench.load`; a `Job` comes as JSON on standard input, a `Result` goes to standard output.
Invariant: a request is sent on a connection only after the answer to the one before it, as ordinary clients do.
Limit: it shares the machine with the server that it measures; the no-op route measured by the same generator is the
yardstick.
"""

import asyncio
import hmac
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, cast

import httptools
import msgspec
import uvloop

from pyxiu.identity.api_keys.signatures import PREFIX, canonical_message, nonce_message

#: By the number of orders in a request; more go to the batch route.
PATHS: Final = {0: "/bench/noop", 1: "/api/v2/peatio/market/orders"}
BATCH_PATH: Final = "/api/v2/peatio/market/orders/batch"
BODIES: Final = 4_096
#: Prices lie within so many millionths of the middle, so that about half of the orders trade.
SPREAD_PPM: Final = 5_000
MIDDLE_CENTS: Final = 6_400_000
TICK_S: Final = 0.001


class Key(msgspec.Struct, frozen=True):
    kid: str
    secret: str


class Job(msgspec.Struct, frozen=True):
    """`rate` 0: as fast as the connections allow. `orders` per request: above 1 the batch route is used; 0: no-op."""

    host: str
    port: int
    connections: int
    seconds: float
    orders: int
    keys: list[Key]
    rate: int = 0
    seed: int = 1
    #: Sign the whole request (v2) instead of nonce and key id.
    whole: bool = False


class Result(msgspec.Struct, frozen=True):
    """Latencies are in milliseconds, from when a request was due until its answer was complete."""

    requests: int
    orders: int
    seconds: float
    requests_per_s: int
    orders_per_s: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    statuses: dict[str, int]


class Requests:
    """Makes the bytes of requests of one member."""

    def __init__(self, job: Job, number: int) -> None:
        key = job.keys[number % len(job.keys)]
        self._kid = key.kid.encode()
        self._secret = key.secret.encode()
        rng = random.Random(job.seed * 1_000 + number)  # noqa: S311 - load, not secrets
        path = PATHS.get(job.orders, BATCH_PATH)
        self._path = path.encode() if job.whole else None
        self._bodies = [_body(rng, job.orders) for _ in range(BODIES if job.orders <= 1 else BODIES // job.orders + 1)]
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {job.host}:{job.port}\r\nContent-Type: application/json\r\n"
            f"X-Auth-Apikey: {key.kid}\r\n"
        ).encode()
        self._next = 0

    def make(self) -> bytes:
        body = self._bodies[self._next % len(self._bodies)]
        self._next += 1
        nonce = b"%d" % (time.time_ns() // 1_000_000)
        if self._path is None:
            signature = hmac.digest(self._secret, nonce_message(nonce, self._kid), "sha256").hex().encode()
        else:
            message = canonical_message(self._kid, nonce, b"POST", self._path, b"", body)
            signature = PREFIX + hmac.digest(self._secret, message, "sha256").hex().encode()
        return b"%bX-Auth-Nonce: %b\r\nX-Auth-Signature: %b\r\nContent-Length: %d\r\n\r\n%b" % (
            self._head,
            nonce,
            signature,
            len(body),
            body,
        )


def _body(rng: random.Random, orders: int) -> bytes:
    if orders <= 1:
        return order_body(rng)
    return b'{"items":[%b]}' % b",".join(order_body(rng) for _ in range(orders))


def order_body(rng: random.Random) -> bytes:
    """A limit order near the middle; about half of them trade."""
    cents = MIDDLE_CENTS + MIDDLE_CENTS * rng.randint(-SPREAD_PPM, SPREAD_PPM) // 1_000_000
    side = rng.choice((b"buy", b"sell"))
    volume = rng.randint(100, 9_999)
    return b'{"market":"btcusdt","side":"%b","volume":"0.%06d","price":"%d.%02d"}' % (
        side,
        volume,
        cents // 100,
        cents % 100,
    )


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, requests: Requests, answered: "Callable[[Connection], None]") -> None:
        self._requests = requests
        self._answered = answered
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._due_ns = 0
        self.statuses: Counter[int] = Counter()
        self.latencies_ns: list[int] = []

    def send(self, due_ns: int) -> None:
        assert self._transport is not None, "connected"
        self._due_ns = due_ns
        self._transport.write(self._requests.make())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has the methods but not the base

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.latencies_ns.append(time.perf_counter_ns() - self._due_ns)
        self.statuses[self._parser.get_status_code()] += 1
        self._parser = httptools.HttpResponseParser(self)
        self._answered(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def run_job(job: Job) -> Result:
    pace = _closed_loop if job.rate == 0 else _open_loop
    connections, began_ns = await pace(job)
    seconds = (time.perf_counter_ns() - began_ns) / 1e9
    for connection in connections:
        connection.close()
    return _result(job, connections, seconds)


async def _connect(job: Job, answered: Callable[[Connection], None]) -> list[Connection]:
    loop = asyncio.get_running_loop()
    connections = []
    for number in range(job.connections):
        requests = Requests(job, number)
        _, connection = await loop.create_connection(
            lambda requests=requests: Connection(requests, answered),  # type: ignore[misc]  # bound as it is now
            job.host,
            job.port,
        )
        connections.append(connection)
    return connections


async def _closed_loop(job: Job) -> tuple[list[Connection], int]:
    """Each connection sends its next request as soon as it has its answer. Returns also when the first was sent."""
    under_way = job.connections
    finished = asyncio.Event()
    ends_ns = 0

    def answered(connection: Connection) -> None:
        nonlocal under_way
        now_ns = time.perf_counter_ns()
        if now_ns < ends_ns:
            connection.send(now_ns)
            return
        under_way -= 1
        if under_way == 0:
            finished.set()

    connections = await _connect(job, answered)
    began_ns = time.perf_counter_ns()
    ends_ns = began_ns + int(job.seconds * 1e9)
    for connection in connections:
        connection.send(time.perf_counter_ns())
    async with asyncio.timeout(job.seconds + 30):
        await finished.wait()
    return connections, began_ns


async def _open_loop(job: Job) -> tuple[list[Connection], int]:
    """Requests fall due at a fixed rate, whether or not those before are answered; waiting for a connection counts."""
    free: list[Connection] = []
    due: list[int] = []

    def answered(connection: Connection) -> None:
        if due:
            connection.send(due.pop(0))
        else:
            free.append(connection)

    def fell_due(due_ns: int) -> None:
        if free:
            free.pop().send(due_ns)
        else:
            due.append(due_ns)

    connections = await _connect(job, answered)
    free.extend(connections)
    began_ns = time.perf_counter_ns()
    await asyncio.to_thread(_tick, job, began_ns, asyncio.get_running_loop(), fell_due)
    async with asyncio.timeout(30):
        while len(free) < len(connections):  # noqa: ASYNC110 - an event per answer would cost what is measured
            await asyncio.sleep(TICK_S)
    return connections, began_ns


def _tick(job: Job, began_ns: int, loop: asyncio.AbstractEventLoop, fell_due: Callable[[int], None]) -> None:
    """Tell the loop when each request falls due. A thread of its own, because the loop's timers count milliseconds."""
    for number in range(int(job.rate * job.seconds)):
        due_ns = began_ns + number * 10**9 // job.rate
        wait_ns = due_ns - time.perf_counter_ns()
        if wait_ns > 0:
            time.sleep(wait_ns / 1e9)
        loop.call_soon_threadsafe(fell_due, due_ns)


def _result(job: Job, connections: list[Connection], seconds: float) -> Result:
    latencies = sorted(latency for connection in connections for latency in connection.latencies_ns)
    statuses: Counter[int] = Counter()
    for connection in connections:
        statuses += connection.statuses
    count = len(latencies)
    assert count, "no request was answered"
    return Result(
        requests=count,
        orders=count * job.orders,
        seconds=round(seconds, 3),
        requests_per_s=round(count / seconds),
        orders_per_s=round(count * job.orders / seconds),
        p50_ms=round(latencies[count // 2] / 1e6, 3),
        p99_ms=round(latencies[count * 99 // 100] / 1e6, 3),
        max_ms=round(latencies[-1] / 1e6, 3),
        statuses={str(status): number for status, number in sorted(statuses.items())},
    )


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(run_job(job))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
