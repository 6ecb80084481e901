"""One load on an exchange as figures, and the median of several.

Limit: processor time as Linux tells it; elsewhere those figures are missing.
"""

import statistics
from typing import Any

import httpx
import msgspec

from pyxiu.app.readiness import local_url
from pyxiu.cli.bench.exchange import BenchExchange, Usage
from pyxiu.cli.bench.load import Result

Json = dict[str, Any]


async def loaded(exchange: BenchExchange, **load: Any) -> Json:
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
