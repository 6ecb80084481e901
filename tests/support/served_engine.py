"""A stand-in behind the engine's transports, for tests of the transports: it answers, holds back or refuses."""

import asyncio
from collections.abc import Sequence

from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.engine.sequencer import EngineStatus, State


class ServedStandIn:
    """Answers each command with its length as seq."""

    def __init__(self, *, leading: bool = True, seq: int = 7) -> None:
        self.frames: list[list[bytes]] = []
        self.error: Exception | None = None
        self.hold: asyncio.Event | None = None
        self.leading = leading
        self.seq = seq

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        self.frames.append(list(commands))
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        return [Outcome(len(command), Rejection.NONE) for command in commands]

    def status(self) -> EngineStatus:
        return EngineStatus(State.LEADING if self.leading else State.STOPPED, self.leading, self.seq, 0, 0)
