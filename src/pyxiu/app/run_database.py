"""The database module: a server that is there, tables that are up to date, connections for everybody.

Invariant: an embedded server is stopped after everything that uses it, and its death is a failure of this module,
because an engine without its journal must stop. Limit: a server of the operator's own is neither started nor stopped
here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import structlog

from pyxiu.api.audience import Audience
from pyxiu.app.connections import open_connections
from pyxiu.app.context import Context
from pyxiu.app.module_dsns import STAFF, module_dsns
from pyxiu.kit.errors import PermanentError
from pyxiu.storage import migrate
from pyxiu.storage.database import wait_ready
from pyxiu.storage.embedded import EmbeddedPostgres, HomeInUseError, running_dsn
from pyxiu.storage.logins import login_url, make_logins

READY_TIMEOUT_S = 30.0
WATCH_S = 0.5
KEEP_S = 0.05

_log = structlog.stdlib.get_logger("pyxiu.database")


@asynccontextmanager
async def database(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    context.settings.home.mkdir(parents=True, exist_ok=True)
    async with _server(context) as (dsn, server):
        await wait_ready(dsn, READY_TIMEOUT_S)
        await _tables(context, dsn)
        if context.keep_database and server is not None:
            await make_logins(dsn, context.settings.logins_folder)
        dsns = await module_dsns(context.settings, dsn, _staff_login(context))
        context.connections = {module: await open_connections(one) for module, one in dsns.items()}
        try:
            yield None if server is None else _keep(server) if context.keep_database else _watch(server)
        finally:
            for connections in context.connections.values():
                await connections.close()


@asynccontextmanager
async def _server(context: Context) -> AsyncIterator[tuple[str, EmbeddedPostgres | None]]:
    """How to connect, and the server if it is ours to watch and stop."""
    settings = context.settings
    given = settings.database_url or next(iter(settings.module_urls.values()), None)
    if given:
        yield given, None
        return
    context.database_folder = settings.home / "postgres"
    if context.parent is not None:
        other = await _dsn_of_other(context)
        yield login_url(settings.logins_folder, context.service) or other, None
        return
    server = EmbeddedPostgres(settings.home)
    # Started in a thread that cannot be interrupted: a signal meanwhile waits for it, then stops what it started.
    starting = asyncio.ensure_future(asyncio.to_thread(server.start))
    try:
        await asyncio.shield(starting)
    except HomeInUseError:
        if not context.share_database:
            raise
        yield await _dsn_of_other(context), None
        return
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        await asyncio.to_thread(server.stop)
        raise
    try:
        yield server.dsn, server
    finally:
        await asyncio.to_thread(server.stop)


def _staff_login(context: Context) -> dict[str, str]:
    """An api below a parent has a login that can be the api and nothing else; for staff it takes the admin's."""
    if context.parent is None or context.service != "api" or context.settings.access.audience is not Audience.EVERYONE:
        return {}
    url = login_url(context.settings.logins_folder, STAFF)
    return {} if url is None else {STAFF: url}


async def _dsn_of_other(context: Context) -> str:
    """The server that another process has started on this home, or is about to."""
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    while (dsn := running_dsn(context.settings.home)) is None:
        if asyncio.get_running_loop().time() > deadline:
            raise PermanentError(f"another process holds {context.settings.home} but its PostgreSQL does not come up")
        await asyncio.sleep(WATCH_S)
    return dsn


async def _tables(context: Context, dsn: str) -> None:
    if context.migrate:
        await migrate.upgrade(dsn)
        return
    missing = await migrate.pending(dsn)
    if missing:
        raise PermanentError(f"the database lacks migrations {', '.join(missing)}: run `pyxiu migrate` first")


async def _watch(server: EmbeddedPostgres) -> None:
    while server.is_running():  # noqa: ASYNC110 - a process sets no event
        await asyncio.sleep(WATCH_S)
    raise PermanentError(f"the embedded PostgreSQL has ended by itself; the end of its log: {server.log_tail(5)}")


async def _keep(server: EmbeddedPostgres) -> None:
    """Start it again when it dies: those who use it are other processes, which wait or are started again."""
    while True:
        while server.is_running():  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(KEEP_S)
        _log.error("the embedded PostgreSQL has ended by itself and is started again", log=server.log_tail(5))
        await asyncio.to_thread(server.start_again)
        _log.info("the embedded PostgreSQL runs again", pid=server.pid)
