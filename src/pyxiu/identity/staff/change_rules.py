"""Permissions, restrictions and whitelinks as staff changes them, with their entries in the trail.

Invariant: the row as it was and as it is are both kept. Limit: what a valid row is, is known in `identity/access`.
"""

import datetime
from typing import Any

import msgspec

from pyxiu.identity.access import change_permissions, change_restrictions
from pyxiu.identity.access.change_permissions import PermissionDraft
from pyxiu.identity.access.change_restrictions import RestrictionDraft
from pyxiu.identity.access.model import Permission, Restriction
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.access.whitelinks import make_whitelink
from pyxiu.identity.clocks import now_of
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.model import Act, InvalidRow, Refusal
from pyxiu.identity.staff.note import CREATE, DELETE, UPDATE, note

PERMISSIONS = "permissions"
RESTRICTIONS = "restrictions"


async def add_permission(services: IdentityServices, act: Act, draft: PermissionDraft) -> Permission | InvalidRow:
    async with services.database.begin() as connection:
        added = await change_permissions.add_permission(connection, draft)
        if isinstance(added, list):
            return InvalidRow(tuple(added))
        await note(connection, act, topic=PERMISSIONS, action=CREATE, after=_shown(added))
    return added


async def change_permission(
    services: IdentityServices, act: Act, permission_id: int, changes: dict[str, str]
) -> Permission | InvalidRow | Refusal:
    """`changes`: the columns to change."""
    async with services.database.begin() as connection:
        before = await AccessStore(connection).permission(permission_id)
        if before is None:
            return Refusal.ROW_UNKNOWN
        kept = {name: getattr(before, name) for name in PermissionDraft.__struct_fields__}
        draft = PermissionDraft(**{**kept, **changes})
        after = await change_permissions.change_permission(connection, permission_id, draft)
        if isinstance(after, list):
            return InvalidRow(tuple(after))
        assert after is not None, permission_id
        await note(connection, act, topic=PERMISSIONS, action=UPDATE, before=_shown(before), after=_shown(after))
    return after


async def remove_permission(services: IdentityServices, act: Act, permission_id: int) -> Refusal | None:
    async with services.database.begin() as connection:
        before = await AccessStore(connection).permission(permission_id)
        if before is None or not await change_permissions.remove_permission(connection, permission_id):
            return Refusal.ROW_UNKNOWN
        await note(connection, act, topic=PERMISSIONS, action=DELETE, before=_shown(before))
    return None


async def add_restriction(services: IdentityServices, act: Act, draft: RestrictionDraft) -> Restriction | InvalidRow:
    async with services.database.begin() as connection:
        added = await change_restrictions.add_restriction(connection, draft)
        if isinstance(added, list):
            return InvalidRow(tuple(added))
        await note(connection, act, topic=RESTRICTIONS, action=CREATE, after=_shown(added))
    return added


async def change_restriction(
    services: IdentityServices, act: Act, restriction_id: int, changes: dict[str, Any]
) -> Restriction | InvalidRow | Refusal:
    """`changes`: the columns to change."""
    async with services.database.begin() as connection:
        before = await AccessStore(connection).restriction(restriction_id)
        if before is None:
            return Refusal.ROW_UNKNOWN
        kept = {name: getattr(before, name) for name in RestrictionDraft.__struct_fields__}
        draft = RestrictionDraft(**{**kept, **changes})
        after = await change_restrictions.change_restriction(connection, restriction_id, draft)
        if isinstance(after, list):
            return InvalidRow(tuple(after))
        assert after is not None, restriction_id
        await note(connection, act, topic=RESTRICTIONS, action=UPDATE, before=_shown(before), after=_shown(after))
    return after


async def remove_restriction(services: IdentityServices, act: Act, restriction_id: int) -> Refusal | None:
    async with services.database.begin() as connection:
        before = await AccessStore(connection).restriction(restriction_id)
        if before is None or not await change_restrictions.remove_restriction(connection, restriction_id):
            return Refusal.ROW_UNKNOWN
        await note(connection, act, topic=RESTRICTIONS, action=DELETE, before=_shown(before))
    return None


async def add_whitelink(services: IdentityServices, act: Act, lifetime: datetime.timedelta) -> str:
    """The token, shown once; the trail knows only how long it works."""
    now = now_of(services.clock)
    async with services.database.begin() as connection:
        token = await make_whitelink(connection, lifetime, now)
        after = {"expires_at": (now + lifetime).isoformat()}
        await note(connection, act, topic=RESTRICTIONS, action="whitelink", after=after)
    return token


def _shown(row: Permission | Restriction) -> dict[str, Any]:
    columns = msgspec.to_builtins(row)
    return {name: columns[name] for name in columns if name not in {"created_at", "updated_at"}}
