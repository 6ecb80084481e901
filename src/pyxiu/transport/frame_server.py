"""Serve an engine to one connection after another: frames in, frames out.

Invariant: each request is answered once; a caller is told "not leading" only when nothing of its frame was taken.
Back-pressure: IN_FLIGHT_MAX frames of a connection are worked on, more wait in the transport. Limit: who may connect
is the transport's business.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from pyxiu.core.outcomes import Outcome
from pyxiu.engine.errors import OverloadedError
from pyxiu.kit.errors import TransientError
from pyxiu.transport import frames
from pyxiu.transport.duplex import Duplex
from pyxiu.transport.frames import FRAME_COMMANDS_MAX, NOT_LEADING, OK, OVERLOADED, STATUS, STOPPED, SUBMIT

#: Frames of one connection that are worked on at a time.
IN_FLIGHT_MAX: Final = 64


class ServedStatus(Protocol):
    @property
    def leading(self) -> bool: ...


class ServedEngine(Protocol):
    """The part of the engine's client that is served."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]: ...

    def status(self) -> Any: ...


async def serve_frames(duplex: Duplex, engine: ServedEngine) -> None:
    """Answer what comes until the other side is done. Raises what a broken connection or frame raises."""
    room = asyncio.Semaphore(IN_FLIGHT_MAX)
    answers: asyncio.Queue[bytes | None] = asyncio.Queue()
    async with asyncio.TaskGroup() as connection:
        connection.create_task(_send_all(answers, duplex))
        async with asyncio.TaskGroup() as group:
            while (raw := await duplex.receive()) is not None:
                request = frames.decode_request(raw)
                await room.acquire()
                group.create_task(_answer(request, engine, answers)).add_done_callback(lambda _: room.release())
        answers.put_nowait(None)


async def _send_all(answers: "asyncio.Queue[bytes | None]", duplex: Duplex) -> None:
    with suppress(ConnectionError):  # who asked has gone; the receiver finds out by itself
        while (frame := await answers.get()) is not None:
            await duplex.send(frame)


async def _answer(request: frames.Request, engine: ServedEngine, answers: "asyncio.Queue[bytes | None]") -> None:
    answers.put_nowait(frames.encode(await _carried_out(request, engine)))


async def _carried_out(request: frames.Request, engine: ServedEngine) -> frames.Answer:
    try:
        match request.word:
            case "submit" if len(request.commands) > FRAME_COMMANDS_MAX:
                text = f"expected at most {FRAME_COMMANDS_MAX} commands in a frame, found {len(request.commands)}"
                return frames.answer(request.id, NOT_LEADING, text)
            case "submit":
                return await _submitted(request, engine)
            case "status":
                return frames.answer(request.id, OK, engine.status())
            case word:
                text = f"unknown request {word!r}: expected {SUBMIT} or {STATUS}"
                return frames.answer(request.id, NOT_LEADING, text)
    except OverloadedError as error:
        return frames.answer(request.id, OVERLOADED, error.retry_after_s)
    except TransientError as error:
        # Of this request alone: other callers' commands are under way on the same connection.
        return frames.answer(request.id, STOPPED, str(error))


async def _submitted(request: frames.Request, engine: ServedEngine) -> frames.Answer:
    status: ServedStatus = engine.status()
    # Nothing awaits between this look and the engine's own: a frame that passes it is taken or refused as a whole.
    if not status.leading:
        return frames.answer(request.id, NOT_LEADING, "this engine does not lead")
    return frames.answer(request.id, OK, await engine.submit_many(request.commands))
