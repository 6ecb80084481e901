"""The `holds` table: funds reserved under a caller's id, as withdrawals do, open and closed ones.

Invariant: created = spent + released + remaining, also checked by the table. Limit: what open orders hold is not here;
it follows from the orders.
"""

from typing import Final

import msgspec

from pyxiu.core.events import HoldPlaced, HoldReleased, HoldSettled
from pyxiu.core.money import unpack
from pyxiu.core.types import HoldId
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection
from pyxiu.projections.writing import copy_lines, expect_rows, rows_of

TABLE: Final = "holds"
COLUMNS: Final = ("hold_id", "member", "asset", "created", "spent", "released", "remaining", "seq")

_UPDATE: Final = """
UPDATE holds h SET
    spent = h.spent + d.spent::numeric,
    released = h.released + d.released::numeric,
    remaining = d.remaining::numeric,
    seq = d.seq
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS d(hold_id, spent, released, remaining, seq)
WHERE h.hold_id = d.hold_id
"""


class HoldChange(msgspec.Struct, gc=False):
    """`placed` where the chunk has created the hold; what it added to spent and released; what remains."""

    placed: HoldPlaced | None = None
    spent: int = 0
    released: int = 0
    remaining: int = 0
    seq: int = 0


def fold_holds(chunk: Chunk) -> dict[HoldId, HoldChange]:
    """The changes by hold, in the order in which they were first touched."""
    changes: dict[HoldId, HoldChange] = {}
    for seq, _, event in chunk.events(HoldPlaced, HoldSettled, HoldReleased):
        match event:
            case HoldPlaced():
                changes[event.hold_id] = HoldChange(event, remaining=unpack(event.amount), seq=seq)
            case HoldSettled():
                change = changes.setdefault(event.hold_id, HoldChange())
                change.spent += unpack(event.amount) + unpack(event.fee)
                change.remaining, change.seq = unpack(event.remaining), seq
            case HoldReleased():
                change = changes.setdefault(event.hold_id, HoldChange())
                change.released += unpack(event.amount)
                change.remaining, change.seq = unpack(event.remaining), seq
    return changes


async def project_holds(connection: Connection, chunk: Chunk) -> None:
    """Write one row per hold that the chunk touches."""
    changes = fold_holds(chunk)
    created = [_line(change.placed, change) for change in changes.values() if change.placed is not None]
    await copy_lines(connection, TABLE, COLUMNS, created)
    changed = [(hold_id, change) for hold_id, change in changes.items() if change.placed is None]
    if not changed:
        return
    tag = await connection.execute(
        _UPDATE,
        [hold_id for hold_id, _ in changed],
        [str(change.spent) for _, change in changed],
        [str(change.released) for _, change in changed],
        [str(change.remaining) for _, change in changed],
        [change.seq for _, change in changed],
    )
    expect_rows(rows_of(tag), len(changed), TABLE)


def _line(placed: HoldPlaced, change: HoldChange) -> str:
    return (
        f"{placed.hold_id}\t{placed.member}\t{placed.asset}\t{unpack(placed.amount)}\t{change.spent}\t"
        f"{change.released}\t{change.remaining}\t{change.seq}\n"
    )
