"""Whitelinks: staff makes a token, whoever posts it is let in from their address.

Invariant: the table knows hashes only, and a token works until it expires. Limit: it lifts restrictions, nothing else.
"""

import datetime
import hashlib
import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.model import Category, RestrictionScope, default_code
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.changes import Change, announce

EXPIRE_MIN: Final = 1
EXPIRE_MAX: Final = 30
TOKEN_BYTES: Final = 32


async def make_whitelink(connection: AsyncConnection, lifetime: datetime.timedelta, now: datetime.datetime) -> str:
    """The token, shown once."""
    token = secrets.token_hex(TOKEN_BYTES)
    await AccessStore(connection).add_whitelink(_hash(token), now + lifetime)
    return token


async def use_whitelink(connection: AsyncConnection, token: str, ip: str, now: datetime.datetime) -> bool:
    """Let the address in; False when there is no such token any more."""
    store = AccessStore(connection)
    if not await store.has_whitelink(_hash(token), now):
        return False
    await store.whitelist(ip, default_code(Category.WHITELIST, RestrictionScope.IP))
    await announce(connection, Change.RESTRICTIONS)
    return True


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
