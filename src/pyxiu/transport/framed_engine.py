"""An `EngineClient` over one connection that carries frames.

Commands that are submitted while an earlier frame is being sent travel together in the next one, so frames grow with
the load and a lone command waits for nothing. Invariant: what `EngineClient` promises holds here too: an outcome is
for good, `OverloadedError` and `NotLeadingError` mean that nothing was taken, `EngineStoppedError` that nobody knows
yet; that includes an answer that does not come within `deadline_s`. Limit: overload of the engine is told when the
future is awaited; the status is that of up to STATUS_S ago.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import Command
from pyxiu.core.outcomes import Outcome
from pyxiu.engine.errors import EngineStoppedError, NotLeadingError, OverloadedError
from pyxiu.engine.sequencer import EngineStatus
from pyxiu.transport import frames
from pyxiu.transport.duplex import Duplex
from pyxiu.transport.frames import FRAME_COMMANDS_MAX, NOT_LEADING, OK, OVERLOADED, STATUS, SUBMIT, Answer, Request

STATUS_S: Final = 0.25
#: An engine that has not answered by then is taken for hung; the outcome is unknown.
DEADLINE_S: Final = 10.0
#: Commands that this process has under way before it calls the engine overloaded by itself.
IN_FLIGHT_COMMANDS_MAX: Final = 65_536
RETRY_AFTER_S: Final = 0.1

_outcomes_decoder = msgspec.msgpack.Decoder(list[Outcome])
_status_decoder = msgspec.msgpack.Decoder(EngineStatus)
_float_decoder = msgspec.msgpack.Decoder(float)
_text_decoder = msgspec.msgpack.Decoder(str)


class _Asked:
    """A request on its way and who waits for it: one future for the answer, or one for each command."""

    __slots__ = ("answered", "commands", "deadline", "waiters", "word")

    def __init__(
        self, word: str, commands: list[bytes], answered: "asyncio.Future[Any] | None", deadline: asyncio.TimerHandle
    ) -> None:
        self.word = word
        self.commands = commands
        self.waiters: list[asyncio.Future[Outcome]] = []
        self.answered = answered
        self.deadline = deadline

    def fail(self, error: Exception) -> None:
        for waiter in self.waiters if self.answered is None else [self.answered]:
            if not waiter.done():
                waiter.set_exception(error)

    def give(self, payload: msgspec.Raw) -> None:
        if self.word == STATUS:
            _settle(self.answered, _status_decoder.decode(payload))
            return
        outcomes = _outcomes_decoder.decode(payload)
        if self.answered is not None:
            _settle(self.answered, outcomes)
            return
        for waiter, outcome in zip(self.waiters, outcomes, strict=True):
            _settle(waiter, outcome)


def _settle(future: "asyncio.Future[Any] | None", value: object) -> None:
    if future is not None and not future.done():
        future.set_result(value)


class FramedEngine:
    """Made in a running loop; `close` it at the end."""

    def __init__(self, duplex: Duplex, *, deadline_s: float = DEADLINE_S) -> None:
        self._duplex = duplex
        self._deadline_s = deadline_s
        self._loop = asyncio.get_running_loop()
        self._last_id = 0
        self._asked: dict[int, _Asked] = {}
        self._unsent: deque[int] = deque()
        #: The request that still takes commands of `submit_nowait`, as long as it is the last unsent one.
        self._open: _Asked | None = None
        self._in_flight = 0
        self._wake = asyncio.Event()
        self._status: EngineStatus | None = None
        self._status_at = self._loop.time()
        self._lost: EngineStoppedError | None = None
        self._tasks = [
            asyncio.create_task(self._receive(), name="engine receiver"),
            asyncio.create_task(self._send(), name="engine sender"),
            asyncio.create_task(self._poll_status(), name="engine status"),
        ]

    def submit_nowait(self, command: bytes) -> asyncio.Future[Outcome]:
        """Queue one encoded command. Raises OverloadedError or EngineStoppedError, and then has taken nothing."""
        self._check(1)
        request = self._open
        if request is None or len(request.commands) >= FRAME_COMMANDS_MAX:
            request = self._open = self._queue(SUBMIT, [], None)
        future: asyncio.Future[Outcome] = self._loop.create_future()
        request.commands.append(command)
        request.waiters.append(future)
        self._in_flight += 1
        return future

    async def submit(self, command: Command) -> Outcome:
        return await self.submit_nowait(encode_command(command))

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Queue encoded commands, at most FRAME_COMMANDS_MAX, all or none, and wait for all outcomes."""
        assert len(commands) <= FRAME_COMMANDS_MAX, f"a frame of {len(commands)} commands"
        if not commands:
            return []
        self._check(len(commands))
        self._in_flight += len(commands)
        outcomes: list[Outcome] = await self._ask(SUBMIT, list(commands))
        return outcomes

    def status(self) -> EngineStatus:
        if self._lost is not None:
            raise self._lost
        assert self._status is not None, "the first status is asked for when connecting"
        return self._status

    async def ask_status(self) -> EngineStatus:
        """The engine's status as it is now."""
        if self._lost is not None:
            raise self._lost
        self._status = await self._ask(STATUS, [])
        self._status_at = self._loop.time()
        return self._status

    def status_age_s(self) -> float:
        """How long ago the engine last told its status."""
        return self._loop.time() - self._status_at

    async def until_lost(self) -> None:
        """Return never; raise EngineStoppedError when the engine has gone."""
        await asyncio.wait(self._tasks[:2], return_when=asyncio.FIRST_COMPLETED)
        raise EngineStoppedError("the connection to the engine was lost")

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lose()

    def _check(self, count: int) -> None:
        if self._lost is not None:
            raise self._lost
        if self._in_flight + count > IN_FLIGHT_COMMANDS_MAX:
            raise OverloadedError(RETRY_AFTER_S)

    def _ask(self, word: str, commands: list[bytes]) -> "asyncio.Future[Any]":
        answered: asyncio.Future[Any] = self._loop.create_future()
        self._queue(word, commands, answered)
        self._open = None  # what is submitted later goes after this
        return answered

    def _queue(self, word: str, commands: list[bytes], answered: "asyncio.Future[Any] | None") -> _Asked:
        self._last_id += 1
        deadline = self._loop.call_later(self._deadline_s, self._expired, self._last_id)
        request = self._asked[self._last_id] = _Asked(word, commands, answered, deadline)
        self._unsent.append(self._last_id)
        self._wake.set()
        return request

    async def _send(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._unsent:
                    request_id = self._unsent.popleft()
                    request = self._asked.get(request_id)
                    if request is None:
                        continue  # expired before it could be sent
                    if request is self._open:
                        self._open = None
                    await self._duplex.send(frames.encode(Request(request_id, request.word, request.commands)))
        except ConnectionError:
            pass
        finally:
            self._lose()

    async def _receive(self) -> None:
        try:
            while (raw := await self._duplex.receive()) is not None:
                self._answered(frames.decode_answer(raw))
        except (ConnectionError, ValueError, msgspec.DecodeError):
            pass
        finally:
            self._lose()

    def _answered(self, answer: Answer) -> None:
        request = self._forget(answer.id)
        if request is None:
            return
        if answer.word == OK:
            request.give(answer.payload)
        elif answer.word == OVERLOADED:
            request.fail(OverloadedError(_float_decoder.decode(answer.payload)))
        elif answer.word == NOT_LEADING:
            request.fail(NotLeadingError(_text_decoder.decode(answer.payload)))
        else:
            request.fail(EngineStoppedError(_text_decoder.decode(answer.payload)))

    def _forget(self, request_id: int) -> _Asked | None:
        request = self._asked.pop(request_id, None)
        if request is not None:
            request.deadline.cancel()
            self._in_flight -= len(request.commands)
        return request

    def _expired(self, request_id: int) -> None:
        if self._unsent and request_id in self._unsent:
            error = EngineStoppedError(f"the engine took nothing for {self._deadline_s} s")
        else:
            error = EngineStoppedError(
                f"the engine has not answered within {self._deadline_s} s; what was under way is not known"
            )
        request = self._forget(request_id)
        if request is not None:
            if request is self._open:
                self._open = None
            request.fail(error)

    def _lose(self) -> None:
        if self._lost is not None:
            return
        self._lost = EngineStoppedError("the connection to the engine was lost; it takes no commands")
        unknown = EngineStoppedError("the connection to the engine was lost; what was under way is not known")
        for request_id in list(self._asked):
            request = self._forget(request_id)
            assert request is not None, request_id
            request.fail(unknown)

    async def _poll_status(self) -> None:
        with suppress(EngineStoppedError):
            while True:
                await asyncio.sleep(STATUS_S)
                await self.ask_status()
