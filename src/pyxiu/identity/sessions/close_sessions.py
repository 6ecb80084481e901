"""End sessions: one, all of a user, or everybody's.

Invariant: every end is announced in its transaction, so that all processes refuse the session within a second and its
websockets are closed soon after; ending many takes as many statements as ending one. Limit: rows stay, with when and
why, until `forget_old_sessions`.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.changes import Change, announce, announce_all
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.kit.clock import SystemClock, now_of

_CLOCK = SystemClock()


async def close_session(
    connection: AsyncConnection, services: IdentityServices, session_id: int, *, reason: str
) -> bool:
    """Whether it was open until now."""
    ended = await store.end(connection, session_id, now=now_of(services.clock), reason=reason)
    if ended:
        await announce(connection, Change.SESSION, str(session_id))
    return ended


async def close_sessions_of(
    connection: AsyncConnection, user_id: int, except_id: int | None = None, *, reason: str
) -> int:
    """End all sessions of a user but one; how many that were."""
    return await _close(connection, user_id, except_id, reason)


async def close_all_sessions(connection: AsyncConnection, *, reason: str) -> int:
    """End everybody's sessions; how many that were."""
    return await _close(connection, None, None, reason)


async def _close(connection: AsyncConnection, user_id: int | None, except_id: int | None, reason: str) -> int:
    closed = await store.end_all(connection, user_id, except_id, now=now_of(_CLOCK), reason=reason)
    if closed:
        await announce_all(connection, Change.SESSION, [str(session_id) for session_id in closed])
    return len(closed)
