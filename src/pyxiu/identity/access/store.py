"""The only SQL of access: permissions, restrictions, whitelinks, used signatures.

Limit: it writes rows and nothing else; the use cases announce what they change.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.model import (
    Action,
    Category,
    Permission,
    Restriction,
    RestrictionScope,
    RestrictionState,
)
from pyxiu.identity.tables import access as tables


class AccessStore:
    """Statements on one connection, in the caller's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def permissions(self) -> list[Permission]:
        rows = await self._connection.execute(select(tables.permissions).order_by(tables.permissions.c.id))
        return [_permission(row) for row in rows.mappings()]

    async def permission(self, permission_id: int) -> Permission | None:
        table = tables.permissions
        row = (await self._connection.execute(select(table).where(table.c.id == permission_id))).mappings().first()
        return None if row is None else _permission(row)

    async def add_permission(self, values: dict[str, Any]) -> Permission:
        """Raises IntegrityError when there is such a row."""
        rows = await self._connection.execute(insert(tables.permissions).values(values).returning(tables.permissions))
        return _permission(rows.mappings().one())

    async def change_permission(self, permission_id: int, values: dict[str, Any]) -> Permission | None:
        table = tables.permissions
        statement = update(table).where(table.c.id == permission_id).values(**values, updated_at=func.now())
        row = (await self._connection.execute(statement.returning(table))).mappings().first()
        return None if row is None else _permission(row)

    async def remove_permission(self, permission_id: int) -> bool:
        table = tables.permissions
        return bool((await self._connection.execute(delete(table).where(table.c.id == permission_id))).rowcount)

    async def restrictions(self) -> list[Restriction]:
        rows = await self._connection.execute(select(tables.restrictions).order_by(tables.restrictions.c.id))
        return [_restriction(row) for row in rows.mappings()]

    async def restriction(self, restriction_id: int) -> Restriction | None:
        table = tables.restrictions
        row = (await self._connection.execute(select(table).where(table.c.id == restriction_id))).mappings().first()
        return None if row is None else _restriction(row)

    async def add_restriction(self, values: dict[str, Any]) -> Restriction:
        """Raises IntegrityError when there is such a row."""
        rows = await self._connection.execute(insert(tables.restrictions).values(values).returning(tables.restrictions))
        return _restriction(rows.mappings().one())

    async def change_restriction(self, restriction_id: int, values: dict[str, Any]) -> Restriction | None:
        table = tables.restrictions
        statement = update(table).where(table.c.id == restriction_id).values(**values, updated_at=func.now())
        row = (await self._connection.execute(statement.returning(table))).mappings().first()
        return None if row is None else _restriction(row)

    async def remove_restriction(self, restriction_id: int) -> bool:
        table = tables.restrictions
        return bool((await self._connection.execute(delete(table).where(table.c.id == restriction_id))).rowcount)

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


def _permission(row: Mapping[Any, Any]) -> Permission:
    return Permission(**{**row, "action": Action(row["action"])})


def _restriction(row: Mapping[Any, Any]) -> Restriction:
    words = {
        "category": Category(row["category"]),
        "scope": RestrictionScope(row["scope"]),
        "state": RestrictionState(row["state"]),
    }
    return Restriction(**{**row, **words})
