"""`M.trades`: what was traded since the last frame.

Invariant: a client that keeps up gets each trade once, oldest first; one that fell behind gets the trades since its
last one, at most KEPT. Limit: nothing at the beginning; whoever wants the past reads it over HTTP.
"""

from collections import deque
from typing import Final

import msgspec

from pyxiu.core.events import TradeExecuted
from pyxiu.core.types import BUY
from pyxiu.kit.decimals import format_decimal
from pyxiu.stream.channels.channel import NOTHING, Channel
from pyxiu.stream.frames import data_frame
from pyxiu.stream.markets import MarketDigits
from pyxiu.stream.payloads import PublicTrade, PublicTrades

#: So many trades are sent to someone who fell behind.
KEPT: Final = 100
#: A frame holds no more; a flood of trades is told in several.
FRAME_TRADES_MAX: Final = 500
_NS_PER_S: Final = 10**9


class TradesChannel(Channel):
    def __init__(self, digits: MarketDigits) -> None:
        super().__init__(f"{digits.market}.trades")
        self._digits = digits
        self._new: list[tuple[int, TradeExecuted]] = []
        #: (version that told it, trade)
        self._kept: deque[tuple[int, PublicTrade]] = deque(maxlen=KEPT)
        self._step = b""

    def add(self, at_ns: int, trade: TradeExecuted) -> None:
        if self.subscribers:
            self._new.append((at_ns, trade))

    def refresh(self) -> None:
        """What was traded for the last one who listened, and left before it was sent, is nobody's news."""
        self._new.clear()

    def advance(self) -> bool:
        if not self._new:
            return False
        self.version += 1
        told = [self._told(at_ns, trade) for at_ns, trade in self._new]
        self._new.clear()
        self._kept.extend((self.version, trade) for trade in told[-KEPT:])
        runs = range(0, len(told), FRAME_TRADES_MAX)
        self._step = b"".join(self._frame(told[first : first + FRAME_TRADES_MAX]) for first in runs)
        return True

    def catch_up(self, seen: int, *, nested: bool) -> bytes:  # noqa: ARG002 - one form only
        missed = [trade for version, trade in self._kept if version > seen] if seen != NOTHING else []
        return self._frame(missed) if missed else b""

    def step(self, *, nested: bool) -> bytes:  # noqa: ARG002 - one form only
        return self._step

    def _frame(self, trades: list[PublicTrade]) -> bytes:
        return data_frame(self.name, msgspec.json.encode(PublicTrades(trades)))

    def _told(self, at_ns: int, trade: TradeExecuted) -> PublicTrade:
        return PublicTrade(
            trade.trade_id,
            "buy" if trade.taker_side is BUY else "sell",
            at_ns // _NS_PER_S,
            format_decimal(trade.price, self._digits.price_precision),
            format_decimal(trade.quantity, self._digits.amount_precision),
        )
