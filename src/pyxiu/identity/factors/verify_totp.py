"""Try a code of the own app, which is used up by that.

Limit: it proves nothing to anybody else; it is for a person who wants to know that the app works.
"""

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.model import Caller, Factor, FactorProof, Refusal, Refused, refused_by
from pyxiu.identity.services import IdentityServices

ACTION = "totp.verify"


async def verify_totp(services: IdentityServices, caller: Caller, code: str) -> Refused | None:
    """None when the code is right."""
    user = caller.user
    async with services.database.begin() as connection:
        if Factor.TOTP not in await enabled_factors(connection, user.id):
            return Refused(Refusal.NOT_ENABLED)
        shown = await check_factor(
            connection,
            services,
            user,
            FactorProof(otp_code=code),
            flow=ACTION,
            client=caller.client,
            action=action_hash(ACTION),
        )
        activity = Activity(
            user_id=user.id,
            topic="otp",
            action="verify 2FA",
            result=Result.SUCCEED if shown.ok else Result.FAILED,
            client=caller.client,
        )
        await record_activity(connection, activity)
    return None if shown.ok else refused_by(shown)
