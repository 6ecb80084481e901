"""The only SQL of the catalog: reads and writes of its tables on a connection that the caller's transaction owns.

Invariant: rows and the commands they owe to the engine are written in one database transaction (`seed_catalog.py`),
under one advisory lock, so that two seeds at once are one after the other.
"""

import datetime
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Table, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.catalog import tables
from pyxiu.catalog.check_seed import Existing
from pyxiu.catalog.model import Blockchain, Currency, Engine, Market, TradingFee, WithdrawLimit

#: "pyxiu" + 3: writers of the catalog, one at a time.
CATALOG_LOCK = 0x7079786975_03
#: Types that come from the database as they are.
_KEPT_TYPES = (Decimal, datetime.datetime, bytes)
Row = TypeVar("Row", bound=msgspec.Struct)


class PendingCommand(msgspec.Struct, frozen=True):
    """A command that the engine has not confirmed yet."""

    id: int
    subject: str
    command: bytes


@asynccontextmanager
async def writing(database: AsyncEngine) -> AsyncIterator["CatalogStore"]:
    """A transaction that is the only one to write the catalog."""
    async with database.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CATALOG_LOCK})
        yield CatalogStore(connection)
        await connection.execute(update(tables.catalog_version).values(version=tables.catalog_version.c.version + 1))


@asynccontextmanager
async def reading(database: AsyncEngine) -> AsyncIterator["CatalogStore"]:
    """A read-only transaction that sees one state of all tables."""
    async with database.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield CatalogStore(connection)


class CatalogStore:
    """Queries over one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def version(self) -> int:
        """Changes with every writing transaction."""
        version: int = (await self._connection.execute(select(tables.catalog_version.c.version))).scalar_one()
        return version

    async def existing(self) -> Existing:
        return Existing(
            blockchains={row.key: row for row in await self.blockchains()},
            currencies={row.id: row for row in await self.currencies()},
            engines={row.name: row for row in await self.engines()},
            markets={row.id: row for row in await self.markets()},
            trading_fees={(row.group, row.market_id): row for row in await self.trading_fees()},
            withdraw_limits={(row.group, row.kyc_level): row for row in await self.withdraw_limits()},
        )

    async def blockchains(self) -> list[Blockchain]:
        return await self._rows(tables.blockchains, Blockchain, "key")

    async def currencies(self) -> list[Currency]:
        return await self._rows(tables.currencies, Currency, "position", "id")

    async def engines(self) -> list[Engine]:
        return await self._rows(tables.engines, Engine, "id")

    async def markets(self) -> list[Market]:
        return await self._rows(tables.markets, Market, "position", "id")

    async def trading_fees(self) -> list[TradingFee]:
        return await self._rows(tables.trading_fees, TradingFee, "id")

    async def withdraw_limits(self) -> list[WithdrawLimit]:
        return await self._rows(tables.withdraw_limits, WithdrawLimit, "id")

    async def add(self, name: str, rows: Sequence[msgspec.Struct]) -> None:
        """Insert new rows into the table `name`; numbered ones get their number from the database."""
        if not rows:
            return
        table = tables.metadata.tables[name]
        columns = [column.name for column in table.columns if not (column.identity or column.server_default)]
        values = [{name: getattr(row, name) for name in columns} for row in rows]
        await self._connection.execute(insert(table), values)

    async def owe(self, subject: str, command: bytes) -> None:
        """Remember that the engine must be told."""
        await self._connection.execute(insert(tables.catalog_commands).values(subject=subject, command=command))

    async def pending_commands(self) -> list[PendingCommand]:
        table = tables.catalog_commands
        query = (
            select(table.c.id, table.c.subject, table.c.command)
            .where(table.c.applied_seq.is_(None))
            .order_by(table.c.id)
        )
        return [PendingCommand(*row) for row in await self._connection.execute(query)]

    async def mark_applied(self, command_id: int, seq: int) -> None:
        table = tables.catalog_commands
        change = update(table).where(table.c.id == command_id).values(applied_seq=seq, rejection=None)
        await self._connection.execute(change)

    async def mark_rejected(self, command_id: int, rejection: str) -> None:
        table = tables.catalog_commands
        await self._connection.execute(update(table).where(table.c.id == command_id).values(rejection=rejection))

    async def _rows(self, table: Table, model: type[Row], *order: str, where: Any = None) -> list[Row]:
        """Rows as models; each field of the model is a column of the table."""
        columns = [table.c[name] for name in model.__struct_fields__]
        query = select(*columns).order_by(*(table.c[name] for name in order))
        if where is not None:
            query = query.where(where)
        result = await self._connection.execute(query)
        names = model.__struct_fields__
        return [msgspec.convert(dict(zip(names, row, strict=True)), model, builtin_types=_KEPT_TYPES) for row in result]
