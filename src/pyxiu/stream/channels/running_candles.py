"""The latest candle of each market and period, kept up with trades by the rules of the `candles` projection.

Invariant: after the trades of the same records it equals the latest rows of the table, because both fold with
`fold_candles`. Limit: the past is the table's.
"""

from collections.abc import Mapping

from pyxiu.core.events import TradeExecuted
from pyxiu.core.types import MarketId
from pyxiu.projections.candles import fold_candles, start_of
from pyxiu.projections.reads.candles import Candle

Key = tuple[MarketId, int]


class RunningCandles:
    """Trades are added one by one and folded from time to time."""

    def __init__(self) -> None:
        self.seq = 0
        self._running: dict[Key, Candle] = {}
        self._trades: list[tuple[int, int, TradeExecuted]] = []

    def begin(self, seq: int, running: Mapping[Key, Candle]) -> None:
        """Start from the table as of a record; trades of records up to there are known."""
        self.seq = seq
        self._running = dict(running)

    def add(self, seq: int, at_ns: int, trade: TradeExecuted) -> None:
        if seq > self.seq:
            self._trades.append((seq, at_ns, trade))

    def fold(self) -> dict[Key, list[Candle]]:
        """Take in the trades that were added: each candle they have changed, oldest first."""
        changed: dict[Key, list[Candle]] = {}
        trades, self._trades = self._trades, []
        folded = fold_candles(trades)
        for interval in sorted(folded, key=lambda interval: interval.start_s):
            change, key = folded[interval], (interval.market, interval.period)
            before = self._running.get(key)
            if before is None or before.start_s != interval.start_s:
                before = Candle(interval.start_s, change.open, change.high, change.low, change.close, 0, 0, 0)
            candle = self._running[key] = Candle(
                interval.start_s,
                before.open,
                max(before.high, change.high),
                min(before.low, change.low),
                change.close,
                before.volume + change.volume,
                before.quote_volume + change.quote_volume,
                before.trades + change.trades,
            )
            changed.setdefault(key, []).append(candle)
        return changed

    def latest(self, key: Key) -> Candle | None:
        """The last one with trades."""
        return self._running.get(key)

    def at(self, key: Key, now_s: int) -> Candle | None:
        """The one that now lies in; without trades it repeats the last close. None before the first trade ever."""
        latest = self._running.get(key)
        start_s = start_of(now_s, key[1])
        if latest is None or latest.start_s >= start_s:
            return latest
        close = latest.close
        return Candle(start_s, close, close, close, close, 0, 0, 0)
