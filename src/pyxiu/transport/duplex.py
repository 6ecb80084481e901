"""A connection that carries whole frames both ways: what the engine's server and client need of a transport.

Invariant: frames arrive whole and in order, or the connection is over. Limit: one sender and one receiver at a time.
"""

from typing import Protocol


class Duplex(Protocol):
    async def send(self, frame: bytes) -> None:
        """Hand over a frame; waits while the other side is slow. Raises ConnectionError when it is gone."""

    async def receive(self) -> bytes | None:
        """The next frame, None at the end. Raises ConnectionError or ValueError where the connection is broken."""
