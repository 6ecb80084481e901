"""Who is rebuilding which projection: an advisory lock per projection, held by the rebuilding connection.

Invariant: a projection has at most one rebuild at a time, and one that nobody rebuilds is the projector's to bring up,
however it came to be behind. Limit: the lock ends with its connection, so a killed rebuild frees it by itself.
"""

from collections.abc import Sequence
from typing import Final

from pyxiu.kit.errors import PermanentError
from pyxiu.projections.connection import Connection

#: First half of the lock's key, "px rb"; the second is the projection's name, hashed.
_CLASS: Final = 0x70787262

_LEFT: Final = """
SELECT EXISTS (
    SELECT FROM unnest($2::text[]) AS n(name) WHERE NOT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid = $1::int::oid AND objid = hashtext(n.name)::oid AND objsubid = 2 AND granted
    )
)
"""


class RebuildRunningError(PermanentError):
    """Another process rebuilds the projection."""


async def take_rebuild(connection: Connection, name: str) -> None:
    """Hold the lock until the connection ends. Raises RebuildRunningError if another does."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _CLASS, name):
        raise RebuildRunningError(f"{name} is being rebuilt by another process: wait for it or stop it")


async def left_behind(connection: Connection, names: Sequence[str]) -> bool:
    """Whether one of these is rebuilt by nobody. Only looks: trying the lock could turn a rebuild away."""
    return bool(await connection.fetchval(_LEFT, _CLASS, list(names)))
