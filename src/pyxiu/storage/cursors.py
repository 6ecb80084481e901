"""How far each projection has come.

Invariant: a cursor is written in the db transaction of the rows that it speaks for. Limit: one writer per name; nothing
here takes a lock.
"""

from pyxiu.storage.database import AnyConnection

_READ = "SELECT seq FROM projection_cursors WHERE name = $1"
_WRITE = """
    INSERT INTO projection_cursors (name, seq, updated_at) VALUES ($1, $2, now())
    ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, updated_at = excluded.updated_at
"""


async def read_cursor(connection: AnyConnection, name: str) -> int:
    """The last number that the projection has applied; 0 if it has not begun."""
    return await connection.fetchval(_READ, name) or 0


async def read_cursors(connection: AnyConnection) -> dict[str, int]:
    """All cursors by name."""
    return {row["name"]: row["seq"] for row in await connection.fetch("SELECT name, seq FROM projection_cursors")}


async def write_cursor(connection: AnyConnection, name: str, seq: int) -> None:
    await connection.execute(_WRITE, name, seq)
