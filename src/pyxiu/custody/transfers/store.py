"""The SQL of internal transfers.

Invariant: a row is announced with what happens to it, in the same transaction. Limit: the engine moves the funds.
"""

import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.wire import time_text
from pyxiu.custody.transfers.model import InternalTransfer, NewTransfer, TransferState
from pyxiu.custody.transfers.tables import internal_transfers
from pyxiu.kit.decimals import format_decimal
from pyxiu.storage.outbox import emit


async def insert_transfer(connection: AsyncConnection, new: NewTransfer) -> InternalTransfer:
    """From now on the engine is owed the transfer."""
    values = {name: getattr(new, name) for name in new.__struct_fields__}
    statement = insert(internal_transfers).values(values).returning(internal_transfers)
    row = _transfer(((await connection.execute(statement)).mappings()).one())
    await _emit(connection, row, "created", None)
    return row


async def find_by_client_id(connection: AsyncConnection, uid: str, client_id: str) -> InternalTransfer | None:
    table = internal_transfers
    query = select(table).where(table.c.sender_uid == uid, table.c.client_id == client_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else _transfer(row)


async def lock(connection: AsyncConnection, transfer_id: int) -> InternalTransfer:
    query = select(internal_transfers).where(internal_transfers.c.id == transfer_id).with_for_update()
    return _transfer((await connection.execute(query)).mappings().one())


async def finish(
    connection: AsyncConnection,
    before: InternalTransfer,
    state: TransferState,
    *,
    moved_seq: int | None = None,
    reason: str | None = None,
) -> InternalTransfer:
    table = internal_transfers
    values = {"state": state.value, "moved_seq": moved_seq, "reason": reason, "updated_at": func.now()}
    statement = update(table).where(table.c.id == before.id).values(values).returning(table)
    after = _transfer((await connection.execute(statement)).mappings().one())
    await _emit(connection, after, "updated", {"state": before.state.value})
    return after


async def owed_ids(connection: AsyncConnection, limit: int, *, older_s: float) -> list[int]:
    """Transfers that the engine has not answered for so long, the oldest first."""
    table = internal_transfers
    long_ago = func.now() - datetime.timedelta(seconds=older_s)
    query = select(table.c.id).where(table.c.state == TransferState.REQUESTED.value, table.c.updated_at < long_ago)
    return list((await connection.execute(query.order_by(table.c.id).limit(limit))).scalars())


async def list_of(
    connection: AsyncConnection,
    uid: str,
    *,
    currency: str | None = None,
    states: tuple[str, ...] | None = None,
    sent: bool | None = None,
    limit: int,
    offset: int,
) -> tuple[list[InternalTransfer], int]:
    """A member's transfers, the newest first, and how many there are; `sent`: only those out (True) or in (False)."""
    table = internal_transfers
    out = table.c.sender_uid == uid
    # What was never moved is nothing to its receiver.
    into = and_(table.c.receiver_uid == uid, table.c.state == TransferState.COMPLETED.value)
    where: list[Any] = [or_(out, into) if sent is None else out if sent else into]
    if currency is not None:
        where.append(table.c.currency == currency)
    if states is not None:
        where.append(table.c.state.in_(states))
    total = (await connection.execute(select(func.count()).select_from(table).where(*where))).scalar_one()
    query = select(table).where(*where).order_by(table.c.id.desc()).limit(limit).offset(offset)
    return [_transfer(row) for row in (await connection.execute(query)).mappings()], total


def record_of(row: InternalTransfer) -> dict[str, Any]:
    """What events tell of a transfer."""
    return {
        "id": row.id,
        "tid": row.tid,
        "uid": row.sender_uid,
        "sender_uid": row.sender_uid,
        "receiver_uid": row.receiver_uid,
        "currency": row.currency,
        "amount": format_decimal(row.amount, row.decimals),
        "state": row.state.value,
        "created_at": time_text(row.created_at),
        "updated_at": time_text(row.updated_at),
    }


async def _emit(connection: AsyncConnection, row: InternalTransfer, what: str, changes: dict[str, Any] | None) -> None:
    event = f"model.internal_transfer.{what}"
    await emit(connection, event, record_of(row), aggregate=f"internal_transfer:{row.tid}", changes=changes)


def _transfer(row: RowMapping) -> InternalTransfer:
    values = {name: row[name] for name in InternalTransfer.__struct_fields__}
    return InternalTransfer(**{**values, "amount": int(values["amount"]), "state": TransferState(values["state"])})
