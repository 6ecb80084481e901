"""The engine behind the control socket of this machine, as an `EngineClient`.

Invariant: what `EngineClient` promises holds here too: an answer is for good, `OverloadedError` means that nothing was
taken, `EngineStoppedError` that nobody knows yet. Limit: overload is told when the future is awaited, not at once, and
the status is that of up to `STATUS_S` ago.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from pyxiu.app.control import (
    FRAME_BYTES_MAX,
    OK,
    OVERLOADED,
    STATUS,
    SUBMIT,
    Answer,
    Request,
    frame,
    read_frame,
    socket_path,
)
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import Command
from pyxiu.core.outcomes import Outcome
from pyxiu.engine.errors import EngineStoppedError, OverloadedError
from pyxiu.engine.sequencer import EngineStatus

STATUS_S: Final = 0.25
CONNECT_TIMEOUT_S: Final = 5.0

_answer_decoder = msgspec.msgpack.Decoder(Answer)
_outcomes_decoder = msgspec.msgpack.Decoder(list[Outcome])
_status_decoder = msgspec.msgpack.Decoder(EngineStatus)
_float_decoder = msgspec.msgpack.Decoder(float)
_text_decoder = msgspec.msgpack.Decoder(str)


@asynccontextmanager
async def connect_control(home: Path) -> AsyncIterator["RemoteEngine"]:
    """A connection for the length of the block. Raises EngineStoppedError where no engine runs on this home."""
    path = socket_path(home)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(path, limit=FRAME_BYTES_MAX)
    except (OSError, TimeoutError) as error:
        raise EngineStoppedError(f"no engine runs on {home}: {error}") from error
    remote = RemoteEngine(reader, writer)
    try:
        await remote.ask_status()
        yield remote
    finally:
        await remote.close()


class RemoteEngine:
    """Commands submitted within one turn of the loop travel in one frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._last_id = 0
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._commands: list[bytes] = []
        self._waiters: list[asyncio.Future[Outcome]] = []
        self._status: EngineStatus | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._receiving = asyncio.create_task(self._receive(), name="control receiver")
        self._polling = asyncio.create_task(self._poll_status(), name="control status")

    def submit_nowait(self, command: bytes) -> asyncio.Future[Outcome]:
        self._check_connected()
        loop = asyncio.get_running_loop()
        if not self._commands:
            loop.call_soon(self._flush)
        future: asyncio.Future[Outcome] = loop.create_future()
        self._commands.append(command)
        self._waiters.append(future)
        return future

    async def submit(self, command: Command) -> Outcome:
        return await self.submit_nowait(encode_command(command))

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        if not commands:
            return []
        answer = await self._ask(SUBMIT, list(commands))
        return _outcomes_decoder.decode(answer.payload)

    def status(self) -> EngineStatus:
        self._check_connected()
        assert self._status is not None, "the first status is asked for when connecting"
        return self._status

    async def ask_status(self) -> EngineStatus:
        """The engine's status as it is now."""
        answer = await self._ask(STATUS, [])
        self._status = _status_decoder.decode(answer.payload)
        return self._status

    async def until_lost(self) -> None:
        """Return never; raise EngineStoppedError when the engine has gone."""
        await asyncio.wait({self._receiving})
        raise EngineStoppedError("the connection to the engine was lost")

    async def close(self) -> None:
        for task in (self._polling, self._receiving, *self._tasks):
            task.cancel()
        self._writer.close()
        await asyncio.gather(self._polling, self._receiving, *self._tasks, return_exceptions=True)

    def _check_connected(self) -> None:
        if self._receiving.done():
            raise EngineStoppedError("the connection to the engine was lost; it takes no commands")

    def _flush(self) -> None:
        commands, self._commands = self._commands, []
        waiters, self._waiters = self._waiters, []
        task = asyncio.create_task(self._carry(commands, waiters))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, commands: list[bytes], waiters: list[asyncio.Future[Outcome]]) -> None:
        try:
            outcomes = await self.submit_many(commands)
        except (OverloadedError, EngineStoppedError) as error:
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        for waiter, outcome in zip(waiters, outcomes, strict=True):
            if not waiter.done():
                waiter.set_result(outcome)

    async def _ask(self, word: str, commands: list[bytes]) -> Answer:
        self._check_connected()
        self._last_id += 1
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[self._last_id] = future
        self._writer.write(frame(Request(self._last_id, word, commands)))
        answer = await future
        if answer.word == OK:
            return answer
        if answer.word == OVERLOADED:
            raise OverloadedError(_float_decoder.decode(answer.payload))
        raise EngineStoppedError(_text_decoder.decode(answer.payload))

    async def _receive(self) -> None:
        try:
            while (raw := await read_frame(self._reader)) is not None:
                answer = _answer_decoder.decode(raw)
                future = self._asked.pop(answer.id, None)
                if future is not None and not future.done():
                    future.set_result(answer)
        except ConnectionError:
            pass
        finally:
            lost = EngineStoppedError("the connection to the engine was lost; what was under way is not known")
            for future in self._asked.values():
                if not future.done():
                    future.set_exception(lost)
            self._asked.clear()

    async def _poll_status(self) -> None:
        with suppress(EngineStoppedError):
            while True:
                await asyncio.sleep(STATUS_S)
                await self.ask_status()
