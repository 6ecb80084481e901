"""The SQL of payments that a node's pool has, on a connection that the caller's transaction owns.

    columns = SHOWN.c          # these rows with all columns of `deposits`, for lists that show both

Invariant (T-32): nothing but lists reads these rows; a payment leaves them in the transaction that makes a deposit of
it. Limit: one row a payment; which transaction has replaced which is not kept.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Column, cast, delete, func, insert, literal, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pyxiu.custody.deposits.model import CRYPTO, Deposit, DepositState, Pending
from pyxiu.custody.deposits.store import deposit_of
from pyxiu.custody.deposits.tables import deposits, pending_payments

_NOTHING: Final[dict[str, Any]] = {"fee": 0, "booked": 0, "rounds": 0, "transfer_type": CRYPTO}


def _as_deposit(column: Column[Any]) -> ColumnElement[Any]:
    if column.name in pending_payments.c:
        return pending_payments.c[column.name]
    value = literal(_NOTHING[column.name]) if column.name in _NOTHING else null()
    return cast(value, column.type).label(column.name)


SHOWN: Final = select(*map(_as_deposit, deposits.c)).subquery("pending")


async def all_of(connection: AsyncConnection, network: str) -> list[Pending]:
    """Everything that is shown of a network, dropped ones too."""
    table = pending_payments
    both = select(SHOWN, table.c.spends, table.c.missing_since).join(table, table.c.id == SHOWN.c.id)
    rows = (await connection.execute(both.where(table.c.network == network).order_by(table.c.id))).mappings()
    return [_pending_of(dict(row)) for row in rows]


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> list[Deposit]:
    """New ones, as they are shown."""
    statement = insert(pending_payments).returning(pending_payments.c.id)
    ids = (await connection.execute(statement, list(rows))).scalars().all()
    return await shown(connection, ids)


async def step(connection: AsyncConnection, ids: Iterable[int], state: DepositState) -> list[Deposit]:
    """Change what they are; as they are shown then."""
    table, given = pending_payments, list(ids)
    changed = update(table).where(table.c.id == func.any(given)).values(state=state.value, updated_at=func.now())
    await connection.execute(changed)
    return await shown(connection, given)


async def note_missing(connection: AsyncConnection, ids: Iterable[int], since: datetime.datetime | None) -> None:
    """Since when the pool has them no more; None: it has them."""
    marked = update(pending_payments).where(pending_payments.c.id == func.any(list(ids)))
    await connection.execute(marked.values(missing_since=since))


async def shown(connection: AsyncConnection, ids: Iterable[int]) -> list[Deposit]:
    rows = await connection.execute(select(SHOWN).where(SHOWN.c.id == func.any(list(ids))).order_by(SHOWN.c.id))
    return [deposit_of(row) for row in rows.mappings()]


async def by_payments(connection: AsyncConnection, network: str, ids: Sequence[str]) -> dict[str, Deposit]:
    query = select(SHOWN).where(SHOWN.c.network == network, SHOWN.c.payment_id == func.any(list(ids)))
    rows = (await connection.execute(query)).mappings()
    return {deposit.payment_id or "": deposit for deposit in map(deposit_of, rows)}


async def of_transaction(connection: AsyncConnection, network: str, txid: str) -> list[Deposit]:
    query = select(SHOWN).where(SHOWN.c.network == network, SHOWN.c.txid == txid).order_by(SHOWN.c.id)
    return [deposit_of(row) for row in (await connection.execute(query)).mappings()]


async def take_off(connection: AsyncConnection, network: str, ids: Sequence[str]) -> None:
    """Payments that are in a block are shown as what they are there."""
    table = pending_payments
    await connection.execute(delete(table).where(table.c.network == network, table.c.payment_id == func.any(list(ids))))


async def forget_dropped(connection: AsyncConnection, network: str, before: datetime.datetime) -> None:
    """Those that were dropped before a moment."""
    table = pending_payments
    dropped = (table.c.network == network, table.c.state == DepositState.DROPPED, table.c.updated_at < before)
    await connection.execute(delete(table).where(*dropped))


def _pending_of(row: dict[str, Any]) -> Pending:
    spends, missing_since = row.pop("spends"), row.pop("missing_since")
    return Pending(deposit_of(row), frozenset(spends), missing_since)
