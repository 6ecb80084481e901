"""What the stream counts, shown to Prometheus when it scrapes.

Invariant: labels come from fixed tables (kinds of streams, close codes, refusals), never from what a client sent.
Limit: plain integers of one event loop, so that counting costs next to nothing per frame.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class StreamMetrics(Collector):
    """Counters are public fields: whoever does something counts it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        #: (known or visitor)
        self.connections: Counter[str] = Counter()
        self.subscriptions: Callable[[], dict[str, int]] = dict
        self.seq = 0
        self.writes = 0
        self.bytes = 0
        self.left_out = 0
        self.resyncs = 0
        self.flushes = 0
        self.flush_s = 0.0
        self.messages: Counter[str] = Counter()
        self.closes: Counter[int] = Counter()
        self.refusals: Counter[int] = Counter()
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        yield _family(_CONNECTIONS, {(kind,): count for kind, count in self.connections.items()})
        yield _family(_SUBSCRIPTIONS, {(kind,): count for kind, count in self.subscriptions().items()})
        yield GaugeMetricFamily("pyxiu_stream_seq", "The last record that clients were told about.", self.seq)
        yield CounterMetricFamily("pyxiu_stream_writes", "Writes to sockets, of one frame or several.", self.writes)
        yield CounterMetricFamily("pyxiu_stream_bytes", "Bytes written to sockets.", self.bytes)
        yield CounterMetricFamily(
            "pyxiu_stream_left_out", "Times market data was not sent as it lagged.", self.left_out
        )
        yield CounterMetricFamily(
            "pyxiu_stream_resyncs", "Times a lagging client was brought up to date.", self.resyncs
        )
        yield CounterMetricFamily("pyxiu_stream_flushes", "Rounds in which changes were sent.", self.flushes)
        yield CounterMetricFamily("pyxiu_stream_flush_seconds", "Time that these rounds took.", self.flush_s)
        for name, about, label, counts in (
            ("pyxiu_stream_messages", "Messages from clients.", "event", self.messages),
            ("pyxiu_stream_closes", "Sockets closed by the server.", "code", self.closes),
            ("pyxiu_stream_refusals", "Handshakes refused.", "status", self.refusals),
        ):
            family = CounterMetricFamily(name, about, labels=[label])
            for key, count in dict(counts).items():
                family.add_metric([str(key)], count)
            yield family


_CONNECTIONS: Final = ("pyxiu_stream_connections", "Open connections.", ("caller",))
_SUBSCRIPTIONS: Final = ("pyxiu_stream_subscriptions", "Subscriptions to public streams.", ("kind",))


def _family(declared: tuple[str, str, tuple[str, ...]], values: dict[tuple[str, ...], int]) -> GaugeMetricFamily:
    name, about, labels = declared
    family = GaugeMetricFamily(name, about, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
