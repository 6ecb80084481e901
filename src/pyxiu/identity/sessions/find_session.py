"""Whose session a cookie is, if it may still be used by this client.

Invariant: a session that is used from another browser, or from far away, ends there and then: whoever stole it and
whoever owns it must log in again. Reads stay cheap: the row is written at most once in TOUCH_S. Limit: whoever keeps
the answer must ask again within TOUCH_S, or the session ends as idle while it is used.
"""

import datetime
import ipaddress
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.model import LIVE_STATES, Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.sessions.close_sessions import close_session
from pyxiu.identity.sessions.model import SessionOwner, SessionRefusal
from pyxiu.identity.settings import IdentitySettings
from pyxiu.kit.clock import now_of

TOUCH_S: Final = 60


async def find_session(
    connection: AsyncConnection, services: IdentityServices, token_hash: bytes, client: Client
) -> SessionOwner | SessionRefusal:
    """`connection` is in a db transaction that the caller commits: it may note the use, or the end, of the session."""
    found = await store.open_session_of(connection, token_hash)
    if found is None:
        return SessionRefusal.INVALID
    now = now_of(services.clock)
    idle = datetime.timedelta(seconds=services.settings.session_idle_s)
    if now >= found.expires_at or now >= found.seen_at + idle:
        await close_session(connection, services, found.id, reason="expired")
        return SessionRefusal.INVALID
    if not is_same_client(services.settings, found, client):
        await close_session(connection, services, found.id, reason="mismatch")
        return SessionRefusal.MISMATCH
    if found.user.state not in LIVE_STATES:
        return SessionRefusal.USER_NOT_ACTIVE
    seen_at = found.seen_at
    if now - seen_at >= datetime.timedelta(seconds=TOUCH_S):
        await store.touch(connection, found.id, now)
        seen_at = now
    return SessionOwner(found.id, found.user, found.csrf_token, seen_at + idle, found.expires_at)


async def find_open_session(
    connection: AsyncConnection, services: IdentityServices, session_id: int
) -> SessionOwner | SessionRefusal:
    """Whose session that is, for who asks on its behalf and not with its cookie; that neither uses nor ends it."""
    found = await store.open_session_with(connection, session_id)
    if found is None:
        return SessionRefusal.INVALID
    now, idle_until = (
        now_of(services.clock),
        found.seen_at + datetime.timedelta(seconds=services.settings.session_idle_s),
    )
    if now >= found.expires_at or now >= idle_until:
        return SessionRefusal.INVALID
    if found.user.state not in LIVE_STATES:
        return SessionRefusal.USER_NOT_ACTIVE
    return SessionOwner(found.id, found.user, found.csrf_token, idle_until, found.expires_at)


def is_same_client(settings: IdentitySettings, opened: store.Found, client: Client) -> bool:
    """Whether the browser and the network are those that the session was opened from."""
    if settings.session_user_agent and opened.user_agent != client.user_agent:
        return False
    return same_network(
        opened.ip, client.ip, ipv4_bits=settings.session_ipv4_bits, ipv6_bits=settings.session_ipv6_bits
    )


def same_network(one: str, other: str, *, ipv4_bits: int, ipv6_bits: int) -> bool:
    """Whether two addresses agree in their leading bits. 0 bits agree with everything, also over families."""
    try:
        address, reference = ipaddress.ip_address(other), ipaddress.ip_address(one)
    except ValueError:
        return one == other
    bits = ipv4_bits if address.version == 4 else ipv6_bits
    if bits == 0:
        return True
    return address.version == reference.version and address in ipaddress.ip_network((reference, bits), strict=False)
