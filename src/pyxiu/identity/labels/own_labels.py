"""What a member may do with the own labels: read all, write public ones.

Invariant: nothing here touches a private label. Limit: a public label has no effect on anything of ours.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.labels import store
from pyxiu.identity.labels.change_labels import remove_label, set_label
from pyxiu.identity.labels.model import Label, LabelScope, label_word
from pyxiu.identity.services import IdentityServices

PRIVATE: Final = Refused(400, "resource.labels.private")
UNKNOWN: Final = Refused(404, "record.not_found")
INVALID_KEY: Final = Refused(422, "key.invalid")
INVALID_VALUE: Final = Refused(422, "value.invalid")
EXISTS: Final = Refused(422, "key.taken")
TOO_MANY: Final = Refused(422, "resource.labels.limit_reached")


async def own_labels(services: IdentityServices, user_id: int) -> list[Label]:
    async with services.database.connect() as connection:
        return await store.labels_of(connection, user_id)


async def own_label(services: IdentityServices, user_id: int, key: str) -> Label | None:
    """The private one where there are two of a key."""
    async with services.database.connect() as connection:
        return await _find(connection, user_id, key)


async def add_own_label(services: IdentityServices, user_id: int, key: str, value: str) -> Label | Refused:
    clean_key, clean_value = label_word(key), label_word(value)
    if clean_key is None or clean_value is None:
        return INVALID_KEY if clean_key is None else INVALID_VALUE
    async with services.database.begin() as connection:
        existing = await store.labels_of(connection, user_id, LabelScope.PUBLIC)
        if any(label.key == clean_key for label in existing):
            return EXISTS
        if len(existing) >= services.settings.labels_max:
            return TOO_MANY
        return await _put(connection, services, user_id, clean_key, clean_value)


async def change_own_label(services: IdentityServices, user_id: int, key: str, value: str) -> Label | Refused:
    clean_value = label_word(value)
    if clean_value is None:
        return INVALID_VALUE
    async with services.database.begin() as connection:
        found = await store.label(connection, user_id, key, LabelScope.PUBLIC)
        if found is None:
            return await _why_not(connection, user_id, key)
        return await _put(connection, services, user_id, found.key, clean_value)


async def remove_own_label(services: IdentityServices, user_id: int, key: str) -> Refused | None:
    """None when it is gone."""
    async with services.database.begin() as connection:
        found = await store.label(connection, user_id, key, LabelScope.PUBLIC)
        if found is None:
            return await _why_not(connection, user_id, key)
        await remove_label(connection, services, user_id, key, scope=LabelScope.PUBLIC)
    return None


async def _put(connection: AsyncConnection, services: IdentityServices, user_id: int, key: str, value: str) -> Label:
    await set_label(connection, services, user_id, key, value, scope=LabelScope.PUBLIC)
    label = await store.label(connection, user_id, key, LabelScope.PUBLIC)
    assert label is not None, "just written"
    return label


async def _find(connection: AsyncConnection, user_id: int, key: str) -> Label | None:
    private = await store.label(connection, user_id, key, LabelScope.PRIVATE)
    return private or await store.label(connection, user_id, key, LabelScope.PUBLIC)


async def _why_not(connection: AsyncConnection, user_id: int, key: str) -> Refused:
    return UNKNOWN if await _find(connection, user_id, key) is None else PRIVATE
