"""Log out: the session of a cookie ends, wherever it was in use."""

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.sessions.close_sessions import close_session
from pyxiu.identity.sessions.model import TOKEN_LENGTH_MAX, token_hash


async def log_out(services: IdentityServices, token: str | None, client: Client) -> bool:
    """Whether there was a session to end."""
    if not token or len(token) > TOKEN_LENGTH_MAX:
        return False
    async with services.database.begin() as connection:
        found = await store.open_session_of(connection, token_hash(token))
        if found is None or not await close_session(connection, services, found.id, reason="logout"):
            return False
        activity = Activity(
            user_id=found.user.id, topic="session", action="logout", result=Result.SUCCEED, client=client
        )
        await record_activity(connection, activity)
    return True
