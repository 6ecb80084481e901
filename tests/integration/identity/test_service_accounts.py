"""Service accounts: each acts as itself, and is worth no more than its owner."""

from collections.abc import AsyncIterator

import pytest

from pyxiu.identity.access.credential_store import KeyRow, find_key
from pyxiu.identity.services import IdentityServices
from tests.support.identity import a_user, identity_settings, running_identity
from tests.support.service_accounts import a_service_account


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn, settings=identity_settings()) as running:
        yield running


async def key(services: IdentityServices, kid: str) -> KeyRow:
    async with services.database.connect() as connection:
        found = await find_key(connection, kid)
    assert found is not None, kid
    return found


async def test_each_key_acts_as_its_own_service_account(services: IdentityServices) -> None:
    owner = await a_user(services, level=3)
    bots = [await a_service_account(services, owner) for _ in range(3)]
    assert [(await key(services, bot.kid)).uid for bot in bots] == [bot.uid for bot in bots]
