"""Which children there are, what each is given, and in which order they start: the same exchange as several processes.

The parent owns the database and the listening sockets; gateways inherit a socket and share its queue of connections, so
that none is refused while one of them is started anew. Commands travel over gRPC on a Unix socket of the home.
Invariant: whatever needs something starts after it and stops before it, the database first and last. Limit: one machine
and one engine; `pyxiu run` is for more.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from pyxiu.api.audience import Audience
from pyxiu.app.context import Context
from pyxiu.app.control import connect_control, socket_path
from pyxiu.app.lifecycle import Module
from pyxiu.app.listener import bind
from pyxiu.app.modules import MODULES, SERVICES
from pyxiu.app.settings import LogFormat, Settings
from pyxiu.app.split.child import Child
from pyxiu.app.split.family_lock import FAMILY_LOCK
from pyxiu.app.split.forks import fork_server
from pyxiu.kit.errors import PermanentError

#: Those that serve HTTP: several of them may share an address.
GATEWAYS: Final = ("api", "stream")
#: The module of all children that need an engine.
FAMILY: Final = "services"


class Split(msgspec.Struct, frozen=True):
    """`gateways`: so many processes of the API, and as many of the stream. `stream_port`: where the latter listen.
    `admin_port`: where staff has a process of its own; None: the API answers staff too, unless settings say otherwise.
    """

    gateways: int
    stream_port: int
    admin_port: int | None = None


def split_settings(settings: Settings, split: Split) -> Settings:
    """With the engine on a socket of this home, and an API for the public alone where staff has its own. Raises
    PermanentError where engines elsewhere are set.
    """
    if settings.engines or settings.engine_listen:
        raise PermanentError("PYXIU_ENGINES and PYXIU_ENGINE_LISTEN are for `pyxiu run`; unset them for --split")
    address = f"unix:{socket_path(settings.home, 'engine')}"
    access = settings.access
    if split.admin_port is not None:
        access = msgspec.structs.replace(access, audience=Audience.PUBLIC)
    return msgspec.structs.replace(settings, engines=(address,), access=access)


def services_of(settings: Settings, split: Split) -> list[str]:
    """All services that have something to do here."""
    idle = set()
    if split.admin_port is None:
        idle.add("admin")
    if not (settings.relay.names or settings.plugins.sinks):
        idle.add("relay")
    if not settings.nodes.watcher:
        idle.add("watcher")
    if not settings.nodes.signer:
        idle.add("signer")
    return [service for service in SERVICES if service not in idle]


def split_modules(settings: Settings, split: Split) -> list[Module[Context]]:
    """What the parent runs: the sockets and the database, then the engine, then all that need one, side by side."""
    rest = [service for service in services_of(settings, split) if service != "engine"]
    return [
        FORK_SERVER,
        FAMILY_LOCK,
        MODULES["listener"],
        _stream_listener(split),
        MODULES["database"],
        _family("engine", list(_children(settings, split, "engine"))),
        _family(FAMILY, [child for service in rest for child in _children(settings, split, service)]),
    ]


def over_control(module: Module[Context]) -> Module[Context]:
    """A module of the parent that needs an engine while it starts; its own link is over by then."""

    @asynccontextmanager
    async def start(context: Context) -> AsyncIterator[Awaitable[object] | None]:
        async with connect_control(context.settings.home) as context.engine, module.start(context):
            pass
        del context.engine
        yield None

    return Module(module.name, ("engine",), start)


def _children(settings: Settings, split: Split, service: str) -> Iterator["_Planned"]:
    if service not in GATEWAYS:
        port = split.admin_port if service == "admin" else None
        yield _Planned(service, service, msgspec.structs.replace(settings, port=port or settings.port))
        return
    port = settings.port if service == "api" else split.stream_port
    for number in range(1, split.gateways + 1):
        yield _Planned(f"{service}-{number}", service, msgspec.structs.replace(settings, port=port))


class _Planned(msgspec.Struct, frozen=True):
    name: str
    service: str
    settings: Settings

    def child(self, context: Context) -> Child:
        told = {}
        if self.service in GATEWAYS:
            listener = context.listener if self.service == "api" else context.stream_listener
            told["--listen-fd"] = listener.fileno()
        return Child(
            self.name,
            ["run", self.service],
            self.environment(),
            handed=[context.family_fd],
            told=told,
            # The signer has nothing in it that it does not need.
            forks=None if self.service == "signer" else context.forks,
        )

    def environment(self) -> dict[str, str]:
        settings = self.settings
        address = settings.engines[0]
        own = {
            "PYXIU_HOME": str(settings.home),
            "PYXIU_HOST": settings.host,
            "PYXIU_PORT": str(settings.port),
            "PYXIU_API_AUDIENCE": settings.access.audience.value,
            "PYXIU_ENGINES": address,
            "PYXIU_ENGINE_LISTEN": address if self.service == "engine" else "",
            "PYXIU_LOG_FORMAT": _log_format(settings).value,
            # One connection at a time from the shared queue, so that one gateway does not take all of a rush.
            "UV_TCP_SINGLE_ACCEPT": "1",
        }
        return os.environ | own


def _log_format(settings: Settings) -> LogFormat:
    """Children print to a pipe; what the form depends on is where the parent prints to."""
    if settings.log_format is not LogFormat.AUTO:
        return settings.log_format
    return LogFormat.CONSOLE if sys.stderr.isatty() else LogFormat.JSON


def _family(name: str, planned: Sequence["_Planned"]) -> Module[Context]:
    """Children that do not need each other: started, kept and stopped at the same time."""

    @asynccontextmanager
    async def run(context: Context) -> AsyncIterator[Awaitable[object] | None]:
        children = [one.child(context) for one in planned]
        try:
            await _together(child.start() for child in children)
            yield _together(child.keep() for child in children)
        finally:
            await _together(child.stop() for child in children)

    return Module(name, ("database",), run)


async def _together(steps: Iterable[Coroutine[object, object, None]]) -> None:
    """All of them; the first failure cancels the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


@asynccontextmanager
async def _forks(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    """The first of all: it imports while the database starts."""
    async with fork_server() as context.forks:
        yield None if context.forks is None else context.forks.keep()


FORK_SERVER: Final = Module("fork-server", (), _forks)


def _stream_listener(split: Split) -> Module[Context]:
    @asynccontextmanager
    async def listen(context: Context) -> AsyncIterator[Awaitable[object] | None]:
        with bind(context.settings.host, split.stream_port, flag="--stream-port") as context.stream_listener:
            yield None

    return Module("stream-listener", (), listen)
