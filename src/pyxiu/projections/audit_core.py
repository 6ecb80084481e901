"""The tables compared with a core: the deepest audit, as the core can be one that has replayed the whole journal.

Invariant: at the same record both say the same of accounts, open orders, holds, assets and markets. Limit: the core
must be at the record that the projections are at; both are held in memory.
"""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec

from pyxiu.core.interface import Core
from pyxiu.projections.audit import FINDINGS_MAX, CheckResult, Finding, emptied_since
from pyxiu.projections.connection import Connection
from pyxiu.projections.reads.accounts import account_view, hold_view
from pyxiu.projections.reads.markets import assets, markets
from pyxiu.projections.reads.orders import order_state
from pyxiu.projections.registry import NAMES

_NAME: Final = "equals_core"
_SAYS: Final = "The tables say what a core at the same record says."
_NOT_AT: Final = "SELECT name, seq FROM projection_cursors WHERE name = ANY($1) AND seq <> $2 ORDER BY name"

#: What is compared, by a name for people.
_Facts: TypeAlias = dict[str, Any]


async def compare_with_core(connection: Connection, core: Core) -> CheckResult:
    """Findings where the tables differ from the core."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        elsewhere = await connection.fetch(_NOT_AT, list(NAMES), core.seq)
        if elsewhere:
            cursors = ", ".join(f"{row['name']} at {row['seq']}" for row in elsewhere)
            return CheckResult(_NAME, _SAYS, skipped=f"the core is at {core.seq}, but {cursors}")
        emptied = await emptied_since(connection)
        if emptied:
            return CheckResult(_NAME, _SAYS, skipped=f"a rebuild of {', '.join(sorted(emptied))} began meanwhile")
        found = await _of_tables(connection)
    findings = list(_differences(_of_core(core), found))
    return CheckResult(_NAME, _SAYS, tuple(findings[:FINDINGS_MAX]), more=len(findings) > FINDINGS_MAX)


def _of_core(core: Core) -> _Facts:
    facts: _Facts = {f"asset {asset}": decimals for asset, decimals in core.assets().items()}
    facts |= {f"market {market.market}": market for market in core.markets()}
    # An account that was touched but is empty may or may not be listed.
    facts |= {f"account {view.owner} {view.asset}": view for view in core.accounts() if view.available or view.held}
    facts |= {f"hold {view.hold_id}": view for view in core.holds()}
    # The core does not keep the time of an order's last change.
    orders = core.open_orders()
    return facts | {f"order {order.order_id}": msgspec.structs.replace(order, updated_ns=0) for order in orders}


async def _of_tables(connection: Connection) -> _Facts:
    facts: _Facts = {f"asset {asset}": decimals for asset, decimals in (await assets(connection)).items()}
    facts |= {f"market {market}": view for market, view in (await markets(connection)).items()}
    for row in await connection.fetch("SELECT * FROM accounts WHERE available <> 0 OR held <> 0"):
        facts[f"account {row['owner']} {row['asset']}"] = account_view(row)
    for row in await connection.fetch("SELECT * FROM holds WHERE remaining > 0"):
        facts[f"hold {row['hold_id']}"] = hold_view(row)
    for row in await connection.fetch("SELECT * FROM orders WHERE status = 1"):
        facts[f"order {row['id']}"] = msgspec.structs.replace(order_state(row), updated_ns=0)
    return facts


def _differences(expected: _Facts, found: _Facts) -> Iterator[Finding]:
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            yield Finding(_NAME, name, str(expected.get(name)), str(found.get(name)))
