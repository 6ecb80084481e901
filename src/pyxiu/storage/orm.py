"""Pools for SQLAlchemy, for the contexts that are rows and not journal: catalog, identity, custody.

Invariant: asyncpg itself reads the DSN, so that sockets and services work as everywhere. Limit: statements of the
contexts only; the journal and the projections use asyncpg directly.
"""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from pyxiu.storage.database import connect

POOL_SIZE = 3
POOL_OVERFLOW = 2


def open_database(dsn: str, application: str, *, pool_size: int = POOL_SIZE) -> AsyncEngine:
    """A pool of connections that say that they are `application`; dispose of it at the end."""
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(dsn, application),
        pool_size=pool_size,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
        # What is written may be secret or personal: a failed statement is named without its values.
        hide_parameters=True,
    )
