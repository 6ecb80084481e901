"""Frames on a byte stream: four bytes of length, then the frame.

Invariant: a frame longer than FRAME_BYTES_MAX ends the connection before it is read. Limit: no encryption; it is for
sockets that only their owner can reach.
"""

import asyncio
from typing import Final

from pyxiu.transport.frames import FRAME_BYTES_MAX

_LENGTH_BYTES: Final = 4


class StreamDuplex:
    """A `Duplex` over a pair of asyncio streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, frame: bytes) -> None:
        self._writer.write(len(frame).to_bytes(_LENGTH_BYTES, "big") + frame)
        await self._writer.drain()

    async def receive(self) -> bytes | None:
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH_BYTES), "big")
            if length > FRAME_BYTES_MAX:
                raise ValueError(f"expected a frame of at most {FRAME_BYTES_MAX} bytes, found {length}")
            return await self._reader.readexactly(length)
        except asyncio.IncompleteReadError:
            return None

    def close(self) -> None:
        self._writer.close()
