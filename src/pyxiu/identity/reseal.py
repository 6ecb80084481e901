"""Seal everything with the newest key, in batches, while the exchange runs.

Invariant: each batch commits alone and a value that is done is not touched again, so it can be interrupted and
repeated; a value that does not open stays as it is and is named. Limit: what other processes seal in the second before
they notice a new key is left for the next run.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.identity import sealed_store
from pyxiu.identity.sealed_columns import SEALED_COLUMNS, SealedColumn
from pyxiu.identity.sealing import KeyRing, SecretError

BATCH: Final = 200

#: Called with what is done and what there is to do.
Advance = Callable[[int, int], None]


class Resealed(msgspec.Struct):
    """`broken` names rows as `table.column id`."""

    done: int = 0
    broken: list[str] = []


async def count_keys(
    database: AsyncEngine, columns: Sequence[SealedColumn] = SEALED_COLUMNS
) -> dict[str, dict[int, int]]:
    """For each column how many values each key has sealed."""
    async with database.connect() as connection:
        return {sealed.name: await sealed_store.keys_of(connection, sealed) for sealed in columns}


async def reseal(
    database: AsyncEngine, ring: KeyRing, advance: Advance, columns: Sequence[SealedColumn] = SEALED_COLUMNS
) -> Resealed:
    """Go through all columns once."""
    result = Resealed()
    current = ring.current
    async with database.connect() as connection:
        counts = [await sealed_store.keys_of(connection, sealed) for sealed in columns]
    total = sum(count for column in counts for number, count in column.items() if number != current)
    for sealed in columns:
        after = -1
        while True:
            async with database.begin() as connection:
                rows = await sealed_store.older(connection, sealed, current=current, after=after, limit=BATCH)
                for row in rows:
                    after = row[sealed_store.id_of(sealed).name]
                    try:
                        await sealed_store.seal_anew(connection, sealed, row, ring)
                        result.done += 1
                    except SecretError:
                        result.broken.append(f"{sealed.name} {after}")
            advance(result.done + len(result.broken), total)
            if len(rows) < BATCH:
                break
    return result
