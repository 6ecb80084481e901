"""Open a session: a new token at every log-in, whatever the browser had before.

Invariant: the database never sees the token, only its SHA-256; beyond `sessions_max` the oldest sessions end. Limit:
whether somebody may log in at all is decided before (`complete_login.py`).
"""

import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.sessions.close_sessions import close_session
from pyxiu.identity.sessions.model import OpenedSession, new_csrf_token, new_token, token_hash
from pyxiu.kit.clock import now_of


async def open_session(
    connection: AsyncConnection, services: IdentityServices, user: User, client: Client, *, factor: str
) -> OpenedSession:
    """`factor` names what it was opened with: `password`, `totp`, `passkey`, `signup`, `confirmation`, …"""
    now = now_of(services.clock)
    settings = services.settings
    expires_at = now + datetime.timedelta(seconds=settings.session_absolute_s)
    token, csrf_token = new_token(), new_csrf_token()
    # Whoever logs in elsewhere at the same time waits here, so that both count.
    await lock_user(connection, user.id)
    open_ids = await store.open_ids(connection, user.id)
    for oldest in open_ids[: max(0, len(open_ids) - settings.sessions_max + 1)]:
        await close_session(connection, services, oldest, reason="too_many")
    values = {
        "user_id": user.id,
        "token_hash": token_hash(token),
        "csrf_token": csrf_token,
        "factor": factor,
        "ip": client.ip,
        "country": client.country,
        "user_agent": client.user_agent,
        "seen_at": now,
        "expires_at": expires_at,
        "created_at": now,
    }
    session_id = await store.insert_session(connection, values)
    return OpenedSession(token, csrf_token, session_id, expires_at)
