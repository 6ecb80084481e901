"""Log in with a passkey alone: it is there, its owner was verified by it, so no password and no code is asked for.

Invariant: user verification is required, and the one way in (`complete_login`) is what opens the session, so a locked
account stays out. Limit: what is wrong is not told apart: whoever has no valid passkey learns nothing.
"""

from typing import Any

from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.accounts.store import user_by_id
from pyxiu.identity.factors.ask_passkey import ask_for_login
from pyxiu.identity.factors.bound import bound_to
from pyxiu.identity.factors.model import Factor
from pyxiu.identity.factors.verify_passkey import Flow, Question, verify_passkey
from pyxiu.identity.factors.webauthn import read_assertion
from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.complete_login import complete_login
from pyxiu.identity.sessions.log_in import INVALID_PARAMS, LoggedIn
from pyxiu.identity.throttle import network_of, take_rate


async def begin_passkey_login(services: IdentityServices, client: Client) -> dict[str, Any] | Refused:
    """What the browser asks an authenticator; each one asked for is a row, hence the limit."""
    rate = services.settings.rates.login_address
    throttled = await take_rate(services, "passkey_address", network_of(client), rate)
    return too_many(throttled) if throttled else await ask_for_login(services, client)


async def log_in_with_passkey(
    services: IdentityServices, assertion: dict[str, Any], client: Client, *, previous_token: str | None = None
) -> LoggedIn | Refused:
    rate = services.settings.rates.login_address
    throttled = await take_rate(services, "login_address", network_of(client), rate)
    if throttled:
        return too_many(throttled)
    shown = read_assertion(assertion)
    async with services.database.begin() as connection:
        passkey = await verify_passkey(
            connection,
            services,
            assertion,
            Question(Flow.LOGIN, bound_to(client, None)),
            client=client,
            verify_user=True,
        )
        user = None if passkey is None else await user_by_id(connection, passkey.user_id)
        if user is None or shown is None or shown.user_handle not in {None, user.uid.encode()}:
            return INVALID_PARAMS
        opened = await complete_login(
            connection, services, user, client, factor=Factor.PASSKEY.value, previous_token=previous_token
        )
        return Refused(401, opened) if isinstance(opened, str) else LoggedIn(user, opened)
