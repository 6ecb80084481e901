"""The stream: one change to thousands of clients against a bare loop, and orders over sockets against HTTP.

Each round measures the stream and the loop that writes the same bytes to as many sockets one after the other, so that a
neighbour's noise hits both; figures are medians of the rounds, ratios are taken within a round. Limit: server, clients
and PostgreSQL share the machine; the clients' reading is part of what is measured, on both sides alike.
"""

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from pyxiu.app.settings import Settings
from pyxiu.cli.bench.e2e import SERVICES
from pyxiu.cli.bench.exchange import BenchExchange, bench_exchange, free_port
from pyxiu.cli.bench.figures import median_of
from pyxiu.cli.bench.host import machine
from pyxiu.cli.bench.load import Result
from pyxiu.cli.bench.stream_clients import Delivered, FanOut
from pyxiu.cli.bench.stream_orders import OrderStream

Json = dict[str, Any]

#: Connections and orders under way on each.
SHAPES: Final = {"one_socket": (1, 64), "fifty_sockets": (50, 4)}
HTTP_CONNECTIONS: Final = 256
CHILD_TIMEOUT_S: Final = 600.0
#: A single client of the benchmark is what a server must otherwise be protected from.
UNBOUNDED: Final = {
    "PYXIU_STREAM_CONNECTIONS": "100000",
    "PYXIU_STREAM_CONNECTIONS_PER_ADDRESS": "100000",
    "PYXIU_STREAM_ORDERS_PER_S": "1000000",
    "PYXIU_STREAM_ORDERS_BURST": "1000000",
    # The clients never answer a ping, and a ping would count as a change.
    "PYXIU_STREAM_PING_S": "100000",
    "PYXIU_STREAM_SILENCE_S": "100000",
}


async def bench_stream(
    settings: Settings,
    *,
    clients: tuple[int, ...],
    changes: int,
    seconds: float,
    rounds: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Json:
    """Start an exchange, load its stream, and return the figures."""
    async with bench_exchange(settings, SERVICES, UNBOUNDED) as exchange:
        # The fan-out first: in an empty book each of its orders is among the levels that are shown.
        fan_outs: Json = {}
        for count in clients:
            measured = []
            for number in range(1, rounds + 1):
                progress(f"{count} clients, round {number} of {rounds}")
                measured.append(await _fan_out(exchange, count, changes))
            fan_outs[str(count)] = _medians(measured)
        orders = []
        for number in range(1, rounds + 1):
            progress(f"orders, round {number} of {rounds}")
            orders.append(await _orders(exchange, seconds, number))
    return {
        "bench": "stream",
        "machine": machine(),
        "rounds": rounds,
        "changes_a_round": changes,
        "fan_out": fan_outs,
        "orders": _order_medians(orders),
    }


async def _fan_out(exchange: BenchExchange, clients: int, changes: int) -> Json:
    host, port = exchange.settings.host, exchange.settings.port
    stream = await _child("stream_clients", FanOut(host, port, clients, changes, exchange.keys[0]), Delivered)
    bare_port = free_port()
    async with _bare_loop(bare_port, stream.frame):
        bare = await _child("stream_clients", FanOut("127.0.0.1", bare_port, clients, changes), Delivered)
    return {
        "stream": _shown(stream),
        "bare_loop": _shown(bare),
        "frame_bytes": len(stream.frame) // 2,
        "ratio_messages_to_bare": round(stream.messages_per_s / bare.messages_per_s, 3),
    }


async def _orders(exchange: BenchExchange, seconds: float, seed: int) -> Json:
    http = await exchange.load(seconds=seconds, connections=HTTP_CONNECTIONS, orders=1, seed=seed)
    figures: Json = {"http_single": msgspec.structs.asdict(http)}
    for name, (connections, in_flight) in SHAPES.items():
        job = OrderStream(
            exchange.settings.host, exchange.settings.port, connections, in_flight, seconds, exchange.keys, seed
        )
        result = await _child("stream_orders", job, Result)
        figures[name] = {"connections": connections, "in_flight": in_flight} | msgspec.structs.asdict(result)
        figures[f"ratio_{name}_to_http"] = round(result.orders_per_s / http.orders_per_s, 3)
    return figures


def _shown(delivered: Delivered) -> Json:
    figures: Json = msgspec.structs.asdict(delivered)
    del figures["frame"], figures["clients"], figures["rounds"]
    return {name: value for name, value in figures.items() if value is not None}


def _medians(measured: list[Json]) -> Json:
    return {
        "stream": median_of([figures["stream"] for figures in measured]),
        "bare_loop": median_of([figures["bare_loop"] for figures in measured]),
        "frame_bytes": measured[0]["frame_bytes"],
        "ratio_messages_to_bare": statistics.median(figures["ratio_messages_to_bare"] for figures in measured),
    }


def _order_medians(measured: list[Json]) -> Json:
    merged: Json = {}
    for name, value in measured[0].items():
        values = [figures[name] for figures in measured]
        merged[name] = median_of(values) if isinstance(value, dict) else statistics.median(values)
    return merged


async def _child(module: str, job: msgspec.Struct, returns: type[Any]) -> Any:
    """Run a module of this package with a job on its standard input; what it writes."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"pyxiu.cli.bench.{module}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(CHILD_TIMEOUT_S):
            output, _ = await child.communicate(msgspec.json.encode(job))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise RuntimeError(f"{module} ended with {child.returncode}")
    return msgspec.json.decode(output, type=returns)


@asynccontextmanager
async def _bare_loop(port: int, frame: str) -> AsyncIterator[None]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pyxiu.cli.bench.stream_bare", str(port), frame, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert child.stdout is not None, "piped"
        async with asyncio.timeout(CHILD_TIMEOUT_S):
            await child.stdout.readline()
        yield
    finally:
        child.terminate()
        await child.wait()
