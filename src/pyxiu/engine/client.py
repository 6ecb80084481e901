"""How everybody else talks to the engine, whether it runs in this process or in another.

Invariant: an outcome is an answer for good; an exception says that nothing was taken (OverloadedError) or that nobody
knows yet (EngineStoppedError in flight), and a retry with the same key is harmless in both cases. Limit: commands
without a key must not be retried.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from pyxiu.core import codec
from pyxiu.core.commands import Command
from pyxiu.core.outcomes import Outcome
from pyxiu.engine.sequencer import EngineStatus, Sequencer


class EngineClient(Protocol):
    def submit_nowait(self, command: bytes) -> asyncio.Future[Outcome]:
        """The hot path: queue one encoded command. Raises OverloadedError or EngineStoppedError at once."""

    async def submit(self, command: Command) -> Outcome:
        """Queue one command and wait for its outcome."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Queue encoded commands, all or none, and wait for all outcomes."""

    def status(self) -> EngineStatus: ...


class LocalEngineClient:
    """The engine in this process and this event loop."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self.submit_nowait = sequencer.submit_nowait

    async def submit(self, command: Command) -> Outcome:
        return await self.submit_nowait(codec.encode_command(command))

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        if not commands:
            return []
        return await self._sequencer.submit_frame_nowait(commands)

    def status(self) -> EngineStatus:
        return self._sequencer.status
