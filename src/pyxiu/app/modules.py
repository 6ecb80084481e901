"""The table of modules: what each is, and what it needs. The one place that decides what runs where.

`pyxiu up` runs all of them in one process, `pyxiu run NAME…` some. Whether a module gets the engine of its own
process or the one behind the control socket is decided here, by `engine-link`. Invariant: needs come first, in the
order of this table. Limit: modules in other processes share the home's machine until engines can be called over the
network.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from pyxiu.app.context import Context
from pyxiu.app.control import connect_control
from pyxiu.app.engine_door import service_identity
from pyxiu.app.lifecycle import Module, Started, in_order
from pyxiu.app.listener import listener
from pyxiu.app.own_loop import in_own_loop
from pyxiu.app.run_database import database
from pyxiu.app.run_engine import engine
from pyxiu.catalog.tell_engine import tell_engine
from pyxiu.projections.projector import Projector

#: A process that needs an engine starts when one leads; until then it is not ready, after that it gives up.
ENGINE_WAIT_S: Final = 60.0

_log = structlog.stdlib.get_logger("pyxiu.modules")


@asynccontextmanager
async def catalog(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    """Deliver what an interrupted seed still owes to the engine."""
    delivery = await tell_engine(context.catalog, context.engine)
    if delivery.applied or delivery.rejected:
        _log.warning("catalog commands were owed", applied=delivery.applied, rejected=delivery.rejected)
    yield None


@asynccontextmanager
async def projector(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    currencies = context.settings.pnl_currencies
    yield in_own_loop("projector", lambda: Projector(context.dsn, pnl_currencies=currencies).run())


@asynccontextmanager
async def engine_link(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    """The engine of this process if it has one, otherwise the one that leads among PYXIU_ENGINES, otherwise the one
    behind the control socket of this home.
    """
    if context.has_engine():
        yield None
        return
    if context.settings.engines:
        from pyxiu.transport.engine_cluster import connect_cluster

        async with connect_cluster(context.settings.engines, service_identity(context)) as cluster:
            await cluster.until_found(ENGINE_WAIT_S)
            context.engine = cluster
            yield None
        return
    async with connect_control(context.settings.home) as remote:
        context.engine = remote
        yield remote.until_lost()


def api(context: Context) -> Started:
    """Imported when it is started: commands that serve nothing need not wait for a web framework."""
    from pyxiu.app.run_api import api as run_api

    return run_api(context)


def identity(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_identity import identity as run_identity

    return run_identity(context)


def admin(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_admin import admin as run_admin

    return run_admin(context)


def stream(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_stream import stream as run_stream

    return run_stream(context)


def relay(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_relay import relay as run_relay

    return run_relay(context)


def mailer(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_mailer import mailer as run_mailer

    return run_mailer(context)


def scheduler(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_scheduler import scheduler as run_scheduler

    return run_scheduler(context)


def signer(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_signer import signer as run_signer

    return run_signer(context)


def watcher(context: Context) -> Started:
    """Imported when it is started, as the API is."""
    from pyxiu.app.run_watcher import watcher as run_watcher

    return run_watcher(context)


def _as(role: str, start: Callable[[Context], Started]) -> Callable[[Context], Started]:
    """With the connections of this role of the database, and no other rights (`storage/roles.py`)."""
    return lambda context: start(context.acting_as(role))


_TABLE: Final[tuple[Module[Context], ...]] = (
    Module("listener", (), listener),
    Module("database", (), database),
    Module("engine", ("database",), _as("engine", engine)),
    Module("catalog", ("engine",), _as("engine", catalog)),
    Module("projector", ("database",), _as("projector", projector)),
    Module("mailer", ("database",), _as("mailer", mailer)),
    Module("relay", ("database",), _as("relay", relay)),
    Module("engine-link", ("database",), engine_link),
    Module("identity", ("database", "engine-link"), _as("api", identity)),
    # The same, where there is an admin and no api.
    Module("staff-identity", ("database", "engine-link"), _as("admin", identity)),
    Module("watcher", ("database", "engine-link"), _as("watcher", watcher)),
    Module("scheduler", ("database", "engine-link"), _as("scheduler", scheduler)),
    Module("signer", ("database",), _as("signer", signer)),
    Module("api", ("listener", "database", "engine-link"), _as("api", api)),
    Module("admin", ("listener", "database", "engine-link"), _as("admin", admin)),
    Module("stream", ("listener", "database", "engine-link"), _as("stream", stream)),
)
MODULES: Final = {module.name: module for module in _TABLE}

#: What `pyxiu run` offers: the module and what belongs to it. Their needs follow from the table.
SERVICES: Final[dict[str, tuple[str, ...]]] = {
    "engine": ("engine", "catalog"),
    "projector": ("projector",),
    "mailer": ("mailer",),
    "relay": ("relay",),
    "watcher": ("watcher",),
    "scheduler": ("scheduler",),
    "signer": ("signer",),
    "api": ("api", "identity"),
    "admin": ("admin", "staff-identity"),
    "stream": ("stream",),
}


def modules_of(services: Sequence[str]) -> list[Module[Context]]:
    """The modules of these services, in the order of the table. Raises ValueError for an unknown service."""
    unknown = [name for name in services if name not in SERVICES]
    if unknown:
        raise ValueError(f"no service {unknown[0]!r}; there are {', '.join(SERVICES)}")
    wanted = {name for service in services for name in SERVICES[service]}
    if "identity" in wanted:
        wanted.discard("staff-identity")
    needed = in_order(MODULES, sorted(wanted))
    return sorted(needed, key=_TABLE.index)
