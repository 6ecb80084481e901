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
from sqlalchemy import Table, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.catalog import tables
from pyxiu.catalog.check_seed import Existing
from pyxiu.catalog.model import (
    AssetNetwork,
    Blockchain,
    Currency,
    Depth,
    Engine,
    Market,
    NetworkStatus,
    TradingFee,
    WithdrawLimit,
)

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
        rows = await self._rows(tables.currencies, Currency, "position", "id")
        networks: dict[str, list[AssetNetwork]] = {}
        for network in await self._asset_networks():
            networks.setdefault(network.currency_id, []).append(network)
        return [msgspec.structs.replace(row, networks=tuple(networks.get(row.id, ()))) for row in rows]

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
        values = [{name: _stored(getattr(row, name)) for name in columns} for row in rows]
        await self._connection.execute(insert(table), values)

    async def set_network_status(self, currency: str, network: str, status: NetworkStatus) -> None:
        table = tables.asset_networks
        row = (table.c.currency_id == currency, table.c.blockchain_key == network)
        await self._connection.execute(update(table).where(*row).values(status=status, updated_at=func.now()))

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

    async def _asset_networks(self) -> list[AssetNetwork]:
        table = tables.asset_networks
        names = AssetNetwork.__struct_fields__
        result = await self._connection.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))
        return [_asset_network(dict(zip(names, row, strict=True))) for row in result]

    async def _rows(self, table: Table, model: type[Row], *order: str, where: Any = None) -> list[Row]:
        """Rows as models; each field of the model that is a column of the table comes from there."""
        names = [name for name in model.__struct_fields__ if name in table.c]
        columns = [table.c[name] for name in names]
        query = select(*columns).order_by(*(table.c[name] for name in order))
        if where is not None:
            query = query.where(where)
        result = await self._connection.execute(query)
        return [msgspec.convert(dict(zip(names, row, strict=True)), model, builtin_types=_KEPT_TYPES) for row in result]


def _asset_network(row: dict[str, Any]) -> AssetNetwork:
    """Depths are JSON, whose decimals are text."""
    depths = msgspec.convert(row.pop("depths"), tuple[Depth, ...])
    known = msgspec.convert(row, AssetNetwork, builtin_types=_KEPT_TYPES)
    return msgspec.structs.replace(known, depths=depths)


def _stored(value: Any) -> Any:
    """A list of structs as JSON has it; all else as it is."""
    return msgspec.to_builtins(list(value)) if isinstance(value, tuple) else value
