"""How far behind the projections are, asked of the database, so that any process can tell.

Invariant: a projection at the journal's end has lag 0 in records and seconds, however long ago the last record was
made. Limit: seconds are by the database's clock, counted from when the oldest record that is not projected was written.
"""

from typing import Final

import msgspec

from pyxiu.projections.connection import Reader
from pyxiu.projections.registry import NAMES

_STATUS: Final = """
WITH head AS (
    SELECT coalesce(max(seq_last), 0) AS seq FROM journal WHERE seq_first = (SELECT max(seq_first) FROM journal)
)
SELECT n.name, coalesce(c.seq, 0) AS seq, head.seq AS head,
       CASE WHEN coalesce(c.seq, 0) >= head.seq THEN 0
       ELSE extract(epoch FROM clock_timestamp() - waiting.written_at) END::float8 AS lag_s
FROM unnest($1::text[]) AS n(name)
CROSS JOIN head
LEFT JOIN projection_cursors c ON c.name = n.name
LEFT JOIN LATERAL (
    SELECT written_at FROM journal
    WHERE seq_last > coalesce(c.seq, 0)
        AND seq_first >= coalesce((SELECT max(seq_first) FROM journal WHERE seq_first <= coalesce(c.seq, 0) + 1), 0)
    ORDER BY seq_first LIMIT 1
) waiting ON true
"""


class ProjectionStatus(msgspec.Struct, frozen=True):
    """`seq` is the cursor."""

    name: str
    seq: int
    lag_records: int
    lag_s: float


class ProjectorStatus(msgspec.Struct, frozen=True):
    """The journal's end, and each projection's distance from it."""

    head: int
    projections: tuple[ProjectionStatus, ...]

    @property
    def seq(self) -> int:
        """Where the slowest projection is."""
        return min(projection.seq for projection in self.projections)

    @property
    def lag_records(self) -> int:
        return max(projection.lag_records for projection in self.projections)

    @property
    def lag_s(self) -> float:
        return max(projection.lag_s for projection in self.projections)


async def read_status(reader: Reader) -> ProjectorStatus:
    """Every projection's cursor and lag. Costs a few index look-ups."""
    rows = await reader.fetch(_STATUS, list(NAMES))
    head = rows[0]["head"]
    projections = tuple(
        ProjectionStatus(row["name"], row["seq"], max(0, head - row["seq"]), max(0.0, row["lag_s"])) for row in rows
    )
    return ProjectorStatus(head, projections)
