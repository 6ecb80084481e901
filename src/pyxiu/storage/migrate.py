"""Bring a database's tables up to date.

Invariant: revisions form one line and each runs in its own database transaction; of several processes that start at
once one migrates and the others wait for it. Limit: forward only; the way back is a backup.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from pyxiu.storage.database import connect
from pyxiu.storage.grant_roles import grant_roles

if TYPE_CHECKING:
    from alembic.config import Config

#: Taken for the length of a migration. Advisory locks are per database; the number only has to be ours.
MIGRATION_LOCK: Final = 0x7079786975_6D6967
LOCK_TIMEOUT: Final = "60s"
_FOLDER: Final = Path(__file__).parent / "migrations"

T = TypeVar("T")


async def upgrade(dsn: str, target: str = "head") -> None:
    """Run what is pending, up to `target`; harmless when nothing is."""
    await _with_connection(dsn, lambda connection: _upgrade(connection, target))


async def current(dsn: str) -> str | None:
    """The revision the database is at; None for an empty one."""
    return await _with_connection(dsn, _current)


async def pending(dsn: str) -> list[str]:
    """The revisions that `upgrade` would run, in order."""
    at = await current(dsn)
    return [revision for revision in revisions() if at is None or revision > at]


def revisions() -> list[str]:
    """All revisions in order. Ids are numbers of four digits, which the names of their files begin with."""
    return sorted(path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection, target: str) -> None:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
    connection.commit()
    # Imported by whoever migrates: every process asks what is pending, and would pay for it with its start.
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, target)
    if target == "head":
        # Their table speaks of the newest schema. The lock above makes whoever migrates at the same time wait.
        grant_roles(connection)
        connection.commit()


def _current(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar() is None:
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


async def _with_connection(dsn: str, use: Callable[[Connection], T]) -> T:
    """The lock of a session ends with it, so the connection is really closed."""
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: connect(dsn, "pyxiu migrate"), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(use)
    finally:
        await engine.dispose()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
