"""Switch off all keys of a user: the second factor went, or the account is not active any more.

Invariant: the keys of the user's service accounts go with them, and every process is told. Limit: they are not revived
later; their owner does that, key by key, with a factor.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.api_keys import store
from pyxiu.identity.changes import Change, announce


async def deactivate_api_keys(connection: AsyncConnection, user_id: int) -> list[str]:
    """In the caller's transaction; the ids of the keys that were active."""
    kids = await store.deactivate_keys(connection, user_id)
    for kid in kids:
        await announce(connection, Change.API_KEY, kid)
    return kids
