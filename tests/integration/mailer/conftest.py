"""A pool on the test's database."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.storage.orm import open_database


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(database_dsn, "pyxiu test", pool_size=8)
    yield engine
    await engine.dispose()
