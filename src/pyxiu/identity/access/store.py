"""The only SQL of access: permissions, restrictions, whitelinks, used signatures.

Limit: it writes rows and nothing else; the use cases announce what they change.
"""

import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, RowMapping, Table, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.model import Permission, Restriction
from pyxiu.identity.access.rule_kind import R
from pyxiu.identity.tables import access as tables


class AccessStore:
    """Statements on one connection, in the caller's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rules(self, model: type[R]) -> list[R]:
        table = _KINDS[model]
        rows = await self._connection.execute(select(table).order_by(table.c.id))
        return [_rule(model, row) for row in rows.mappings()]

    async def rule(self, model: type[R], rule_id: int) -> R | None:
        table = _KINDS[model]
        return await self._one(model, select(table).where(table.c.id == rule_id))

    async def add_rule(self, model: type[R], values: dict[str, Any]) -> R:
        """Raises IntegrityError when there is such a row."""
        table = _KINDS[model]
        rows = await self._connection.execute(insert(table).values(values).returning(table))
        return _rule(model, rows.mappings().one())

    async def change_rule(self, model: type[R], rule_id: int, values: dict[str, Any]) -> R | None:
        table = _KINDS[model]
        statement = update(table).where(table.c.id == rule_id).values(**values, updated_at=func.now())
        return await self._one(model, statement.returning(table))

    async def remove_rule(self, model: type[R], rule_id: int) -> R | None:
        """The row that was there."""
        table = _KINDS[model]
        return await self._one(model, delete(table).where(table.c.id == rule_id).returning(table))

    async def whitelist(self, ip: str, code: int) -> None:
        """Let an address in; again is no error."""
        values = {"category": "whitelist", "scope": "ip", "value": ip, "code": code, "state": "enabled"}
        statement = upsert(tables.restrictions).values(values)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["category", "scope", "value"], set_={"state": "enabled", "updated_at": func.now()}
            )
        )

    async def add_whitelink(self, token_hash: bytes, expires_at: datetime.datetime) -> None:
        values = {"token_hash": token_hash, "expires_at": expires_at}
        await self._connection.execute(insert(tables.whitelinks).values(values))

    async def has_whitelink(self, token_hash: bytes, now: datetime.datetime) -> bool:
        table = tables.whitelinks
        statement = select(table.c.token_hash).where(table.c.token_hash == token_hash, table.c.expires_at > now)
        return (await self._connection.execute(statement)).first() is not None

    async def use_signature(self, digest: bytes, expires_at: datetime.datetime) -> bool:
        """Whether this is its first use."""
        statement = upsert(tables.used_signatures).values(digest=digest, expires_at=expires_at)
        return bool((await self._connection.execute(statement.on_conflict_do_nothing())).rowcount)

    async def forget_expired(self, now: datetime.datetime, changes_before: datetime.datetime) -> None:
        """Drop what can have no effect any more."""
        signatures, links, changes = tables.used_signatures, tables.whitelinks, tables.identity_changes
        await self._connection.execute(delete(signatures).where(signatures.c.expires_at < now))
        await self._connection.execute(delete(links).where(links.c.expires_at < now))
        await self._connection.execute(delete(changes).where(changes.c.at < changes_before))

    async def _one(self, model: type[R], statement: Executable) -> R | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else _rule(model, row)


def _rule(model: type[R], row: RowMapping) -> R:
    columns = {str(name): value for name, value in row.items()}
    return msgspec.convert(columns, model, builtin_types=(datetime.datetime,))


_KINDS: Final[dict[type[Permission | Restriction], Table]] = {
    Permission: tables.permissions,
    Restriction: tables.restrictions,
}
