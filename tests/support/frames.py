"""Server frames taken apart again, and a client that keeps a book as docs/api/stream.md tells it to."""

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec


def messages_in(frames: bytes) -> list[Any]:
    """The JSON of each text frame."""
    return [msgspec.json.decode(payload) for payload in payloads_in(frames)]


def payloads_in(frames: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(frames):
        assert frames[position] in {0x81, 0x82}, frames[position : position + 20]
        length, position = frames[position + 1], position + 2
        wide = {126: 2, 127: 8}.get(length, 0)
        if wide:
            length = int.from_bytes(frames[position : position + wide], "big")
        position += wide
        yield frames[position : position + length]
        position += length
    assert position == len(frames), "a frame was cut"


class BookClient:
    """Prices and volumes as texts, as they came. Whatever the page forbids is an assertion."""

    def __init__(self, market: str) -> None:
        self.market = market
        self.sequence: int | None = None
        self.sides: dict[str, dict[str, str]] = {"asks": {}, "bids": {}}
        self.frames = 0
        self.snapshots = 0

    def take(self, message: dict[str, Any]) -> None:
        """One frame; those of other streams are passed over."""
        assert len(message) == 1 or "error" in message, "one key per frame"
        name, payload = next(iter(message.items()))
        if name == f"{self.market}.ob-snap":
            self.snapshots += 1
            self.sides = {side: dict(payload[side]) for side in ("asks", "bids")}
            self.sequence = payload["sequence"]
        elif name == f"{self.market}.ob-inc":
            assert self.sequence is not None, "an increment before a snapshot"
            assert payload["sequence"] == self.sequence + 1, "a gap"
            self.sequence = payload["sequence"]
            for side in ("asks", "bids"):
                self._change(self.sides[side], payload.get(side, []))
        else:
            return
        self.frames += 1
        if "checksum" in payload:
            assert payload["checksum"] == self.checksum()

    def levels(self) -> dict[str, list[list[str]]]:
        """Best first."""
        return {
            side: sorted(map(list, levels.items()), key=lambda level: float(level[0]), reverse=side == "bids")
            for side, levels in self.sides.items()
        }

    def checksum(self) -> int:
        levels = self.levels()
        parts = []
        for place in range(10):
            for side in ("bids", "asks"):
                parts += [":".join(level) for level in levels[side][place : place + 1]]
        return zlib.crc32(":".join(parts).encode())

    @staticmethod
    def _change(levels: dict[str, str], pairs: list[Any]) -> None:
        flat = pairs and isinstance(pairs[0], str)
        for price, volume in [pairs] if flat else pairs:
            if volume == "0":
                del levels[price]  # KeyError: a level that this client never had
            else:
                levels[price] = volume
