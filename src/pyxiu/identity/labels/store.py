"""The SQL of labels and levels."""

import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.labels.model import Label, LabelScope, Level
from pyxiu.identity.tables.accounts import labels, levels

_COLUMNS = tuple(labels.c[name] for name in Label.__struct_fields__)


async def labels_of(connection: AsyncConnection, user_id: int, scope: LabelScope | None = None) -> list[Label]:
    query = select(*_COLUMNS).where(labels.c.user_id == user_id).order_by(labels.c.id)
    if scope is not None:
        query = query.where(labels.c.scope == scope.value)
    return [_label(row) for row in await connection.execute(query)]


async def label(connection: AsyncConnection, user_id: int, key: str, scope: LabelScope) -> Label | None:
    where = (labels.c.user_id == user_id, labels.c.key == key, labels.c.scope == scope.value)
    row = (await connection.execute(select(*_COLUMNS).where(*where))).first()
    return None if row is None else _label(row)


async def put_label(connection: AsyncConnection, values: dict[str, Any]) -> Label:
    """Insert it, or change value and description of the one with the same key and scope."""
    changes = {"value": values["value"], "description": values["description"], "updated_at": func.now()}
    statement = insert(labels).values(values)
    statement = statement.on_conflict_do_update(index_elements=["user_id", "key", "scope"], set_=changes)
    return _label((await connection.execute(statement.returning(*_COLUMNS))).one())


async def remove_label(connection: AsyncConnection, label_id: int) -> None:
    await connection.execute(delete(labels).where(labels.c.id == label_id))


async def all_levels(connection: AsyncConnection) -> list[Level]:
    columns = [levels.c[name] for name in Level.__struct_fields__]
    rows = await connection.execute(select(*columns).order_by(levels.c.id))
    return [Level(**dict(zip(Level.__struct_fields__, row, strict=True))) for row in rows]


def _label(row: Any) -> Label:
    fields = dict(zip(Label.__struct_fields__, row, strict=True))
    return msgspec.convert(fields, Label, builtin_types=(datetime.datetime,))
