"""Set and remove labels, and let level and state follow.

    await set_label(connection, services, user.id, "phone", "verified")     # private unless said otherwise

Invariant: a private label, the level and state that follow from it, and the events about both are one db transaction,
with the user's row locked, so that two changes at once do not overlook each other. Limit: who may do this is the
caller's to know.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.change_user import refresh_standing
from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.events import aggregate_of, label_record
from pyxiu.identity.labels import store
from pyxiu.identity.labels.model import Label, LabelScope, label_word
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.storage.outbox import emit


async def set_label(
    connection: AsyncConnection,
    services: IdentityServices,
    user_id: int,
    key: str,
    value: str,
    *,
    scope: LabelScope = LabelScope.PRIVATE,
    description: str | None = None,
) -> User:
    """Add the label, or change the one with its key and scope; the user as it is then."""
    assert label_word(key) == key, key
    assert label_word(value) == value, value
    user = await lock_user(connection, user_id)
    before = await store.label(connection, user.id, key, scope)
    values = {"user_id": user.id, "key": key, "value": value, "scope": scope.value, "description": description}
    label = await store.put_label(connection, values)
    user = await _refreshed(connection, services, user, scope)
    await _emit(connection, label, before, user)
    return user


async def remove_label(
    connection: AsyncConnection,
    services: IdentityServices,
    user_id: int,
    key: str,
    *,
    scope: LabelScope = LabelScope.PRIVATE,
) -> User | None:
    """The user as it is without the label; None if there is no such label."""
    user = await lock_user(connection, user_id)
    label = await store.label(connection, user_id, key, scope)
    if label is None:
        return None
    await store.remove_label(connection, label.id)
    user = await _refreshed(connection, services, user, label.scope)
    await emit(connection, "model.label.deleted", label_record(label, user), aggregate=aggregate_of(user))
    return user


async def _refreshed(connection: AsyncConnection, services: IdentityServices, user: User, scope: LabelScope) -> User:
    return await refresh_standing(connection, services, user) if scope is LabelScope.PRIVATE else user


async def _emit(connection: AsyncConnection, label: Label, before: Label | None, user: User) -> None:
    record = label_record(label, user)
    if before is None:
        await emit(connection, "model.label.created", record, aggregate=aggregate_of(user))
        return
    old = {"value": before.value, "description": before.description}
    changes = {name: value for name, value in old.items() if record[name] != value}
    if changes:
        await emit(connection, "model.label.updated", record, aggregate=aggregate_of(user), changes=changes)
