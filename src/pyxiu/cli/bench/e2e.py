"""Orders over HTTP, durable before they are acknowledged, against a no-op route of the same server in the same run.

Each round measures the no-op, single orders and batches one after another, so that a neighbour's noise hits all of
them; figures are medians of the rounds, ratios are taken within a round. Limit: server, PostgreSQL and load generator
share the machine; on two cores the generator is a third of the work.
"""

import statistics
from collections.abc import Callable
from typing import Any, Final

import httpx
import msgspec

from pyxiu.app.doctor import disk_speed
from pyxiu.app.readiness import local_url
from pyxiu.app.settings import Settings
from pyxiu.cli.bench.exchange import BenchExchange, Usage, bench_exchange
from pyxiu.cli.bench.host import machine
from pyxiu.cli.bench.load import Result

Json = dict[str, Any]

SERVICES: Final = ("engine", "projector", "api")
BATCH_ORDERS: Final = 200
BATCH_CONNECTIONS: Final = 8
PACED_RATE: Final = 1_000
WARM_UP_S: Final = 2.0


async def bench_e2e(
    settings: Settings,
    *,
    seconds: float,
    rounds: int,
    connections: int,
    services: tuple[str, ...] = SERVICES,
    progress: Callable[[str], None] = lambda _: None,
) -> Json:
    """Start an exchange, load it, and return the figures."""
    async with bench_exchange(settings, services) as exchange:
        await exchange.load(seconds=WARM_UP_S, connections=connections, orders=1)
        measured = []
        for number in range(1, rounds + 1):
            progress(f"round {number} of {rounds}")
            measured.append(await _round(exchange, seconds, connections, number))
        progress(f"latency at {PACED_RATE} orders/s")
        paced = await _loaded(exchange, seconds=seconds, connections=64, orders=1, rate=PACED_RATE, seed=99)
        usage = exchange.usage()
        lag = await _lag(exchange)
    return {
        "bench": "e2e",
        "machine": machine() | {"disk": disk_speed(settings.home).found},
        "services_in_one_process": list(services),
        "connections": connections,
        "seconds_each": seconds,
        "rounds": rounds,
        "noop": _median([round_["noop"] for round_ in measured]),
        "single_orders": _median([round_["single_orders"] for round_ in measured]),
        "batched_orders": {"orders_per_request": BATCH_ORDERS, "connections": BATCH_CONNECTIONS}
        | _median([round_["batched_orders"] for round_ in measured]),
        "paced_orders": {"orders_per_s_asked": PACED_RATE} | paced,
        "ratio_single_to_noop": _of(
            measured, lambda r: r["single_orders"]["requests_per_s"] / r["noop"]["requests_per_s"]
        ),
        "ratio_batched_to_single": _of(
            measured, lambda r: r["batched_orders"]["orders_per_s"] / r["single_orders"]["orders_per_s"]
        ),
        "server_memory_bytes": usage.resident,
        "records_behind_at_the_end": lag,
    }


async def _round(exchange: BenchExchange, seconds: float, connections: int, seed: int) -> Json:
    kinds = {
        "noop": (connections, 0),
        "single_orders": (connections, 1),
        "batched_orders": (BATCH_CONNECTIONS, BATCH_ORDERS),
    }
    figures: Json = {}
    for name, (width, orders) in kinds.items():
        figures[name] = await _loaded(exchange, seconds=seconds, connections=width, orders=orders, seed=seed)
    return figures


async def _loaded(exchange: BenchExchange, **load: Any) -> Json:
    """One load, what it cost the server, and how long commits took meanwhile: the part that is the disk's."""
    count, total_s = await _commits(exchange)
    before = exchange.usage()
    result = await exchange.load(**load)
    figures = _figures(result, before, exchange.usage())
    after_count, after_total_s = await _commits(exchange)
    if commits := after_count - count:
        figures["orders_per_commit"] = round(result.orders / commits, 1)
        figures["mean_commit_ms"] = round((after_total_s - total_s) / commits * 1e3, 3)
    return figures


def _figures(result: Result, before: Usage, after: Usage) -> Json:
    figures: Json = msgspec.structs.asdict(result)
    if before.cpu_s is not None and after.cpu_s is not None:
        figures["server_cpu_us_per_request"] = round((after.cpu_s - before.cpu_s) / result.requests * 1e6, 1)
        if result.orders:
            figures["server_cpu_us_per_order"] = round((after.cpu_s - before.cpu_s) / result.orders * 1e6, 1)
    return figures


def _median(results: list[Json]) -> Json:
    """Number by number; the statuses are those of all rounds together."""
    merged: Json = {}
    for name in results[0]:
        values = [result[name] for result in results]
        if name == "statuses":
            merged[name] = {status: sum(v.get(status, 0) for v in values) for status in {s for v in values for s in v}}
        else:
            merged[name] = statistics.median(values)
    return merged


def _of(rounds: list[Json], ratio: Callable[[Json], float]) -> float:
    return round(statistics.median(ratio(figures) for figures in rounds), 3)


async def _commits(exchange: BenchExchange) -> tuple[int, float]:
    """How many commits the engine has made, and the seconds they took together."""
    values = dict.fromkeys(("pyxiu_engine_commit_seconds_count", "pyxiu_engine_commit_seconds_sum"), 0.0)
    async with httpx.AsyncClient(base_url=local_url(exchange.settings), trust_env=False) as client:
        text = (await client.get("/metrics")).text
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in values:
            values[name] = float(value)
    count, total_s = values.values()
    return int(count), total_s


async def _lag(exchange: BenchExchange) -> str:
    """What the instance says of its projections right after the load."""
    async with httpx.AsyncClient(base_url=local_url(exchange.settings), trust_env=False) as client:
        answer = await client.get("/api/v2/peatio/public/health/ready")
    return str(answer.json().get("components", {}).get("projections"))
