"""The database module: a server that is there, tables that are up to date, connections for everybody.

Invariant: an embedded server is stopped after everything that uses it, and its death is a failure of this module,
because an engine without its journal must stop. Limit: a server of the operator's own is neither started nor stopped
here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from pyxiu.app.context import Context
from pyxiu.kit.errors import PermanentError
from pyxiu.storage import migrate
from pyxiu.storage.database import Pool, create_pool, wait_ready
from pyxiu.storage.embedded import EmbeddedPostgres, HomeInUseError, running_dsn
from pyxiu.storage.orm import open_database

READY_TIMEOUT_S = 30.0
WATCH_S = 0.5
POOL_SIZE = 12
IDENTITY_POOL_SIZE = 8
POOL_CLOSE_S = 5.0


@asynccontextmanager
async def database(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    context.settings.home.mkdir(parents=True, exist_ok=True)
    async with _server(context) as server:
        await wait_ready(context.dsn, READY_TIMEOUT_S)
        await _tables(context)
        context.pool = await create_pool(context.dsn, "pyxiu", size_max=POOL_SIZE)
        context.catalog = open_database(context.dsn, "pyxiu catalog")
        context.identity = open_database(context.dsn, "pyxiu identity", pool_size=IDENTITY_POOL_SIZE)
        context.counters = open_database(context.dsn, "pyxiu counters")
        try:
            yield _watch(server) if server else None
        finally:
            await context.counters.dispose()
            await context.identity.dispose()
            await context.catalog.dispose()
            await _close_pool(context.pool)


@asynccontextmanager
async def _server(context: Context) -> AsyncIterator[EmbeddedPostgres | None]:
    """Set the context's DSN; yields the server if it is ours to watch and stop."""
    settings = context.settings
    if settings.database_url:
        context.dsn = settings.database_url
        yield None
        return
    server = EmbeddedPostgres(settings.home)
    # Started in a thread that cannot be interrupted: a signal meanwhile waits for it, then stops what it started.
    starting = asyncio.ensure_future(asyncio.to_thread(server.start))
    try:
        await asyncio.shield(starting)
    except HomeInUseError:
        if not context.share_database:
            raise
        context.dsn = await _dsn_of_other(context)
        yield None
        return
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        await asyncio.to_thread(server.stop)
        raise
    context.dsn = server.dsn
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


async def _dsn_of_other(context: Context) -> str:
    """The server that another process has started on this home, or is about to."""
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    while (dsn := running_dsn(context.settings.home)) is None:
        if asyncio.get_running_loop().time() > deadline:
            raise PermanentError(f"another process holds {context.settings.home} but its PostgreSQL does not come up")
        await asyncio.sleep(WATCH_S)
    return dsn


async def _close_pool(pool: Pool) -> None:
    """What is still lent out after a while belongs to somebody who hangs."""
    try:
        async with asyncio.timeout(POOL_CLOSE_S):
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def _tables(context: Context) -> None:
    if context.migrate:
        await migrate.upgrade(context.dsn)
        return
    missing = await migrate.pending(context.dsn)
    if missing:
        raise PermanentError(f"the database lacks migrations {', '.join(missing)}: run `pyxiu migrate` first")


async def _watch(server: EmbeddedPostgres) -> None:
    while server.is_running():  # noqa: ASYNC110 - a process sets no event
        await asyncio.sleep(WATCH_S)
    raise PermanentError(f"the embedded PostgreSQL has ended by itself; the end of its log: {server.log_tail(5)}")
