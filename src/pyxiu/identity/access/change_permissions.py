"""Add, change and remove permission rows: the use cases behind the staff's permission screen.

Invariant: every change is announced in its transaction, so all processes decide by it within a second. Limit: who may
do this is decided by the permissions themselves and by the staff's abilities.
"""

from typing import Any, Final

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.model import VERBS, Action, Permission
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.changes import Change, announce

PATH_LENGTH_MAX: Final = 255


class PermissionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What staff asks for; texts as they came."""

    role: str
    verb: str
    path: str
    action: str
    topic: str | None = None

    def problems(self) -> list[str]:
        """Wire codes of what is wrong with it."""
        found = []
        if not self.role:
            found.append("admin.permission.role_doesnt_exist")
        if self.verb.upper() not in VERBS:
            found.append("admin.permissions.invalid_verb")
        if self.action.upper() not in list(Action):
            found.append("admin.permissions.invalid_action")
        if not self.path.strip("/") or len(self.path) > PATH_LENGTH_MAX:
            found.append("admin.permissions.invalid_path")
        return found

    def values(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "verb": self.verb.upper(),
            "path": self.path.strip("/"),
            "action": self.action.upper(),
            "topic": self.topic,
        }


async def add_permission(connection: AsyncConnection, draft: PermissionDraft) -> Permission | list[str]:
    """The new row, or wire codes."""
    if problems := draft.problems():
        return problems
    try:
        async with connection.begin_nested():
            added = await AccessStore(connection).add_permission(draft.values())
    except IntegrityError:
        return ["role.taken"]
    await announce(connection, Change.PERMISSIONS)
    return added


async def change_permission(
    connection: AsyncConnection, permission_id: int, draft: PermissionDraft
) -> Permission | list[str] | None:
    """The row as it is now, wire codes, or None when there is no such row."""
    if problems := draft.problems():
        return problems
    try:
        async with connection.begin_nested():
            changed = await AccessStore(connection).change_permission(permission_id, draft.values())
    except IntegrityError:
        return ["role.taken"]
    if changed is not None:
        await announce(connection, Change.PERMISSIONS)
    return changed


async def remove_permission(connection: AsyncConnection, permission_id: int) -> bool:
    """Whether there was such a row."""
    removed = await AccessStore(connection).remove_permission(permission_id)
    if removed:
        await announce(connection, Change.PERMISSIONS)
    return removed
