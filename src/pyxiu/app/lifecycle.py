"""Start modules in the order of their needs, run until a signal or a failure, stop them in reverse.

Invariant: the first module that ends by itself stops all others, because a half-running exchange is worse than none; a
stop takes at most `STOP_MAX_S`, then the process ends anyway (recovery is the normal start). Limit: one lifecycle per
process; a second signal does not wait for the modules.
"""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from types import FrameType
from typing import Final, Generic, TypeVar

import msgspec
import structlog

STOP_MAX_S: Final = 30.0
EXIT_STOP_TIMED_OUT: Final = 3
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_log = structlog.stdlib.get_logger("pyxiu.lifecycle")

Context = TypeVar("Context")
#: Enters started, leaves stopped, and yields what ends only when the module fails (None: nothing to watch).
Started = AbstractAsyncContextManager[Awaitable[object] | None]


class Module(msgspec.Struct, Generic[Context], frozen=True):
    """Something that is started and stopped, after and before what it needs."""

    name: str
    needs: tuple[str, ...]
    start: Callable[[Context], Started]
    about: str = ""


class ModuleFailedError(Exception):
    """A module ended although nobody asked it to; the cause is chained."""


def in_order(modules: Mapping[str, Module[Context]], wanted: Sequence[str]) -> list[Module[Context]]:
    """The wanted modules and all that they need, each after its needs. Raises ValueError for an unknown name."""
    ordered: dict[str, Module[Context]] = {}

    def add(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"modules need each other: {' > '.join((*path, name))}"
        if name in ordered:
            return
        if name not in modules:
            raise ValueError(f"no module {name!r}; there are {', '.join(modules)}")
        for need in modules[name].needs:
            add(need, (*path, name))
        ordered[name] = modules[name]

    for name in wanted:
        add(name, ())
    return list(ordered.values())


async def serve(
    modules: Sequence[Module[Context]], context: Context, *, on_ready: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Run until SIGINT, SIGTERM or a failure. Raises ModuleFailedError, or what a module's start raised."""
    stop = asyncio.Event()
    with stopping_on_signals(stop):
        stopping: asyncio.Task[object] = asyncio.create_task(stop.wait(), name="signal")
        running: asyncio.Task[object] = asyncio.create_task(_run(modules, context, on_ready, stop), name="modules")
        try:
            await asyncio.wait({stopping, running}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                _log.info("stopping", reason="signal")
                running.cancel()
            with _Deadline(STOP_MAX_S) as ending:
                ending.start()
                await asyncio.gather(running, return_exceptions=True)
        finally:
            stopping.cancel()
    if not running.cancelled():
        running.result()


async def _run(
    modules: Sequence[Module[Context]],
    context: Context,
    on_ready: Callable[[], Awaitable[None]] | None,
    stop: asyncio.Event,
) -> None:
    async with started(modules, context) as watched:
        if on_ready is not None:
            watched["ready"] = asyncio.ensure_future(on_ready())
        try:
            await _until_one_ends(watched, stop)
        finally:
            if "ready" in watched:
                await _canceled(watched["ready"])


@asynccontextmanager
async def started(
    modules: Sequence[Module[Context]], context: Context
) -> AsyncIterator[dict[str, asyncio.Future[object]]]:
    """The modules started, and what to watch of each by name; stopped in reverse at the end of the block."""
    watched: dict[str, asyncio.Future[object]] = {}
    async with AsyncExitStack() as stack:
        ending = stack.enter_context(_Deadline(STOP_MAX_S))
        for module in modules:
            background = await stack.enter_async_context(_logged(module, context))
            if background is not None:
                watched[module.name] = asyncio.ensure_future(background)
                stack.push_async_callback(_canceled, watched[module.name])
        try:
            yield watched
        finally:
            ending.start()


async def _canceled(background: asyncio.Future[object]) -> None:
    background.cancel()
    await asyncio.gather(background, return_exceptions=True)


@asynccontextmanager
async def _logged(module: Module[Context], context: Context) -> AsyncIterator[Awaitable[object] | None]:
    _log.debug("module starts", module=module.name)
    async with module.start(context) as background:
        _log.info("module started", module=module.name)
        try:
            yield background
        finally:
            _log.info("module stops", module=module.name)


async def _until_one_ends(watched: dict[str, asyncio.Future[object]], stop: asyncio.Event) -> None:
    """Wait for the first failure. `ready` alone may end: it runs once after the start."""
    while True:
        waiting: asyncio.Future[object] = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({*watched.values(), waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if stop.is_set():
            return
        for name, task in list(watched.items()):
            if not task.done():
                continue
            error = None if task.cancelled() else task.exception()
            if name == "ready" and error is None:
                del watched[name]
                continue
            reason = "ended without being asked to" if error is None else reason_of(error)
            _log.error("module failed", module=name, error=reason)
            raise ModuleFailedError(f"{name}: {reason}") from error


def reason_of(error: BaseException) -> str:
    """What went wrong in one line; of a group, what went wrong in each."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(reason_of(one) for one in error.exceptions)
    return str(error) or repr(error)


@contextmanager
def stopping_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` at the first SIGINT or SIGTERM; at the second end the process at once."""
    loop = asyncio.get_running_loop()

    def heard(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        loop.call_soon_threadsafe(stop.set)

    previous = {number: signal.signal(number, heard) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class _Deadline:
    """Ends the process if the block is not left in time after `start`. A thread, because the event loop may hang."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._timer = threading.Timer(limit_s, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def start(self) -> None:
        self._timer.start()

    def _end(self) -> None:
        _log.error("stop took too long; ending now", limit_s=self._limit_s)
        os._exit(EXIT_STOP_TIMED_OUT)
