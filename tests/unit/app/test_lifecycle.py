"""Modules start after their needs, stop before them, and fall together."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from pyxiu.app.lifecycle import Module, ModuleFailedError, in_order, serve
from pyxiu.app.modules import MODULES, SERVICES, modules_of

Log = list[str]
Background = Callable[[], Awaitable[object]]


def module(name: str, *needs: str, background: Background | None = None) -> Module[Log]:
    @asynccontextmanager
    async def start(log: Log) -> AsyncIterator[Awaitable[object] | None]:
        log.append(f"{name} starts")
        try:
            yield background() if background else None
        finally:
            log.append(f"{name} stops")

    def started(log: Log) -> AbstractAsyncContextManager[Awaitable[object] | None]:
        return start(log)

    return Module(name, needs, started)


async def forever() -> None:
    await asyncio.Event().wait()


async def fails() -> None:
    await asyncio.sleep(0)
    raise ValueError("a broken part")


async def ends() -> None:
    await asyncio.sleep(0)


async def stop_by(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_all_in_reverse(number: int) -> None:
    log: Log = []
    modules = [module("a", background=forever), module("b", "a"), module("c", "b", background=forever)]
    before = signal.getsignal(number)
    await serve(modules, log, on_ready=lambda: stop_by(number))
    assert log == ["a starts", "b starts", "c starts", "c stops", "b stops", "a stops"]
    assert signal.getsignal(number) is before


async def test_the_first_failure_stops_all_and_is_told() -> None:
    log: Log = []
    modules = [module("a", background=forever), module("b", "a", background=fails)]
    with pytest.raises(ModuleFailedError, match="b: a broken part"):
        await serve(modules, log)
    assert log == ["a starts", "b starts", "b stops", "a stops"]


async def test_a_module_that_ends_by_itself_is_a_failure() -> None:
    with pytest.raises(ModuleFailedError, match="a: ended without being asked to"):
        await serve([module("a", background=ends)], [])


async def test_a_module_that_cannot_start_stops_those_before_it() -> None:
    @asynccontextmanager
    async def broken(_log: Log) -> AsyncIterator[Awaitable[object] | None]:
        if not _log:
            yield None
        raise OSError("no room")

    log: Log = []
    with pytest.raises(OSError, match="no room"):
        await serve([module("a"), Module("b", ("a",), broken)], log)
    assert log == ["a starts", "a stops"]


async def test_a_signal_while_starting_stops_what_has_started() -> None:
    @asynccontextmanager
    async def slow(_log: Log) -> AsyncIterator[Awaitable[object] | None]:
        await stop_by(signal.SIGTERM)
        await forever()
        yield None

    log: Log = []
    await serve([module("a"), Module("b", ("a",), slow)], log)
    assert log == ["a starts", "a stops"]


async def test_what_runs_once_ready_may_end_and_may_fail() -> None:
    async def broken() -> None:
        raise ValueError("no banner")

    with pytest.raises(ModuleFailedError, match="ready: no banner"):
        await serve([module("a", background=forever)], [], on_ready=broken)


def test_needs_come_first() -> None:
    table = {item.name: item for item in (module("c", "b"), module("a"), module("b", "a"))}
    assert [item.name for item in in_order(table, ["c"])] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="no module 'x'; there are c, a, b"):
        in_order(table, ["x"])


def test_every_service_can_run_alone_and_all_together() -> None:
    for name in SERVICES:
        assert "database" in [item.name for item in modules_of([name])]
    everything = [item.name for item in modules_of(list(SERVICES))]
    assert everything == [name for name in MODULES if name != "staff-identity"], "one worker of identity is enough"
    assert "staff-identity" in [item.name for item in modules_of(["admin"])]
    assert [item.name for item in modules_of(["api", "engine"])] == [
        "listener",
        "database",
        "engine",
        "catalog",
        "engine-link",
        "identity",
        "api",
    ]
    with pytest.raises(ValueError, match="no service 'x'"):
        modules_of(["x"])
