"""New recovery codes in place of the old ones.

Invariant: shown once, here; at rest there are hashes. Limit: a recovery code renews them too, for whoever has nothing
else left.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.factors import store
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused, refused_by
from pyxiu.identity.factors.recovery_codes import code_hash, new_codes
from pyxiu.identity.services import IdentityServices

ACTION = "recovery_codes.renew"


async def renew_recovery_codes(
    services: IdentityServices, caller: Caller, proof: FactorProof
) -> tuple[str, ...] | Refused:
    user = caller.user
    async with services.database.begin() as connection:
        await store.lock_user(connection, user.id)
        if not await enabled_factors(connection, user.id):
            return Refused(Refusal.NO_FACTOR)
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
        if not shown.ok:
            return refused_by(shown)
        activity = Activity(
            user_id=user.id, topic="otp", action="renew recovery codes", result=Result.SUCCEED, client=caller.client
        )
        await record_activity(connection, activity)
        return await new_recovery_codes(connection, user.id)


async def new_recovery_codes(connection: AsyncConnection, user_id: int) -> tuple[str, ...]:
    """Replace the user's codes in the caller's transaction."""
    codes = new_codes()
    hashes = [hashed for code in codes if (hashed := code_hash(code, user_id)) is not None]
    await store.replace_recovery_codes(connection, user_id, hashes)
    return codes
