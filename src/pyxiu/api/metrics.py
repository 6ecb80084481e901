"""What the API counts: requests by route and status, and how long they took.

Invariant: a route is a template from the table of endpoints, never a path as it came, so that nobody can make the
number of series grow. Limit: plain integers of one event loop, shown to Prometheus when it scrapes, so that counting
costs next to nothing on the order routes.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_NS_PER_S: Final = 10**9
_BUCKETS_NS: Final = tuple(int(bound * _NS_PER_S) for bound in BUCKETS_S)


class Series:
    """The requests of one method and route."""

    __slots__ = ("buckets", "counts", "method", "route", "sum_ns")

    def __init__(self, method: str, route: str) -> None:
        self.method = method
        self.route = route
        self.counts: dict[int, int] = {}
        self.buckets = [0] * (len(_BUCKETS_NS) + 1)
        self.sum_ns = 0

    def observe(self, status: int, duration_ns: int) -> None:
        self.counts[status] = self.counts.get(status, 0) + 1
        self.buckets[bisect_left(_BUCKETS_NS, duration_ns)] += 1
        self.sum_ns += duration_ns


class RequestMetrics(Collector):
    """All series of this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._series: dict[tuple[str, str], Series] = {}
        registry.register(self)

    def series(self, method: str, route: str) -> Series:
        key = (method, route)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = Series(method, route)
        return series

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "pyxiu_http_requests", "Requests answered.", labels=["method", "route", "status"]
        )
        durations = HistogramMetricFamily(
            "pyxiu_http_request_duration_seconds", "From the headers to the answer.", labels=["method", "route"]
        )
        for series in self._series.values():
            for status, count in series.counts.items():
                requests.add_metric([series.method, series.route, str(status)], count)
            labels = [series.method, series.route]
            durations.add_metric(labels, _cumulative(series.buckets), series.sum_ns / _NS_PER_S)
        yield requests
        yield durations


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    total = 0
    cumulative: list[tuple[str, float]] = []
    for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), buckets, strict=True):
        total += count
        cumulative.append((bound, total))
    return cumulative
