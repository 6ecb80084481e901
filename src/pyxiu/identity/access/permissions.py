"""Permissions as staff keeps them: which row is valid, and who must hear of a change.

Invariant: a row has one form, whatever case and slashes it came with. Limit: that its role exists is not asked, because
roles are what permissions name.
"""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.model import VERBS, Action, Permission
from pyxiu.identity.access.rule_kind import RuleDraft, RuleKind
from pyxiu.identity.changes import Change, announce

PATH_LENGTH_MAX: Final = 255


class PermissionDraft(RuleDraft, frozen=True, kw_only=True):
    role: str
    verb: str
    path: str
    action: str
    topic: str | None = None

    def problems(self) -> list[str]:
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


async def _tell(connection: AsyncConnection, _before: Permission | None, _after: Permission | None) -> None:
    await announce(connection, Change.PERMISSIONS)


PERMISSIONS: Final = RuleKind(Permission, PermissionDraft, "permissions", taken="role.taken", tell=_tell)
