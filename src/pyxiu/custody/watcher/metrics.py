"""What the watcher shows to Prometheus.

Invariant: a network that is no longer watched has no figures. Limit: counters begin at zero with the process.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge


class WatcherMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("network",)
        self.height = Gauge("pyxiu_watcher_height", "The last block that is stored.", labels, registry=registry)
        self.tip = Gauge("pyxiu_watcher_tip", "The node's last block.", labels, registry=registry)
        self.lag = Gauge("pyxiu_watcher_lag_blocks", "Blocks that are not scanned yet.", labels, registry=registry)
        self.alarm = Gauge("pyxiu_watcher_alarm", "1 while the network does not go on.", labels, registry=registry)
        self.blocks = Counter("pyxiu_watcher_blocks_total", "Blocks scanned.", labels, registry=registry)
        self.undone = Counter(
            "pyxiu_watcher_undone_blocks_total", "Blocks taken back after reorganisations.", labels, registry=registry
        )
        self.payments = Counter("pyxiu_watcher_payments_total", "Payments to us, found.", labels, registry=registry)
        self.credited = Counter("pyxiu_watcher_deposits_total", "Deposits credited.", labels, registry=registry)
        self.clawed_back = Counter("pyxiu_watcher_clawed_back_total", "Deposits taken back.", labels, registry=registry)

    def forget(self, network: str) -> None:
        """A network is not watched any more."""
        for gauge in (self.height, self.tip, self.lag, self.alarm):
            gauge.remove(network)
