"""One chunk of the journal into all tables: rows, money keys and cursors in one db transaction.

Invariant: a projection's rows and its cursor are committed together, and its cursor is locked while they are written,
so each record is applied exactly once, whoever applies it and wherever the process dies. Limit: a projection whose
cursor is not at this chunk (being rebuilt, or ahead) is passed over.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from pyxiu.kit.failpoints import failpoint
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection
from pyxiu.projections.registry import READ_BY_MEMBERS, Projection

#: Announces that all that members read has reached a record; the payload is its number, 0 when a rebuild begins.
CHANNEL: Final = "pyxiu_projection"

_ENSURE_CURSORS: Final = """
INSERT INTO projection_cursors (name, seq) SELECT name, 0 FROM unnest($1::text[]) AS n(name) ON CONFLICT DO NOTHING
"""
_LOCK_CURSORS: Final = "SELECT name, seq FROM projection_cursors WHERE name = ANY($1) ORDER BY name FOR UPDATE"
_MOVE_CURSORS: Final = """
WITH moved AS (UPDATE projection_cursors SET seq = $2, updated_at = now() WHERE name = ANY($1))
SELECT pg_notify($3, $2::bigint::text) WHERE $3 IS NOT NULL
"""


async def ensure_cursors(connection: Connection, projections: Sequence[Projection]) -> None:
    """Give a projection that has never run a cursor at 0."""
    await connection.execute(_ENSURE_CURSORS, [projection.name for projection in projections])


async def lock_cursors(connection: Connection, projections: Sequence[Projection]) -> dict[str, int]:
    """The cursors, locked until the transaction ends: whoever else wants to write these projections waits."""
    names = [projection.name for projection in projections]
    rows = await connection.fetch(_LOCK_CURSORS, names)
    assert len(rows) == len(names), f"expected cursors of {names}, found {rows}"
    return {row["name"]: row["seq"] for row in rows}


class Applied(NamedTuple):
    """Which projections took the chunk, and which could not because their cursors are before it."""

    moved: list[str]
    behind: list[str]


async def apply_chunk(connection: Connection, chunk: Chunk, projections: Sequence[Projection]) -> Applied:
    """Apply the chunk to every projection that is waiting for it."""
    async with connection.transaction():
        cursors = await lock_cursors(connection, projections)
        failpoint("projection_before_rows")
        moved = []
        for projection in projections:
            part = chunk.after(cursors[projection.name])
            if part is not None:
                await projection.project(connection, part)
                moved.append(projection.name)
        failpoint("projection_after_rows_before_cursor")
        if moved:
            channel = CHANNEL if set(READ_BY_MEMBERS) <= set(moved) else None
            await connection.execute(_MOVE_CURSORS, moved, chunk.seq_last, channel)
        failpoint("projection_after_cursor_before_commit")
    failpoint("projection_after_commit")
    return Applied(moved, [name for name, seq in cursors.items() if seq < chunk.seq_first - 1])
