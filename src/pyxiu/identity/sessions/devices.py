"""What a member sees of the own sessions, and throwing one or all others out.

Invariant: only the owner's own sessions; somebody else's id is as good as none. Limit: staff ends sessions by the state
of the account.
"""

import datetime

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.sessions.close_sessions import close_session, close_sessions_of
from pyxiu.identity.sessions.model import Device
from pyxiu.kit.clock import now_of


async def devices_of(services: IdentityServices, user_id: int) -> list[Device]:
    """Open sessions, the one that was used last first."""
    now = now_of(services.clock)
    seen_after = now - datetime.timedelta(seconds=services.settings.session_idle_s)
    async with services.database.connect() as connection:
        found = await store.devices(connection, user_id, seen_after=seen_after)
    return [device for device in found if device.expires_at > now]


async def revoke_device(services: IdentityServices, user_id: int, session_id: int, client: Client) -> bool:
    """Whether this was an open session of the user."""
    async with services.database.begin() as connection:
        if session_id not in await store.open_ids(connection, user_id):
            return False
        await close_session(connection, services, session_id, reason="revoked")
        await record_activity(connection, _revoked(user_id, client, 1))
    return True


async def revoke_other_devices(
    services: IdentityServices, user_id: int, client: Client, *, except_id: int | None
) -> int:
    """How many sessions were ended."""
    async with services.database.begin() as connection:
        ended = await close_sessions_of(connection, user_id, except_id, reason="revoked")
        await record_activity(connection, _revoked(user_id, client, ended))
    return ended


def _revoked(user_id: int, client: Client, count: int) -> Activity:
    return Activity(
        user_id=user_id,
        topic="session",
        action="revoke",
        result=Result.SUCCEED,
        client=client,
        data={"sessions": count},
    )
