"""Orders over HTTP, durable before they are acknowledged, against a no-op route of the same server in the same run.

Each round measures the no-op, single orders and batches one after another, so that a neighbour's noise hits all of
them; figures are medians of the rounds, ratios are taken within a round. Split, the same round is taken with the engine
and the gateways as processes of their own, right after that of the single process. Limit: servers, PostgreSQL and load
generator share the machine; on two cores the generator is a third of the work.
"""

import statistics
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import httpx
import msgspec

from pyxiu.app.doctor import disk_speed
from pyxiu.app.readiness import local_url
from pyxiu.app.settings import Settings
from pyxiu.cli.bench.exchange import BenchExchange, bench_exchange, bench_exchange_apart
from pyxiu.cli.bench.figures import Json, limit_of, loaded, median_of
from pyxiu.cli.bench.gate import bench_gate
from pyxiu.cli.bench.host import machine
from pyxiu.kit.errors import PermanentError

SERVICES: Final = ("engine", "projector", "api")
BATCH_ORDERS: Final = 200
BATCH_CONNECTIONS: Final = 8
PACED_RATE: Final = 1_000
PACED_CONNECTIONS: Final = 64
WARM_UP_S: Final = 2.0


class Load(msgspec.Struct, frozen=True):
    """How long each kind is measured, how often, and how many send single orders at the same time."""

    seconds: float
    rounds: int
    connections: int


async def bench_e2e(
    settings: Settings,
    load: Load,
    *,
    services: tuple[str, ...] = SERVICES,
    gateways: Sequence[int] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Json:
    """Start an exchange, load it, and return the figures. `gateways`: also with the engine and so many APIs apart."""
    async with _exchanges(settings, services, gateways) as exchanges:
        measured: dict[str, list[Json]] = {name: [] for name in exchanges}
        for exchange in exchanges.values():
            await exchange.load(seconds=WARM_UP_S, connections=load.connections, orders=1)
        for number in range(1, load.rounds + 1):
            for name, exchange in exchanges.items():
                progress(f"round {number} of {load.rounds}, {name}")
                measured[name].append(await _round(exchange, load, number))
        single, *apart = measured.values()
        usage = exchanges["one process"].usage()
        lag = await _lag(exchanges["one process"])
    progress("the cost of being let in")
    gate = await bench_gate(
        settings, seconds=load.seconds, rounds=load.rounds, connections=load.connections, services=services
    )
    return {
        "bench": "e2e",
        "machine": machine() | {"disk": disk_speed(settings.home).found},
        "services_in_one_process": list(services),
        **msgspec.structs.asdict(load),
        **_figures(single),
        **{
            f"engine_and_{count}_api_apart": _figures(rounds) | _beside(single, rounds)
            for count, rounds in zip(gateways, apart, strict=True)
        },
        "gate": gate,
        "server_memory_bytes": usage.resident,
        "records_behind_at_the_end": lag,
    }


@asynccontextmanager
async def _exchanges(
    settings: Settings, services: tuple[str, ...], gateways: Sequence[int]
) -> AsyncIterator[dict[str, BenchExchange]]:
    """All that are compared, each with a home of its own; an idle one costs the others next to nothing."""
    if gateways and settings.database_url is not None:
        raise PermanentError("each of the exchanges needs a database of its own: unset PYXIU_DATABASE_URL")
    async with AsyncExitStack() as stack:
        exchanges = {"one process": await stack.enter_async_context(bench_exchange(settings, services))}
        for count in gateways:
            apart = bench_exchange_apart(settings, gateways=count)
            exchanges[f"engine and {count} api apart"] = await stack.enter_async_context(apart)
        yield exchanges


def _figures(rounds: list[Json]) -> Json:
    kinds: dict[str, Json] = {
        "noop": {},
        "single_orders": {},
        "batched_orders": {"orders_per_request": BATCH_ORDERS, "connections": BATCH_CONNECTIONS},
        "paced_orders": {"orders_per_s_asked": PACED_RATE},
    }
    medians = {name: median_of([figures[name] for figures in rounds]) for name in kinds}
    return {
        **{name: told | medians[name] for name, told in kinds.items()},
        "limit_of_single_orders": limit_of(medians["single_orders"]),
        "ratio_single_to_noop": _median(
            figures["single_orders"]["requests_per_s"] / figures["noop"]["requests_per_s"] for figures in rounds
        ),
        "ratio_batched_to_single": _median(
            figures["batched_orders"]["orders_per_s"] / figures["single_orders"]["orders_per_s"] for figures in rounds
        ),
    }


def _beside(single: list[Json], apart: list[Json]) -> Json:
    """What being apart adds to the latency, and what it does to the rate, round by round."""
    pairs = list(zip(single, apart, strict=True))
    return {
        "added_p50_ms": _median(
            there["paced_orders"]["p50_ms"] - here["paced_orders"]["p50_ms"] for here, there in pairs
        ),
        "single_orders_against_one_process": _median(
            there["single_orders"]["orders_per_s"] / here["single_orders"]["orders_per_s"] for here, there in pairs
        ),
    }


async def _round(exchange: BenchExchange, load: Load, seed: int) -> Json:
    kinds = {
        "noop": (load.connections, 0, 0),
        "single_orders": (load.connections, 1, 0),
        "batched_orders": (BATCH_CONNECTIONS, BATCH_ORDERS, 0),
        "paced_orders": (PACED_CONNECTIONS, 1, PACED_RATE),
    }
    return {
        name: await loaded(exchange, seconds=load.seconds, connections=width, orders=orders, rate=rate, seed=seed)
        for name, (width, orders, rate) in kinds.items()
    }


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 3)


async def _lag(exchange: BenchExchange) -> str:
    """What the instance says of its projections right after the load."""
    async with httpx.AsyncClient(base_url=local_url(exchange.settings), trust_env=False) as client:
        answer = await client.get("/api/v2/peatio/public/health/ready")
    return str(answer.json().get("components", {}).get("projections"))
