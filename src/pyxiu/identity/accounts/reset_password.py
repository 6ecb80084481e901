"""Set a new password with the token that was mailed.

Invariant: the newest token alone works, once; then whoever was in is out: all sessions end, all API keys are switched
off, withdrawals wait. The second factor stays, so a mailbox alone does not open an account that has one. Limit: no
session is opened; the new password is tried out at the log-in.
"""

import msgspec

from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.confirm_email import UTILIZED_TOKEN
from pyxiu.identity.accounts.mail_tokens import find_token, use_token
from pyxiu.identity.accounts.password_rules import problem_of
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.api_keys.deactivate_api_keys import deactivate_api_keys
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.model import LIVE_STATES, Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.close_sessions import close_sessions_of
from pyxiu.identity.throttle import forget, network_of, take_rate

PASSWORDS_DIFFER = Refused(422, "identity.user.passwords_doesnt_match")


class NewPassword(msgspec.Struct, frozen=True):
    token: str
    password: str
    confirmation: str

    def __repr__(self) -> str:
        return "NewPassword()"


async def reset_password(services: IdentityServices, request: NewPassword, client: Client) -> Refused | None:
    """None when it is done. A password that is too weak leaves the token good. Raises HashingBusyError."""
    throttled = await take_rate(services, "token_address", network_of(client), services.settings.rates.token_address)
    if throttled is not None:
        return too_many(throttled)
    if request.password != request.confirmation:
        return PASSWORDS_DIFFER
    async with services.database.connect() as connection:
        user_id = await find_token(connection, services, request.token, "reset")
        user = None if user_id is None else await store.user_by_id(connection, user_id)
    if user is None or user.state not in LIVE_STATES:
        return UTILIZED_TOKEN
    problem = problem_of(services, request.password, user)
    if problem is not None:
        return Refused(422, problem)
    password_hash = await services.passwords.hash(request.password)
    async with services.database.begin() as connection:
        if await use_token(connection, services, request.token, "reset") is None:
            return UTILIZED_TOKEN
        user = await store.lock_user(connection, user.id)
        if user.state not in LIVE_STATES:
            return UTILIZED_TOKEN
        await store.set_password(connection, user.id, password_hash)
        await close_sessions_of(connection, user.id, reason="password_reset")
        await deactivate_api_keys(connection, user.id)
        await start_cool_off(connection, services, user.id)
        await emit_about_user(connection, services, "system.user.password.reset", user)
        activity = Activity(
            user_id=user.id, topic="password", action="password reset", result=Result.SUCCEED, client=client
        )
        await record_activity(connection, activity)
    await forget(services, "login_account", user.email)
    return None
