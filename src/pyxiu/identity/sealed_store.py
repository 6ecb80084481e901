"""The SQL of sealed columns: how many values each key has, and sealing them with the newest.

Invariant: a value and its fingerprints change together. Limit: a batch locks its rows for as long as it takes.
"""

from sqlalchemy import Column, func, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.sealed_columns import SealedColumn
from pyxiu.identity.sealing import KeyRing, number_of, prefix_of

_HEAD_BYTES = 64


async def keys_of(connection: AsyncConnection, sealed: SealedColumn) -> dict[int, int]:
    """How many values of the column each key has sealed."""
    column = sealed.table.c[sealed.column]
    # The first bytes name the key; the rest of a group's values does not matter.
    head = func.substring(column, 1, 3)
    query = select(func.min(func.substring(column, 1, _HEAD_BYTES)), func.count()).where(column.is_not(None))
    counts: dict[int, int] = {}
    for first, count in await connection.execute(query.group_by(func.substring(head, 1, 1), head)):
        number = number_of(bytes(first))
        if number is not None:
            counts[number] = counts.get(number, 0) + count
    return counts


async def older(
    connection: AsyncConnection, sealed: SealedColumn, *, current: int, after: int, limit: int
) -> list[RowMapping]:
    """Rows whose value another key has sealed, in the order of their ids; locked."""
    column, key = sealed.table.c[sealed.column], id_of(sealed)
    query = (
        select(sealed.table)
        .where(key > after, column.is_not(None), func.substring(column, 1, 3) != prefix_of(current))
        .order_by(key)
        .limit(limit)
        .with_for_update()
    )
    return list((await connection.execute(query)).mappings())


async def seal_anew(connection: AsyncConnection, sealed: SealedColumn, row: RowMapping, ring: KeyRing) -> None:
    """Raises SecretError if the value does not open."""
    purpose, key = sealed.purpose(row), id_of(sealed)
    opened = ring.open(bytes(row[sealed.column]), purpose)
    values = {sealed.column: ring.seal(opened, purpose), **sealed.indexes(ring, opened)}
    await connection.execute(update(sealed.table).where(key == row[key.name]).values(values))


def id_of(sealed: SealedColumn) -> Column[int]:
    (key,) = sealed.table.primary_key.columns
    return key
