"""Put a generated secret in force, by a code of it.

Invariant: the user's other sessions end, so that whoever was in before does not stay in without the factor. An account
with a passkey gets the weaker factor only by a proof of the stronger, and withdrawals then wait. Limit: recovery codes
are made with the first factor only; later ones keep those that are printed already.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.change_user import change_user
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors import store, totp
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.check_factor import check_factor, count_try, enabled_factors, forgive_try, totp_purpose
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller, Factor, FactorProof, Refusal, Refused, refused_by
from pyxiu.identity.factors.renew_recovery_codes import new_recovery_codes
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.close_sessions import close_sessions_of
from pyxiu.identity.sessions.store import was_ended

ACTION = "totp.enable"
_NS_PER_S = 1_000_000_000


async def enable_totp(
    services: IdentityServices, caller: Caller, code: str, proof: FactorProof
) -> tuple[str, ...] | Refused:
    """The recovery codes to print, none when the user has some. `proof`: of a passkey, where there is one."""
    digits = totp.clean_code(code)
    if digits is None:
        return Refused(Refusal.CREDENTIAL_INVALID)
    locked = await count_try(services, caller.user.id)
    if locked is not None:
        return refused_by(locked)
    async with services.database.begin() as connection:
        await store.lock_user(connection, caller.user.id)
        enabled = await enabled_factors(connection, caller.user.id)
        if Factor.TOTP in enabled:
            return Refused(Refusal.ALREADY_ENABLED)
        if enabled:
            shown = await check_factor(
                connection,
                services,
                caller.user,
                proof,
                flow=ACTION,
                client=caller.client,
                action=action_hash(ACTION),
                session_id=caller.session_id,
            )
            if not shown.ok:
                return refused_by(shown)
        if not await _put_in_force(connection, services, caller, digits):
            return Refused(Refusal.CREDENTIAL_INVALID)
        if enabled:
            await start_cool_off(connection, services, caller.user.id)
        await forgive_try(services, caller.user.id)
        await _tell(connection, services, caller)
        return await new_recovery_codes(connection, caller.user.id) if not enabled else ()


async def _put_in_force(connection: AsyncConnection, services: IdentityServices, caller: Caller, digits: str) -> bool:
    pending = await store.find_totp(connection, caller.user.id)
    if pending is None:
        return False
    if await was_ended(connection, caller.session_id):
        # Ended since the request came in, as by a reset: it would lock the owner out.
        return False
    secret = services.sealer.open(pending.sealed, totp_purpose(caller.user.id)).decode()
    step = totp.matching_step(secret, digits, services.clock.now_ns() // _NS_PER_S)
    return step is not None and await store.enable_totp(connection, caller.user.id, step)


async def _tell(connection: AsyncConnection, services: IdentityServices, caller: Caller) -> None:
    user = caller.user
    await change_user(connection, services, user, otp=True)
    user = await set_label(connection, services, user.id, "otp", "enabled")
    await close_sessions_of(connection, user.id, except_id=caller.session_id, reason="otp_enabled")
    await emit_about_user(connection, services, "system.otp.enabled", user)
    activity = Activity(user_id=user.id, topic="otp", action="enable 2FA", result=Result.SUCCEED, client=caller.client)
    await record_activity(connection, activity)
