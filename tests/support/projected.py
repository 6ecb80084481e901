"""A seeded exchange whose records are in a real journal, and short ways to project and compare them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyxiu.core.machine import PythonCore
from pyxiu.core.outcomes import Record
from pyxiu.projections.apply_chunk import apply_chunk, ensure_cursors
from pyxiu.projections.audit import AuditReport, audit
from pyxiu.projections.audit_core import compare_with_core
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.live import BookFollower
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.pnl_currencies import set_pnl_currencies
from pyxiu.projections.projector import Projector
from pyxiu.projections.registry import PROJECTIONS, projection
from pyxiu.storage.database import Connection
from pyxiu.storage.journal import PostgresJournal, lead
from tests.support.seeded import SeededExchange

REACH_TIMEOUT_S = 60.0
#: One that all markets lead to, one that most do.
PNL_CURRENCIES = ("btc", "usd")


class Projected:
    """`trade` appends to the journal, `project` brings the tables up to it in chunks of a few records."""

    def __init__(self, dsn: str, connection: Connection, exchange: SeededExchange) -> None:
        self.dsn = dsn
        self.connection = connection
        self.exchange = exchange
        self._markets = MarketAssets()
        self._projected = 0

    @classmethod
    async def open(cls, dsn: str, connection: Connection, exchange: SeededExchange) -> "Projected":
        """On a database without rows."""
        await ensure_cursors(connection, PROJECTIONS)
        await set_pnl_currencies(connection, PNL_CURRENCIES)
        return cls(dsn, connection, exchange)

    @property
    def core(self) -> PythonCore:
        return self.exchange.core

    @property
    def records(self) -> list[Record]:
        return self.exchange.records

    async def trade(self, commands: int, size: int = 64) -> None:
        """Draw commands and append what comes of them, a journal row per batch."""
        async with leading(self.dsn) as journal:
            for batch in self.exchange.batches(commands, size):
                await journal.append(batch.records, batch.seq_first, batch.seq_last)

    async def project(self, size: int = 251) -> None:
        """All that is not projected yet. The size is prime, so that chunks end elsewhere than batches."""
        records = self.records
        for start in range(self._projected, len(records), size):
            await apply_chunk(self.connection, Chunk(records[start : start + size], self._markets), PROJECTIONS)
        self._projected = len(records)

    async def assert_equal_to_core(self) -> AuditReport:
        """The tables say what the core says, and the audit finds nothing."""
        compared = await compare_with_core(self.connection, self.core)
        assert not compared.skipped, compared.skipped
        assert not compared.findings, "\n".join(map(str, compared.findings))
        report = await audit(self.connection)
        assert report.clean, "\n".join(map(str, report.findings or report.results))
        return report


@asynccontextmanager
async def leading(dsn: str) -> AsyncIterator[PostgresJournal]:
    journal = await lead(dsn)
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def running(follower: Projector | BookFollower) -> AsyncIterator["asyncio.Task[None]"]:
    """A projector, or books, in a task; whatever ended it is raised."""
    task = asyncio.create_task(follower.run())
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result()


async def reach(follower: Projector | BookFollower, task: "asyncio.Task[None]", seq: int) -> None:
    """Wait until it has come so far, or has ended."""
    async with asyncio.timeout(REACH_TIMEOUT_S):
        while follower.seq < seq and not task.done():  # noqa: ASYNC110 - it has nobody to signal in service
            await asyncio.sleep(0.005)


async def rows_of(connection: Connection, name: str) -> dict[str, list[str]]:
    """Every row of a projection's tables as text, by table."""
    found = {}
    for table in projection(name).tables:
        rows = await connection.fetch(f"SELECT t::text AS row FROM {table} t ORDER BY 1")
        found[table] = [row["row"] for row in rows]
    return found
