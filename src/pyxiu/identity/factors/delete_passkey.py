"""Take a passkey out of an account.

Invariant: by a proof of a factor that is bound to this passkey; withdrawals then wait, and API keys stop when no factor
is left. Limit: the passkey itself may prove its own removal.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.api_keys.deactivate_api_keys import deactivate_api_keys
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors import passkey_store, store
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused, refused_by
from pyxiu.identity.services import IdentityServices

ACTION = "passkey.delete"


async def delete_passkey(
    services: IdentityServices, caller: Caller, passkey_id: int, proof: FactorProof
) -> Refused | None:
    """None when it is gone."""
    user = caller.user
    async with services.database.begin() as connection:
        await store.lock_user(connection, user.id)
        if passkey_id not in {passkey.id for passkey in await passkey_store.passkeys_of(connection, user.id)}:
            return Refused(Refusal.UNKNOWN)
        shown = await check_factor(
            connection,
            services,
            user,
            proof,
            flow=ACTION,
            client=caller.client,
            action=action_hash(ACTION, id=passkey_id),
            session_id=caller.session_id,
        )
        if not shown.ok:
            return refused_by(shown)
        await passkey_store.delete_passkey(connection, user.id, passkey_id)
        await _tell(connection, services, caller, passkey_id)
    return None


async def _tell(connection: AsyncConnection, services: IdentityServices, caller: Caller, passkey_id: int) -> None:
    user = caller.user
    await start_cool_off(connection, services, user.id)
    if not await enabled_factors(connection, user.id):
        await store.delete_recovery_codes(connection, user.id)
        await deactivate_api_keys(connection, user.id)
    await announce(connection, Change.USER, user.uid)
    await emit_about_user(connection, services, "system.passkey.deleted", user)
    activity = Activity(
        user_id=user.id,
        topic="otp",
        action="delete passkey",
        result=Result.SUCCEED,
        client=caller.client,
        data={"passkey_id": passkey_id},
    )
    await record_activity(connection, activity)
