"""The connections of one role: what a module of this process reads and writes the database through.

Invariant: opening costs nothing; a connection is made when it is first used. Limit: pools are per process and role, so
their sizes add up in a process that holds several modules.
"""

import asyncio
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.storage.database import Pool, open_pool
from pyxiu.storage.orm import open_database

POOL_SIZE: Final = 12
IDENTITY_POOL_SIZE: Final = 8
CUSTODY_POOL_SIZE: Final = 6
#: A scheduler or signer that hangs in the middle of a transaction loses it, and with it the locks of what it was about
#: to pay, so that another one goes on; whatever the first says when it wakes up is refused. As long as any job may take
#: between two statements, while it asks a node.
CUSTODY_IDLE_TRANSACTION_S: Final = 60
POOL_CLOSE_S: Final = 5.0


class Connections(NamedTuple):
    """`dsn` is for those who connect by themselves."""

    dsn: str
    pool: Pool
    catalog: AsyncEngine
    identity: AsyncEngine
    counters: AsyncEngine
    custody: AsyncEngine

    async def close(self) -> None:
        """What is still lent out after a while belongs to somebody who hangs."""
        for database in (self.custody, self.counters, self.identity, self.catalog):
            await database.dispose()
        try:
            async with asyncio.timeout(POOL_CLOSE_S):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()


async def open_connections(dsn: str) -> Connections:
    return Connections(
        dsn=dsn,
        pool=await open_pool(dsn, "pyxiu", size_max=POOL_SIZE),
        catalog=open_database(dsn, "pyxiu catalog"),
        identity=open_database(dsn, "pyxiu identity", pool_size=IDENTITY_POOL_SIZE),
        counters=open_database(dsn, "pyxiu counters"),
        custody=open_database(
            dsn, "pyxiu custody", pool_size=CUSTODY_POOL_SIZE, idle_transaction_s=CUSTODY_IDLE_TRANSACTION_S
        ),
    )
