"""Orders over HTTP, durable before they are acknowledged, against a no-op route of the same server in the same run.

Each round measures the no-op, single orders and batches one after another, so that a neighbour's noise hits all of
them; figures are medians of the rounds, ratios are taken within a round. Limit: server, PostgreSQL and load generator
share the machine; on two cores the generator is a third of the work.
"""

import statistics
from collections.abc import Callable
from typing import Final

import httpx

from pyxiu.app.doctor import disk_speed
from pyxiu.app.readiness import local_url
from pyxiu.app.settings import Settings
from pyxiu.cli.bench.exchange import BenchExchange, bench_exchange
from pyxiu.cli.bench.figures import Json, loaded, median_of
from pyxiu.cli.bench.gate import bench_gate
from pyxiu.cli.bench.host import machine

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
        paced = await loaded(exchange, seconds=seconds, connections=64, orders=1, rate=PACED_RATE, seed=99)
        usage = exchange.usage()
        lag = await _lag(exchange)
    progress("the cost of being let in")
    gate = await bench_gate(settings, seconds=seconds, rounds=rounds, connections=connections, services=services)
    return {
        "bench": "e2e",
        "machine": machine() | {"disk": disk_speed(settings.home).found},
        "services_in_one_process": list(services),
        "connections": connections,
        "seconds_each": seconds,
        "rounds": rounds,
        "noop": median_of([round_["noop"] for round_ in measured]),
        "single_orders": median_of([round_["single_orders"] for round_ in measured]),
        "batched_orders": {"orders_per_request": BATCH_ORDERS, "connections": BATCH_CONNECTIONS}
        | median_of([round_["batched_orders"] for round_ in measured]),
        "paced_orders": {"orders_per_s_asked": PACED_RATE} | paced,
        "ratio_single_to_noop": _of(
            measured, lambda r: r["single_orders"]["requests_per_s"] / r["noop"]["requests_per_s"]
        ),
        "ratio_batched_to_single": _of(
            measured, lambda r: r["batched_orders"]["orders_per_s"] / r["single_orders"]["orders_per_s"]
        ),
        "gate": gate,
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
        figures[name] = await loaded(exchange, seconds=seconds, connections=width, orders=orders, seed=seed)
    return figures


def _of(rounds: list[Json], ratio: Callable[[Json], float]) -> float:
    return round(statistics.median(ratio(figures) for figures in rounds), 3)


async def _lag(exchange: BenchExchange) -> str:
    """What the instance says of its projections right after the load."""
    async with httpx.AsyncClient(base_url=local_url(exchange.settings), trust_env=False) as client:
        answer = await client.get("/api/v2/peatio/public/health/ready")
    return str(answer.json().get("components", {}).get("projections"))
