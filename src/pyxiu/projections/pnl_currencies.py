"""Which currencies profit and loss is counted in. They are part of what `pnl` is made of: to change them is to rebuild.

Invariant: all rows of `pnl` are of the journal from its first record on, counted in the currencies of the table
`pnl_currencies`. Limit: a projector that finds other ones than it was told leaves everything as it is and says so,
because replaying a long journal is for an operator to begin.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from pyxiu.projections.apply_chunk import ensure_cursors, lock_cursors
from pyxiu.projections.connection import Connection
from pyxiu.projections.registry import projection
from pyxiu.storage.cursors import write_cursor

NAME: Final = "pnl"

_log = structlog.get_logger(__name__)


async def begin_pnl(connection: Connection, wanted: Iterable[str]) -> None:
    """Count in these from now on, if nothing was counted yet; otherwise complain where they differ."""
    await ensure_cursors(connection, [projection(NAME)])
    async with connection.transaction():
        cursor = (await lock_cursors(connection, [projection(NAME)]))[NAME]
        known, asked = await _known(connection), sorted(set(wanted))
        if known == asked:
            return
        if cursor == 0:
            await _put(connection, asked)
            return
    _log.warning(
        "PYXIU_PNL_CURRENCIES is not what is counted in: run `pyxiu projections rebuild pnl`",
        wanted=asked,
        counted=known,
    )


async def set_pnl_currencies(connection: Connection, wanted: Iterable[str]) -> None:
    """Count in these, from the first record on: what was counted is gone, and made anew by whoever follows next."""
    await ensure_cursors(connection, [projection(NAME)])
    async with connection.transaction():
        await lock_cursors(connection, [projection(NAME)])
        await connection.execute(f"TRUNCATE {', '.join(projection(NAME).tables)}")
        await write_cursor(connection, NAME, 0)
        await _put(connection, sorted(set(wanted)))


async def _known(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT currency FROM pnl_currencies ORDER BY currency")
    return [row["currency"] for row in rows]


async def _put(connection: Connection, currencies: list[str]) -> None:
    await connection.execute("DELETE FROM pnl_currencies")
    await connection.execute("INSERT INTO pnl_currencies SELECT unnest($1::text[])", currencies)
