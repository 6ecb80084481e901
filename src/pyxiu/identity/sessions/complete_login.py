"""The one way in: whoever proved who they are, by password, passkey or an outside provider, goes through here.

Invariant: nobody gets a session past this: the state of the account counts whatever proof was given, the old session of
the browser ends, and the log-in is noted, announced, and told to the owner if the device is new. Limit: the proof
itself is the caller's (`log_in.py`, the passkey's log-in, the log-in by an outside identity).
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import user_record
from pyxiu.identity.model import LIVE_STATES, Client, User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.sessions.close_sessions import close_session
from pyxiu.identity.sessions.model import OpenedSession, token_hash
from pyxiu.identity.sessions.open_session import open_session
from pyxiu.storage.outbox import emit

PASSWORD = "password"  # noqa: S105 - the name of a factor
#: What an outside provider said, who may have asked for more than a password or not.
AUTH0 = "auth0"
SINGLE_FACTORS = frozenset({PASSWORD, AUTH0})
#: Wire codes of the states that keep a user out; all are 401.
STATE_CODES = {
    UserState.BANNED: "identity.session.banned",
    UserState.DELETED: "identity.session.deleted",
    UserState.LOCKED: "identity.session.not_active",
}


async def complete_login(
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    client: Client,
    *,
    factor: str,
    previous_token: str | None = None,
) -> OpenedSession | str:
    """A session, or the wire code of the state that keeps this user out.

    `previous_token`: the session cookie that the request brought; that session ends.
    """
    action = "login" if factor in SINGLE_FACTORS else "login::2fa"
    if user.state not in LIVE_STATES:
        await record_activity(
            connection,
            Activity(user_id=user.id, topic="session", action=action, result=Result.DENIED, client=client),
        )
        return STATE_CODES[user.state]
    await end_previous(connection, services, previous_token)
    is_new = await store.has_any(connection, user.id) and not await store.has_device(connection, user.id, client)
    opened = await open_session(connection, services, user, client, factor=factor)
    await record_activity(
        connection,
        Activity(user_id=user.id, topic="session", action=action, result=Result.SUCCEED, client=client),
    )
    record = {
        "user": user_record(user),
        "user_ip": client.ip,
        "user_agent": client.user_agent,
        "country": client.country,
        "factor": factor,
    }
    await emit(connection, "system.session.create", record, aggregate=f"user:{user.uid}")
    if is_new:
        await emit(connection, "system.session.new_device", record, aggregate=f"user:{user.uid}")
    return opened


async def end_previous(connection: AsyncConnection, services: IdentityServices, token: str | None) -> None:
    """A browser that logs in again leaves the session that it had."""
    if not token:
        return
    found = await store.open_session_of(connection, token_hash(token))
    if found is not None:
        await close_session(connection, services, found.id, reason="replaced")
