"""A database whose journal holds a seeded exchange, projected once and copied for each test."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from pyxiu.storage.database import Connection
from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.postgres import execute, fresh_database, in_a_thread, named
from tests.support.projected import Projected
from tests.support.seeded import SeededExchange

TEMPLATE = "projected"


@pytest.fixture
async def connection(database_dsn: str) -> AsyncIterator[Connection]:
    """To a database with all tables and no rows."""
    connection = await asyncpg.connect(database_dsn)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def projected_exchange(postgres_server: EmbeddedPostgres, migrated_template: str) -> SeededExchange:
    """The exchange whose projected database is there to be copied."""
    exchange = SeededExchange(seed=31)
    in_a_thread(make_template(postgres_server.dsn, migrated_template, exchange))
    return exchange


async def make_template(server_dsn: str, migrated: str, exchange: SeededExchange) -> None:
    await execute(server_dsn, f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}")
    dsn = named(server_dsn, TEMPLATE)
    connection = await asyncpg.connect(dsn)
    projected = await Projected.open(dsn, connection, exchange)
    await projected.trade(3_000)
    await projected.project()
    await connection.close()


@pytest.fixture
async def projected(postgres_server: EmbeddedPostgres, projected_exchange: SeededExchange) -> AsyncIterator[Projected]:
    """A busy exchange of some thousand records, all projected. The exchange is shared: do not trade on."""
    async for dsn in fresh_database(postgres_server.dsn, TEMPLATE):
        connection = await asyncpg.connect(dsn)
        yield Projected(dsn, connection, projected_exchange)
        await connection.close()


@pytest.fixture
async def undone(postgres_server: EmbeddedPostgres, projected_exchange: SeededExchange) -> AsyncIterator[Projected]:
    """The same without a database of its own: whatever its connection changes is rolled back."""
    dsn = named(postgres_server.dsn, TEMPLATE)
    connection = await asyncpg.connect(dsn)
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    yield Projected(dsn, connection, projected_exchange)
    await transaction.rollback()
    await connection.close()
