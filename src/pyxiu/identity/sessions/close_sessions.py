"""End sessions: one, all of a user, or everybody's.

Invariant: every end is announced in its transaction, so that all processes refuse the session within a second and its
websockets are closed soon after. Limit: rows stay, with when and why, until `forget_old_sessions`.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.changes import Change, announce
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
    return await _close(connection, await store.open_ids(connection, user_id), except_id, reason)


async def close_all_sessions(connection: AsyncConnection, *, reason: str) -> int:
    """End everybody's sessions; how many that were."""
    return await _close(connection, await store.all_open_ids(connection), None, reason)


async def _close(connection: AsyncConnection, ids: list[int], except_id: int | None, reason: str) -> int:
    now = now_of(_CLOCK)
    closed = 0
    for session_id in ids:
        if session_id != except_id and await store.end(connection, session_id, now=now, reason=reason):
            await announce(connection, Change.SESSION, str(session_id))
            closed += 1
    return closed
