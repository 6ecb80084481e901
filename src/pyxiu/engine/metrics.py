"""What the engine counts, for Prometheus.

Invariant: everything is observed per batch, never per command, so that counting costs nothing on the hot path. Limit:
one engine per registry.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_COMMIT_BUCKETS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_BATCH_BUCKETS = (1, 4, 16, 64, 256, 1024, 4096, 8192)


class EngineMetrics:
    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.commands = Counter("pyxiu_engine_commands", "Commands answered, rejected ones too.", registry=registry)
        self.rejections = Counter("pyxiu_engine_rejections", "Commands rejected.", ["rejection"], registry=registry)
        self.overloads = Counter(
            "pyxiu_engine_overloads", "Submissions refused: inbox full, or held.", registry=registry
        )
        self.batch_commands = Histogram(
            "pyxiu_engine_batch_commands", "Commands per committed batch.", buckets=_BATCH_BUCKETS, registry=registry
        )
        self.commit_seconds = Histogram(
            "pyxiu_engine_commit_seconds", "Time to commit a batch.", buckets=_COMMIT_BUCKETS, registry=registry
        )
        self.seq = Gauge("pyxiu_engine_seq", "Number of the last committed record.", registry=registry)
        self.inbox = Gauge("pyxiu_engine_inbox_commands", "Commands that wait to be decided.", registry=registry)
        self.money_keys = Gauge("pyxiu_engine_money_keys", "Money keys in memory.", registry=registry)
        self.leading = Gauge("pyxiu_engine_leading", "1 while this process leads the journal.", registry=registry)

    def watch(self, *, inbox: Callable[[], float], money_keys: Callable[[], float]) -> None:
        """Read these when scraped."""
        self.inbox.set_function(inbox)
        self.money_keys.set_function(money_keys)
