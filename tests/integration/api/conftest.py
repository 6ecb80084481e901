"""One exchange for all tests of a module, on one event loop; tests make members of their own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from pyxiu.core.commands import CancelOrders
from pyxiu.core.types import MarketId
from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.api import Exchange, running_exchange
from tests.support.postgres import fresh_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(postgres_server: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[Exchange]:
    async for dsn in fresh_database(postgres_server.dsn, migrated_template):
        async with running_exchange(dsn) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def empty_books(exchange: Exchange) -> AsyncIterator[None]:
    """No order of one test meets those of the next."""
    yield
    for market in ("btcusd", "ethusd", "ethbtc"):
        while (await exchange.submit(CancelOrders(market=MarketId(market)))).more:
            pass
