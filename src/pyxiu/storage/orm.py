"""Pools for SQLAlchemy, for the contexts that are rows and not journal: catalog, identity, custody.

Invariant: asyncpg itself reads the DSN, so that sockets and services work as everywhere. Limit: statements of the
contexts only; the journal and the projections use asyncpg directly.
"""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from pyxiu.storage.database import connect

POOL_SIZE = 3
POOL_OVERFLOW = 2


def open_database(
    dsn: str, application: str, *, pool_size: int = POOL_SIZE, idle_transaction_s: int | None = None
) -> AsyncEngine:
    """A pool of connections that say that they are `application`; dispose of it at the end.

    `idle_transaction_s` as `connect` has it: a process that hangs in a transaction loses it with all its locks.
    """
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(dsn, application, idle_transaction_s=idle_transaction_s),
        pool_size=pool_size,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
        # What is written may be secret or personal: a failed statement is named without its values.
        hide_parameters=True,
    )
