"""Connections to PostgreSQL: one way to open them, one name for what can go wrong.

Invariant: every connection says who it is (`application_name`) and speaks UTC; one that cannot be had is DatabaseError,
whatever the driver raised. Limit: nothing here retries a statement; only opening is repeated, and only in `wait_ready`.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

from pyxiu.kit.errors import PermanentError, TransientError

CONNECT_TIMEOUT_S: Final = 10.0
#: The server's setting for how long a transaction may stay open with nothing said in it.
IDLE_SETTING: Final = "idle_in_transaction_session_timeout"
POOL_SIZE_MAX: Final = 10
_POLL_S: Final = 0.05

if TYPE_CHECKING:  # the stubs make these generic, the classes are not
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    #: A connection, owned or lent by a pool: what functions that run statements take.
    AnyConnection: TypeAlias = Connection | PoolConnectionProxy[asyncpg.Record]
else:
    Connection = AnyConnection = asyncpg.Connection
    Pool = asyncpg.Pool

#: What a lost, refused or overloaded server looks like through asyncpg; trying again later may help.
UNAVAILABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    # What the driver says of a connection used between a killed server's last words and its end.
    asyncpg.InternalClientError,
)


class DatabaseUnavailableError(TransientError):
    """The server is not there, not ready or full."""


async def connect(dsn: str, application: str, *, idle_transaction_s: int | None = None) -> Connection:
    """A connection of its own. Raises DatabaseUnavailableError, or PermanentError when the server refuses us.

    `idle_transaction_s`: the server ends a session that says nothing for so long while its transaction is open; a DSN
    that names the setting itself has its own way.
    """
    server_settings = {"application_name": application, "timezone": "UTC"}
    if idle_transaction_s is not None and IDLE_SETTING not in dsn:
        server_settings[IDLE_SETTING] = f"{idle_transaction_s}s"
    try:
        connection: Connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S, server_settings=server_settings)
    except UNAVAILABLE as error:
        raise DatabaseUnavailableError(f"no connection to {redacted(dsn)}: {error!r}") from error
    except asyncpg.PostgresError as error:
        raise PermanentError(f"{redacted(dsn)} refuses the connection: {error}") from error
    return connection


async def create_pool(dsn: str, application: str, *, size_max: int = POOL_SIZE_MAX) -> Pool:
    """A pool that opens connections when they are needed, once the server has been reached."""
    pool = await open_pool(dsn, application, size_max=size_max)
    try:
        async with pool.acquire():
            return pool
    except UNAVAILABLE as error:
        raise DatabaseUnavailableError(f"no connection to {redacted(dsn)}: {error!r}") from error


async def open_pool(dsn: str, application: str, *, size_max: int = POOL_SIZE_MAX) -> Pool:
    """A pool that opens connections when they are needed; nothing is asked of the server yet."""
    pool: Pool = await asyncpg.create_pool(
        dsn,
        min_size=0,  # a floor would be kept up in the background, with a stack trace in the log for every failure
        max_size=size_max,
        timeout=CONNECT_TIMEOUT_S,
        server_settings={"application_name": application, "timezone": "UTC"},
    )
    return pool


async def wait_ready(dsn: str, timeout_s: float) -> None:
    """Return once the server takes connections; DatabaseUnavailableError if it does not within the time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while True:
        try:
            connection = await connect(dsn, "pyxiu wait")
        except DatabaseUnavailableError:
            if loop.time() > deadline:
                raise
            await asyncio.sleep(_POLL_S)
            continue
        await connection.close()
        return


@contextmanager
def unavailable_as_fault(what: str) -> Iterator[None]:
    """Turn the driver's exceptions for a lost or refusing server into DatabaseUnavailableError."""
    try:
        yield
    except UNAVAILABLE as error:
        raise DatabaseUnavailableError(f"{what}: the database is not available: {error!r}") from error


def as_role(dsn: str, role: str) -> str:
    """The same login, but every connection acts as `role` from its first statement on."""
    return f"{dsn}{'&' if '?' in dsn else '?'}role={role}"


def redacted(dsn: str) -> str:
    """The connection string without its password, for logs and messages."""
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1@", dsn)


async def close_quietly(connection: Any) -> None:
    """Close a connection or pool that may be broken already."""
    try:
        await connection.close(timeout=CONNECT_TIMEOUT_S)
    except (*UNAVAILABLE, asyncpg.PostgresError):
        connection.terminate()
