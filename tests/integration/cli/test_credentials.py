"""API keys as the API finds them: from memory, but never older than a moment."""

import secrets
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.credentials import CatalogCredentials, key_purpose
from pyxiu.app.secrets import KEY_BYTES, SecretBox
from pyxiu.catalog.model import ApiKey
from pyxiu.catalog.store import open_database, writing


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn)
    yield database
    await database.dispose()


@pytest.fixture
def box() -> SecretBox:
    return SecretBox(secrets.token_bytes(KEY_BYTES))


async def put(database: AsyncEngine, box: SecretBox, kid: str, *, secret: bytes = b"s", state: str = "active") -> None:
    sealed = box.seal(secret, purpose=key_purpose(kid))
    async with writing(database) as store:
        await store.put_api_key(ApiKey(kid, "ID1", "a@example.test", 3, "member", sealed, state))


async def test_a_key_is_found_with_its_secret_and_member(database: AsyncEngine, box: SecretBox) -> None:
    await put(database, box, "one")
    found = await CatalogCredentials(database, box).find("one")
    assert found is not None
    assert (found.secret, found.active, found.member.uid, found.member.level) == (b"s", True, "ID1", 3)
    assert repr(found) == "Credential(kid='one', member='ID1')"
    assert await CatalogCredentials(database, box).find("two") is None


async def test_new_changed_and_disabled_keys_are_noticed(database: AsyncEngine, box: SecretBox) -> None:
    credentials = CatalogCredentials(database, box, refresh_s=0)
    assert await credentials.find("one") is None
    await put(database, box, "one")
    await put(database, box, "two")
    assert (await credentials.find("one")) is not None
    await put(database, box, "one", secret=b"other")
    changed = await credentials.find("one")
    assert changed is not None
    assert changed.secret == b"other"
    async with writing(database) as store:
        await store.disable_other_keys("ID1", "two")
    disabled, kept = await credentials.find("one"), await credentials.find("two")
    assert disabled is not None
    assert kept is not None
    assert (disabled.active, kept.active) == (False, True)


async def test_between_refreshes_no_key_costs_a_query(database: AsyncEngine, box: SecretBox) -> None:
    await put(database, box, "one")
    credentials = CatalogCredentials(database, box, refresh_s=3_600)
    assert await credentials.find("one") is not None
    await database.dispose()
    await put(database, box, "two")
    assert await credentials.find("two") is None


async def test_a_secret_of_another_instance_is_no_key(database: AsyncEngine, box: SecretBox) -> None:
    await put(database, box, "one")
    other = SecretBox(secrets.token_bytes(KEY_BYTES))
    assert await CatalogCredentials(database, other).find("one") is None
