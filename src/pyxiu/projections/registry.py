"""All projections, by name, in the order in which their rows are written.

Invariant: a name is also the name of its cursor in `projection_cursors` and is never reused for something else. To add
a projection, add a line here and its tables in a migration: it starts at 0 and catches up by itself.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from pyxiu.projections import accounts, candles, entries, holds, markets, orders, pnl, trades
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection


class Projection(msgspec.Struct, frozen=True):
    """`tables` are what a rebuild empties; `project` writes a chunk's rows within the caller's transaction."""

    name: str
    tables: tuple[str, ...]
    project: Callable[[Connection, Chunk], Awaitable[None]]


PROJECTIONS: Final = (
    Projection("markets", markets.TABLES, markets.project_markets),
    Projection("orders", (orders.TABLE,), orders.project_orders),
    Projection("trades", (trades.TABLE,), trades.project_trades),
    Projection("accounts", (accounts.TABLE,), accounts.project_accounts),
    # Without money_keys: the engine relies on them, and a rebuild may take long.
    Projection("entries", (entries.TABLE,), entries.project_entries),
    Projection("holds", (holds.TABLE,), holds.project_holds),
    Projection("candles", (candles.TABLE,), candles.project_candles),
    # Without pnl_currencies: what it counts in is said from outside.
    Projection("pnl", pnl.TABLES, pnl.project_pnl),
)
NAMES: Final = tuple(projection.name for projection in PROJECTIONS)
#: What a member reads right after an answer; `waiter` waits for these.
READ_BY_MEMBERS: Final = ("orders", "trades", "accounts")


def projection(name: str) -> Projection:
    """The projection of that name. Raises ValueError for an unknown one, naming those there are."""
    for candidate in PROJECTIONS:
        if candidate.name == name:
            return candidate
    raise ValueError(f"no projection {name!r}; there are {', '.join(NAMES)}")
