"""Take the authenticator app off an account whose owner has lost it.

Invariant: the keys of the account stop and its withdrawals wait, as when the owner does it. Limit: off only; on is for
the owner.
"""

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.factors.disable_totp import switch_off_totp
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import UPDATE, note


async def switch_off_second_factor(services: IdentityServices, act: Act, uid: str) -> User | Refusal:
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        if not user.otp:
            return Refusal.OTP_UNCHANGED
        await switch_off_totp(connection, services, user)
        changed = await lock_user(connection, user.id)
        before, after = {"otp": True}, {"otp": changed.otp}
        await note(connection, act, topic="users", action=UPDATE, target_uid=uid, before=before, after=after)
    return changed
