"""What it costs to be let in with an order, as a part of what the order costs, by each way of signing.

Invariant: numerator and denominator come from the same load of the same server, so neighbours slow both. Limit: the
part of the API; what PostgreSQL does for the order is in neither.
"""

import statistics
from typing import Final

import httpx

from pyxiu.app.metered_gate import PATH
from pyxiu.app.readiness import local_url
from pyxiu.app.settings import Settings
from pyxiu.cli.bench.exchange import BenchExchange, bench_exchange
from pyxiu.cli.bench.figures import Json, loaded

METERED: Final = {"PYXIU_BENCH_GATE": "1"}
WARM_UP_S: Final = 1.0


async def bench_gate(
    settings: Settings, *, seconds: float, rounds: int, connections: int, services: tuple[str, ...]
) -> Json:
    """Start an exchange whose gate is metered, and load it."""
    measured: dict[str, list[Json]] = {"signed_nonce": [], "signed_whole": []}
    async with bench_exchange(settings, services, METERED) as exchange:
        await exchange.load(seconds=WARM_UP_S, connections=connections, orders=1)
        for number in range(rounds):
            for name, figures in measured.items():
                await _metered(exchange)
                load = {"seconds": seconds, "connections": connections, "orders": 1, "seed": number}
                order = await loaded(exchange, **load, whole=name == "signed_whole")
                figures.append(_figures(order, await _metered(exchange)))
    return {
        name: {key: round(statistics.median(one[key] for one in figures), 3) for key in figures[0]}
        for name, figures in measured.items()
    }


def _figures(order: Json, gate: Json) -> Json:
    gate_us = gate["ns"] / max(1, gate["requests"]) / 1e3
    figures: Json = {"orders_per_s": order["orders_per_s"], "gate_cpu_us_per_order": gate_us}
    whole_us = order.get("server_cpu_us_per_order")
    if whole_us is not None:
        figures |= {"server_cpu_us_per_order": whole_us, "added_by_gate": gate_us / (whole_us - gate_us)}
    return figures


async def _metered(exchange: BenchExchange) -> Json:
    """What was counted since this was asked before."""
    async with httpx.AsyncClient(base_url=local_url(exchange.settings), trust_env=False) as client:
        figures: Json = (await client.get(PATH)).json()
    return figures
