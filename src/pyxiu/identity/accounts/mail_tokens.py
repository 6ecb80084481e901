"""Tokens that are mailed: to confirm an address, to set a new password.

Invariant: 256 random bits, of which the database keeps the hash; the newest of a purpose is the only one that works,
once, for a while; in the outbox it is sealed for the mailer. Limit: whoever reads the mailbox has the token.
"""

import datetime
import hashlib
import secrets
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts import mail_token_store as store
from pyxiu.identity.events import emit_token
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of

Purpose = Literal["confirmation", "reset"]
EVENTS: Final[dict[Purpose, str]] = {
    "confirmation": "system.user.email.confirmation.token",
    "reset": "system.user.password.reset.token",
}
_TOKEN_BYTES: Final = 32


async def send_token(connection: AsyncConnection, services: IdentityServices, user: User, purpose: Purpose) -> None:
    """Make a new token and have it mailed; older ones of the purpose stop working."""
    settings = services.settings
    lifetime_s = settings.confirmation_s if purpose == "confirmation" else settings.reset_s
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    expires_at = now_of(services.clock) + datetime.timedelta(seconds=lifetime_s)
    await store.put_token(connection, user.id, purpose, token_hash=_hash(token), expires_at=expires_at)
    await emit_token(connection, services, EVENTS[purpose], user, token)


async def use_token(
    connection: AsyncConnection, services: IdentityServices, token: str, purpose: Purpose
) -> int | None:
    """Whose token it is; it is used up with that. None for one that is unknown, replaced, used or too old."""
    return await store.take_token(connection, purpose, token_hash=_hash(token), now=now_of(services.clock))


async def find_token(
    connection: AsyncConnection, services: IdentityServices, token: str, purpose: Purpose
) -> int | None:
    """Whose token it is, without using it up."""
    return await store.token_owner(connection, purpose, token_hash=_hash(token), now=now_of(services.clock))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
