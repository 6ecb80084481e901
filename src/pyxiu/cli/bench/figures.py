"""One load on an exchange as figures, and the median of several.

Limit: processor time as Linux tells it; elsewhere those figures are missing.
"""

import statistics
from typing import Any

import httpx
import msgspec

from pyxiu.app.readiness import local_url
from pyxiu.cli.bench.exchange import BenchExchange, Usage
from pyxiu.cli.bench.host import Processors, processors
from pyxiu.cli.bench.load import Result

Json = dict[str, Any]
#: From this share of its time on something is what holds up the rest.
FULL = 0.9


async def loaded(exchange: BenchExchange, **load: Any) -> Json:
    """One load, what it cost the server, and how long commits took meanwhile: the part that is the disk's."""
    count, total_s = await _commits(exchange)
    before, each, machine = exchange.usage(), exchange.cpu_of_each(), processors()
    result = await exchange.load(**load)
    figures = _figures(result, before, exchange.usage())
    figures |= _shares(result.seconds, each, exchange.cpu_of_each()) | _machine_share(machine, processors())
    after_count, after_total_s = await _commits(exchange)
    if commits := after_count - count:
        figures["orders_per_commit"] = round(result.orders / commits, 1)
        figures["mean_commit_ms"] = round((after_total_s - total_s) / commits * 1e3, 3)
    return figures


def limit_of(figures: Json) -> str:
    """What a load that went as fast as it could was held up by, as its figures tell."""
    if figures.get("machine_share", 0) >= FULL:
        return "the processors of the machine, which the load generator shares"
    for share, name in (("engine_share", "the engine"), ("gateway_share", "the gateways")):
        if figures.get(share, 0) >= FULL:
            return name
    return "waiting: the disk's commits, and connections that wait for their answers"


def _shares(seconds: float, before: list[float], after: list[float]) -> Json:
    """How much of one processor the process with the engine took, and the busiest of the others."""
    taken = [(then - now) / seconds for now, then in zip(before, after, strict=True)]
    shares = {"engine_share": taken[0]} if taken else {}
    if taken[1:]:
        shares["gateway_share"] = max(taken[1:])
    return {name: round(share, 2) for name, share in shares.items()}


def _machine_share(before: Processors | None, after: Processors | None) -> Json:
    if before is None or after is None or after.total == before.total:
        return {}
    return {"machine_share": round(1 - (after.idle - before.idle) / (after.total - before.total), 2)}


def _figures(result: Result, before: Usage, after: Usage) -> Json:
    figures: Json = msgspec.structs.asdict(result)
    if before.cpu_s is not None and after.cpu_s is not None:
        figures["server_cpu_us_per_request"] = round((after.cpu_s - before.cpu_s) / result.requests * 1e6, 1)
        if result.orders:
            figures["server_cpu_us_per_order"] = round((after.cpu_s - before.cpu_s) / result.orders * 1e6, 1)
    return figures


def median_of(results: list[Json]) -> Json:
    """Number by number; the statuses are those of all rounds together."""
    merged: Json = {}
    for name in results[0]:
        values = [result[name] for result in results]
        if name == "statuses":
            merged[name] = {status: sum(v.get(status, 0) for v in values) for status in {s for v in values for s in v}}
        else:
            merged[name] = statistics.median(values)
    return merged


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
