"""How far each sink has come in each source, and the events that a sink refused for good.

Invariant: a position moves only after everything up to it was confirmed or written down as refused. Limit: a sink that
is new begins at the end of its sources as they are then; what came before is in the tables and the journal.
"""

import msgspec

from pyxiu.relay.model import RelayedEvent
from pyxiu.storage.database import AnyConnection, Pool

_LOAD = "SELECT position FROM relay_cursors WHERE sink = $1 AND source = $2"
_BEGIN = "INSERT INTO relay_cursors (sink, source, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_MOVE = """
    UPDATE relay_cursors SET position = $3, moved_at = now() WHERE sink = $1 AND source = $2 AND position <= $3
"""
_REFUSE = """
    INSERT INTO relay_refused (sink, event_id, name, payload, reason) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""

Connection = AnyConnection | Pool


async def load_position(connection: Connection, sink: str, source: str) -> int | None:
    """None for a sink that is new to this source."""
    position: int | None = await connection.fetchval(_LOAD, sink, source)
    return position


async def begin_at(connection: Connection, sink: str, source: str, position: int) -> None:
    """Where a new sink begins; one that is known keeps its place."""
    await connection.execute(_BEGIN, sink, source, position)


async def move_position(connection: Connection, sink: str, source: str, position: int) -> None:
    await connection.execute(_MOVE, sink, source, position)


async def note_refused(connection: Connection, sink: str, event: RelayedEvent, reason: str) -> None:
    payload = msgspec.json.encode(event.payload).decode()
    await connection.execute(_REFUSE, sink, event.id, event.name, payload, reason)
