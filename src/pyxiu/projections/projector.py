"""The module that keeps all tables up with the journal: one follower, one transaction per chunk.

Invariant: it may lag but not skip; it can be stopped or killed at any point and goes on from the cursors, which is also
how it starts. A lost database is waited for; rows that do not fit the journal are assertions and end it. Limit: one
process writes at a time, others wait at the cursors' locks; it begins at the slowest cursor, so projections that are
ahead idle until a new one, or one whose rebuild was interrupted, has caught up.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from pyxiu.projections.apply_chunk import apply_chunk, ensure_cursors
from pyxiu.projections.chunk import RECORDS_MAX, Chunk, split
from pyxiu.projections.connection import LOST, Connection
from pyxiu.projections.market_assets import load_market_assets
from pyxiu.projections.pnl_currencies import begin_pnl
from pyxiu.projections.rebuild_lock import left_behind
from pyxiu.projections.registry import PROJECTIONS
from pyxiu.projections.writing import prepare_connection
from pyxiu.storage.cursors import read_cursors
from pyxiu.storage.database import close_quietly, connect
from pyxiu.storage.follow import JournalFollower

RECONNECT_S: Final = 0.5
#: After a batch of fewer records the projector pauses, because a chunk has its price however small it is: at 800 orders
#: a second 163 us of Python each, without the pause 271. A backlog is never paused for.
SMALL_BATCH: Final = 200
PAUSE_S: Final = 0.004

log = structlog.get_logger(__name__)


class Projector:
    """`await run()` in a task of its own; `seq` is the last record whose rows it has committed.

    `pnl_currencies`: in which profit and loss is counted.
    """

    def __init__(self, dsn: str, *, records_max: int = RECORDS_MAX, pnl_currencies: Sequence[str] = ()) -> None:
        self.seq = 0
        self.records = 0
        self.chunks = 0
        self._dsn = dsn
        self._records_max = records_max
        self._pnl_currencies = pnl_currencies

    async def run(self) -> None:
        """Project until canceled."""
        while True:
            try:
                await self._run_connected()
            except LOST as error:
                log.warning("projector_reconnects", seq=self.seq, error=repr(error))
                await asyncio.sleep(RECONNECT_S)

    async def _run_connected(self) -> None:
        connection = await connect(self._dsn, "pyxiu projector")
        try:
            await prepare_connection(connection)
            await ensure_cursors(connection, PROJECTIONS)
            await begin_pnl(connection, self._pnl_currencies)
            while True:
                await self._follow(connection)
        finally:
            await close_quietly(connection)

    async def _follow(self, connection: Connection) -> None:
        """Follow from the slowest cursor; return when a projection was left behind, to begin again from there."""
        # Read from the database, not remembered: a crashed server may have lost the latest commits.
        cursors = await read_cursors(connection)
        self.seq = min(cursors[projection.name] for projection in PROJECTIONS)
        markets = await load_market_assets(connection)
        log.info("projector_follows", seq=self.seq)
        async with JournalFollower(self._dsn, self.seq, batch_records=self._records_max, name="projector") as follower:
            async for batch in follower:
                for records in split(batch, self._records_max):
                    applied = await apply_chunk(connection, Chunk(records, markets), PROJECTIONS)
                    self.seq = records[-1].seq
                    self.records += len(records)
                    self.chunks += 1
                    if applied.behind and await left_behind(connection, applied.behind):
                        return
                if len(batch) < SMALL_BATCH:
                    await asyncio.sleep(PAUSE_S)
