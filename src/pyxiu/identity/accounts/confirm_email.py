"""Confirm an e-mail address with the token that was mailed to it.

Invariant: the token works once; the account becomes active through its label. Limit: a session is opened as the dialect
has it, but not for an account with a second factor: a mailbox alone opens none of those.
"""

import msgspec

from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.mail_tokens import use_token
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors.check_factor import enabled_factors
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.model import LIVE_STATES, Client, User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.complete_login import end_previous
from pyxiu.identity.sessions.model import OpenedSession
from pyxiu.identity.sessions.open_session import open_session
from pyxiu.identity.throttle import network_of, take_rate

UTILIZED_TOKEN = Refused(422, "identity.user.utilized_token")
ACTIVE_OR_UNKNOWN = Refused(422, "identity.user.active_or_doesnt_exist")


class Confirmed(msgspec.Struct, frozen=True):
    user: User
    session: OpenedSession | None


async def confirm_email(
    services: IdentityServices, token: str, client: Client, *, previous_token: str | None = None
) -> Confirmed | Refused:
    """The active user, logged in."""
    throttled = await take_rate(services, "token_address", network_of(client), services.settings.rates.token_address)
    if throttled is not None:
        return too_many(throttled)
    async with services.database.begin() as connection:
        user_id = await use_token(connection, services, token, "confirmation")
        if user_id is None:
            return UTILIZED_TOKEN
        user = await store.lock_user(connection, user_id)
        if user.state is not UserState.PENDING:
            return ACTIVE_OR_UNKNOWN
        user = await set_label(connection, services, user_id, "email", "verified")
        await emit_about_user(connection, services, "system.user.email.confirmed", user)
        activity = Activity(
            user_id=user_id, topic="account", action="confirm email", result=Result.SUCCEED, client=client
        )
        await record_activity(connection, activity)
        if user.state not in LIVE_STATES or await enabled_factors(connection, user_id):
            return Confirmed(user, None)
        await end_previous(connection, services, previous_token)
        return Confirmed(user, await open_session(connection, services, user, client, factor="confirmation"))
