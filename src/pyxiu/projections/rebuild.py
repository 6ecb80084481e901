"""Make one projection anew from the journal: empty its tables, set its cursor to 0, replay.

Invariant: the result equals what following live has made, because both apply the same chunks in the same way. It can be
stopped at any point; whoever follows next, a second rebuild or the projector, goes on from the cursor. The others are
not touched and may be followed meanwhile. Limit: until it is done readers see the tables fill up from the start, and
one that has begun to read before (an audit) finds them empty.
"""

from collections.abc import Callable

import msgspec

from pyxiu.kit.failpoints import failpoint
from pyxiu.projections.apply_chunk import CHANNEL, apply_chunk, ensure_cursors, lock_cursors
from pyxiu.projections.chunk import RECORDS_MAX, Chunk, split
from pyxiu.projections.market_assets import load_market_assets
from pyxiu.projections.rebuild_lock import take_rebuild
from pyxiu.projections.registry import READ_BY_MEMBERS, Projection, projection
from pyxiu.projections.writing import prepare_connection
from pyxiu.storage.cursors import read_cursor, write_cursor
from pyxiu.storage.database import Connection, close_quietly, connect
from pyxiu.storage.follow import JournalFollower


class RebuildProgress(msgspec.Struct, frozen=True):
    """Records replayed so far, and the journal's end when the rebuild began."""

    seq: int
    head: int


Report = Callable[[RebuildProgress], None]


async def rebuild(
    dsn: str,
    name: str,
    report: Report = lambda _: None,
    *,
    resume: bool = False,
    records_max: int = RECORDS_MAX,
) -> int:
    """Rebuild a projection and return the record it has reached. With `resume` what is there is kept and continued.

    Raises ValueError for an unknown name, RebuildRunningError if another process is at it.
    """
    target = projection(name)
    connection = await connect(dsn, "pyxiu rebuild")
    try:
        await prepare_connection(connection)
        await take_rebuild(connection, name)
        await ensure_cursors(connection, [target])
        if not resume:
            await _empty(connection, target)
            failpoint("rebuild_after_truncate")
        return await _replay(connection, dsn, target, report, records_max)
    finally:
        await close_quietly(connection)


async def _empty(connection: Connection, target: Projection) -> None:
    async with connection.transaction():
        # The cursor first: a projector that is writing these tables is let finish, and the next one waits here.
        await lock_cursors(connection, [target])
        await connection.execute(f"TRUNCATE {', '.join(target.tables)}")
        await write_cursor(connection, target.name, 0)
        if target.name in READ_BY_MEMBERS:
            await connection.execute("SELECT pg_notify($1, '0')", CHANNEL)


async def _replay(connection: Connection, dsn: str, target: Projection, report: Report, records_max: int) -> int:
    seq = await read_cursor(connection, target.name)
    markets = await load_market_assets(connection)
    async with JournalFollower(dsn, seq, batch_records=records_max, name="rebuild") as follower:
        head = await follower.head()
        report(RebuildProgress(seq, head))
        while batch := await follower.poll():
            for records in split(batch, records_max):
                await apply_chunk(connection, Chunk(records, markets), [target])
                seq = records[-1].seq
                report(RebuildProgress(seq, max(head, seq)))
    return seq
