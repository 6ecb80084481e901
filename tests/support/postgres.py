"""A real PostgreSQL for tests, and a database of its own for each test that asks.

    async def test_something(database_dsn: str) -> None: ...

`database_dsn` is migrated to the latest revision and dropped afterwards; `empty_database_dsn` has no tables;
`postgres_server` is the server itself, shared by the session: whoever kills or stops a server starts a private one
with `private_postgres`.
"""

import asyncio
import itertools
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from pyxiu.storage import migrate
from pyxiu.storage.embedded import EmbeddedPostgres

TEMPLATE = "migrated"
_numbers = itertools.count(1)

StartPostgres = Callable[[], EmbeddedPostgres]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    with home_folder() as folder:
        server = EmbeddedPostgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: EmbeddedPostgres) -> str:
    """The name of a database to copy: copying takes a fraction of what migrating takes."""
    in_a_thread(make_template(postgres_server.dsn))
    return TEMPLATE


@pytest.fixture
async def database_dsn(postgres_server: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[str]:
    """The connection string of a fresh database with all tables and no rows."""
    async for dsn in fresh_database(postgres_server.dsn, migrated_template):
        yield dsn


@pytest.fixture
async def empty_database_dsn(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The connection string of a fresh database without tables."""
    async for dsn in fresh_database(postgres_server.dsn, "template1"):
        yield dsn


@pytest.fixture
def private_postgres() -> Iterator[StartPostgres]:
    """Start servers that the test may kill; each is on a folder of its own and has no tables."""
    with home_folder() as folder:
        servers: list[EmbeddedPostgres] = []

        def start() -> EmbeddedPostgres:
            server = EmbeddedPostgres(folder / str(len(servers)))
            servers.append(server)
            server.start()
            return server

        yield start
        for server in servers:
            server.stop()


@contextmanager
def home_folder() -> Iterator[Path]:
    """A folder for a PYXIU_HOME. Not below pytest's own: those are closed to the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="pyxiu-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


async def make_template(dsn: str) -> None:
    await execute(dsn, f"CREATE DATABASE {TEMPLATE}")
    await migrate.upgrade(named(dsn, TEMPLATE))


async def fresh_database(dsn: str, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    await execute(dsn, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(dsn, name)
    await execute(dsn, f"DROP DATABASE {name} WITH (FORCE)")


async def execute(dsn: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def named(dsn: str, database: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def in_a_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on a loop of its own, whatever loop this thread has."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
