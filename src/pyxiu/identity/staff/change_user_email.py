"""Give an account another e-mail, where its owner has lost the old one. Superadmins only.

Invariant: whoever held the old address loses the account's open sessions, and withdrawals wait. Limit: the new address
is believed as staff says it; staff has made sure, and the reason says how.
"""

from sqlalchemy.exc import IntegrityError

from pyxiu.identity.accounts.change_user import change_user
from pyxiu.identity.accounts.fields import Invalid, clean_email
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.close_sessions import close_sessions_of
from pyxiu.identity.staff.abilities import SUPERADMIN
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import UPDATE, note


async def change_user_email(services: IdentityServices, act: Act, uid: str, email: str) -> User | Refusal:
    cleaned = clean_email(email)
    if isinstance(cleaned, Invalid):
        return Refusal.EMAIL_INVALID
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        if act.by.role != SUPERADMIN:
            return Refusal.ONLY_SUPERADMIN_CHANGES_EMAIL
        if user.email == cleaned:
            return Refusal.EMAIL_UNCHANGED
        try:
            async with connection.begin_nested():
                changed = await change_user(connection, services, user, email=cleaned)
        except IntegrityError:
            return Refusal.EMAIL_TAKEN
        await close_sessions_of(connection, user.id, reason="email_changed")
        await start_cool_off(connection, services, user.id)
        before, after = {"email": user.email}, {"email": changed.email}
        await note(connection, act, topic="users", action=UPDATE, target_uid=uid, before=before, after=after)
    return changed
