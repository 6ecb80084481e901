"""Change the own password.

Invariant: the old one is asked for and its tries are limited, and it is still the old one when the new one is set; all
other sessions end, mailed reset tokens stop working, withdrawals wait. Limit: API keys stay: whoever knows the old
password and has a session can switch them off.
"""

import msgspec

from pyxiu.identity.accounts import mail_token_store, store
from pyxiu.identity.accounts.check_password import check_password, still_holds
from pyxiu.identity.accounts.password_rules import problem_of
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.close_sessions import close_sessions_of

WRONG_OLD = Refused(400, "resource.password.prev_pass_not_correct")
NOT_NEW = Refused(400, "resource.password.no_change_provided")
PASSWORDS_DIFFER = Refused(422, "resource.password.doesnt_match")


class PasswordChange(msgspec.Struct, frozen=True):
    old: str
    new: str
    confirmation: str

    def __repr__(self) -> str:
        return "PasswordChange()"


async def change_password(services: IdentityServices, caller: Caller, change: PasswordChange) -> Refused | None:
    """None when it is done. Raises HashingBusyError."""
    user = caller.user
    if change.new != change.confirmation:
        return PASSWORDS_DIFFER
    right = await check_password(services, caller, change.old, wrong=WRONG_OLD)
    if isinstance(right, Refused):
        if right is WRONG_OLD:
            async with services.database.begin() as connection:
                await record_activity(connection, _activity(caller, Result.FAILED))
        return right
    if change.new == change.old:
        return NOT_NEW
    problem = problem_of(services, change.new, user)
    if problem is not None:
        return Refused(422, problem)
    password_hash = await services.passwords.hash(change.new)
    async with services.database.begin() as connection:
        user = await store.lock_user(connection, user.id)
        if not await still_holds(connection, right):
            await record_activity(connection, _activity(caller, Result.FAILED))
            return WRONG_OLD
        await store.set_password(connection, user.id, password_hash)
        await mail_token_store.drop_tokens(connection, user.id, "reset")
        await close_sessions_of(connection, user.id, caller.session_id, reason="password_change")
        await start_cool_off(connection, services, user.id)
        await emit_about_user(connection, services, "system.user.password.change", user)
        await record_activity(connection, _activity(caller, Result.SUCCEED))
    return None


def _activity(caller: Caller, result: Result) -> Activity:
    return Activity(
        user_id=caller.user.id, topic="password", action="password change", result=result, client=caller.client
    )
