"""Which challenges were solved already.

Invariant: of many requests with one solution exactly one is told that it is the first. Limit: forgotten after expiry,
when the challenge itself is refused.
"""

import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.tables.kyc import used_captchas

#: So many expired ones go away with each new one, so that the table does not grow.
FORGET_MAX: Final = 10


async def use_once(connection: AsyncConnection, challenge_id: bytes, *, expires_at_s: int, now_s: int) -> bool:
    """Whether this is the first use."""
    expires_at = datetime.datetime.fromtimestamp(expires_at_s, datetime.UTC)
    used = await connection.execute(
        insert(used_captchas)
        .values(id=challenge_id, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(used_captchas.c.id)
    )
    first = used.first() is not None
    now = datetime.datetime.fromtimestamp(now_s, datetime.UTC)
    expired = (
        select(used_captchas.c.id)
        .where(used_captchas.c.expires_at < now)
        .limit(FORGET_MAX)
        .with_for_update(skip_locked=True)
    )
    await connection.execute(delete(used_captchas).where(used_captchas.c.id.in_(expired)))
    return first
