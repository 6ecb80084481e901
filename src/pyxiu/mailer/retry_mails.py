"""Give mails another chance: those that were given up, and those that wait after a failure.

Invariant: a mail that was sent is never sent again. Limit: attempts count from zero; a link in an old mail may have
expired all the same.
"""

import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.mailer import store

#: For how long a mail that is tried again is of use.
RETRY_LIFETIME = datetime.timedelta(days=1)


async def retry_mails(database: AsyncEngine, mail_id: int | None = None) -> int:
    """One mail, or all; how many are tried again."""
    now = datetime.datetime.now(datetime.UTC)
    async with database.begin() as connection:
        return await store.requeue(connection, now, now + RETRY_LIFETIME, mail_id)
