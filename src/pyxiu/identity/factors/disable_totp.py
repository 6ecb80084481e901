"""Switch the authenticator app off: by its user with a factor, or by staff.

Invariant: the account is less safe from then on, so its API keys stop and withdrawals wait (S-5), in the same
transaction. Limit: passkeys stay; recovery codes go when nothing is left that they stand in for.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.change_user import change_user
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.api_keys.deactivate_api_keys import deactivate_api_keys
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors import store
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller, Factor, FactorProof, Refusal, Refused, refused_by
from pyxiu.identity.labels.change_labels import remove_label
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices

ACTION = "totp.disable"


async def disable_totp(services: IdentityServices, caller: Caller, proof: FactorProof) -> Refused | None:
    """None when it is off."""
    user = caller.user
    async with services.database.begin() as connection:
        await store.lock_user(connection, user.id)
        if Factor.TOTP not in await enabled_factors(connection, user.id):
            return Refused(Refusal.NOT_ENABLED)
        shown = await check_factor(
            connection,
            services,
            user,
            proof,
            flow=ACTION,
            client=caller.client,
            action=action_hash(ACTION),
            session_id=caller.session_id,
        )
        if shown.ok:
            await switch_off_totp(connection, services, user)
        activity = Activity(
            user_id=user.id,
            topic="otp",
            action="disable 2FA",
            result=Result.SUCCEED if shown.ok else Result.FAILED,
            client=caller.client,
        )
        await record_activity(connection, activity)
    return None if shown.ok else refused_by(shown)


async def switch_off_totp(connection: AsyncConnection, services: IdentityServices, user: User) -> None:
    """What follows from switching it off, in the caller's transaction; staff's own activity is the caller's."""
    await store.delete_totp(connection, user.id)
    user = await change_user(connection, services, user, otp=False)
    user = await remove_label(connection, services, user.id, "otp") or user
    if not await enabled_factors(connection, user.id):
        await store.delete_recovery_codes(connection, user.id)
    await deactivate_api_keys(connection, user.id)
    await start_cool_off(connection, services, user.id)
    await emit_about_user(connection, services, "system.otp.disabled", user)
