"""Make somebody staff, or no longer. Superadmins only (the ability table says so).

Invariant: nobody changes the own role, only a superadmin makes or unmakes one, and a role exists when a permission
names it. Limit: sessions of the old role end, so the user logs in again.
"""

from pyxiu.identity.access.model import Permission
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.accounts.change_user import change_user
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.abilities import SUPERADMIN
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import note


async def change_user_role(services: IdentityServices, act: Act, uid: str, role: str) -> User | Refusal:
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        if role == SUPERADMIN and act.by.role != SUPERADMIN:
            return Refusal.TARGET_IS_SUPERADMIN
        if user.role == role:
            return Refusal.ROLE_UNCHANGED
        if role not in {permission.role for permission in await AccessStore(connection).rules(Permission)}:
            return Refusal.ROLE_UNKNOWN
        changed = await change_user(connection, services, user, role=role)
        before, after = {"role": user.role}, {"role": role}
        await note(connection, act, topic="users", action="update role", target_uid=uid, before=before, after=after)
    return changed
