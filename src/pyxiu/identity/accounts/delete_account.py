"""Close the own account: by password, and by a second factor where there is one.

Invariant: the row stays, with its uid and address, as the journal refers to it; by the label `delete=by_user` nobody
gets in any more, sessions and keys end. Limit: what the account holds is not paid out; support does that.
"""

from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.check_password import check_password, still_holds
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.model import Caller, FactorOutcome, FactorProof
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled

ACTION = "account.delete"
WRONG_PASSWORD = Refused(422, "resource.user.invalid_password")
MISSING_OTP = Refused(422, "resource.user.missing_otp_code")
INVALID_OTP = Refused(422, "resource.user.invalid_otp")


async def delete_account(
    services: IdentityServices, caller: Caller, password: str, proof: FactorProof
) -> Refused | None:
    """None when it is done. Raises HashingBusyError."""
    right = await check_password(services, caller, password, wrong=WRONG_PASSWORD)
    if isinstance(right, Refused):
        return right
    async with services.database.begin() as connection:
        user = await store.lock_user(connection, caller.user.id)
        if not await still_holds(connection, right):
            return WRONG_PASSWORD
        if await enabled_factors(connection, user.id):
            result = await check_factor(
                connection,
                services,
                user,
                proof,
                flow=ACTION,
                client=caller.client,
                action=action_hash(ACTION),
                session_id=caller.session_id,
            )
            if result.outcome is FactorOutcome.LOCKED:
                return too_many(Throttled(result.retry_after_s))
            if not result.ok:
                return MISSING_OTP if result.outcome is FactorOutcome.MISSING else INVALID_OTP
        user = await set_label(connection, services, user.id, "delete", "by_user")
        await emit_about_user(connection, services, "system.user.account.deleted", user)
        activity = Activity(
            user_id=user.id, topic="account", action="delete", result=Result.SUCCEED, client=caller.client
        )
        await record_activity(connection, activity)
    return None
