"""`global.tickers`: what happened in all markets over the last day, always all of them.

Invariant: a frame replaces the one before. Limit: computed by the projections every EVERY_S while somebody listens.
"""

from typing import Any, Final

import msgspec

from pyxiu.stream.channels.channel import Channel
from pyxiu.stream.frames import data_frame
from pyxiu.stream.names import TICKERS

EVERY_S: Final = 2.0


class TickersChannel(Channel):
    def __init__(self) -> None:
        super().__init__(TICKERS)
        self._payload = b""
        self._waiting: bytes | None = None
        self._frame = b""

    def show(self, tickers: dict[str, Any]) -> None:
        """What the next version shows."""
        payload = msgspec.json.encode(tickers)
        if payload != self._payload:
            self._waiting = payload

    def advance(self) -> bool:
        if self._waiting is None:
            return False
        self._payload, self._waiting = self._waiting, None
        self._frame = data_frame(self.name, self._payload)
        self.version += 1
        return True

    def catch_up(self, seen: int, *, nested: bool) -> bytes:  # noqa: ARG002 - always all markets
        return self._frame

    def step(self, *, nested: bool) -> bytes:  # noqa: ARG002 - as above
        return self._frame
