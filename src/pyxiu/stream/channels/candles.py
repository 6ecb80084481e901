"""`M.kline-P`: the running candle of a market and period.

Invariant: when an interval ends, its last state is sent before the first of the next. Limit: told every EVERY_S at
most; a client that fell behind gets the present candle and reads those in between over HTTP.
"""

from collections.abc import Callable
from typing import Final

from pyxiu.core.types import MarketId
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.reads.candles import Candle
from pyxiu.stream.channels.channel import Channel
from pyxiu.stream.channels.running_candles import RunningCandles
from pyxiu.stream.frames import data_frame
from pyxiu.stream.markets import MarketDigits
from pyxiu.stream.names import Kind, PublicName, name_of

EVERY_S: Final = 1.0


class CandlesChannel(Channel):
    def __init__(self, digits: MarketDigits, period: int, running: RunningCandles, now_s: Callable[[], int]) -> None:
        super().__init__(name_of(PublicName(Kind.CANDLES, digits.market, period)))
        self.key: tuple[MarketId, int] = (digits.market, period)
        self._digits = digits
        self._running = running
        self._now_s = now_s
        self._changed: list[Candle] = []
        self._shown: Candle | None = None
        self._step = b""

    def changed(self, candles: list[Candle]) -> None:
        """What trades have made of the candles, oldest first."""
        if self.subscribers:
            self._changed = candles

    def refresh(self) -> None:
        self._changed = []
        self._shown = self._running.at(self.key, self._now_s())
        self.version += 1

    def advance(self) -> bool:
        shown, self._changed = self._changed, []
        present = self._running.at(self.key, self._now_s())
        if present is not None and present not in (*shown, self._shown):
            shown = [*shown, present]
        if not shown:
            return False
        self._shown = shown[-1]
        self._step = b"".join(map(self._frame, shown))
        self.version += 1
        return True

    def catch_up(self, seen: int, *, nested: bool) -> bytes:  # noqa: ARG002 - the present candle, whatever was seen
        return b"" if self._shown is None else self._frame(self._shown)

    def step(self, *, nested: bool) -> bytes:  # noqa: ARG002 - one form only
        return self._step

    def _frame(self, candle: Candle) -> bytes:
        prices = (candle.open, candle.high, candle.low, candle.close)
        texts = [format_decimal(price, self._digits.price_precision) for price in prices]
        volume = format_decimal(candle.volume, self._digits.amount_precision)
        return data_frame(self.name, f"[{candle.start_s},{','.join(texts)},{volume}]".encode())
