"""The SQL of payments that deposits have not looked at, and of those that are listed as exceptions.

Invariant: a payment is marked as read in the transaction that makes a deposit or an exception of it. Limit: whose
transactions are ours is known from payouts and from what they spend.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.model import Found, Listed, Moved, Reason
from pyxiu.custody.deposits.tables import deposit_exceptions
from pyxiu.custody.tables import chain_destinations, chain_payments

_FOUND: Final = (
    select(
        chain_payments.c.network,
        chain_payments.c.payment_id,
        chain_payments.c.txid,
        chain_payments.c.kind,
        chain_payments.c.contract,
        chain_payments.c.amount,
        chain_payments.c.min_depth,
        chain_payments.c.block_height,
        chain_payments.c.block_hash,
        chain_destinations.c.destination,
        chain_destinations.c.address,
        chain_destinations.c.owner,
        chain_payments.c.source,
    )
    .join(chain_destinations, chain_destinations.c.id == chain_payments.c.destination_id)
    .order_by(chain_payments.c.found_at, chain_payments.c.payment_id)
)


# What an address sends to itself has come, and has not left it.
_MOVED: Final = text(
    """
    SELECT coalesce(sum(amount) FILTER (WHERE came), 0) AS came,
        coalesce(sum(amount) FILTER (WHERE NOT came AND own), 0) AS swept,
        coalesce(sum(amount) FILTER (WHERE NOT came AND NOT own), 0) AS taken
    FROM (
        SELECT p.amount, d.destination = :destination AS came,
            EXISTS (SELECT FROM payout_attempts t JOIN payouts y ON y.id = t.payout_id
                    WHERE t.txid = p.txid AND y.network = p.network) AS own
        FROM chain_payments p JOIN chain_destinations d ON d.id = p.destination_id
        WHERE p.network = :network AND p.block_height = :height AND p.contract = :contract AND p.kind = :kind
            AND (d.destination = :destination OR p.source = :destination)
    ) AS moved
    """
)


async def unread(connection: AsyncConnection, network: str, limit: int) -> list[Found]:
    query = _FOUND.where(chain_payments.c.network == network, chain_payments.c.unread)
    return [_found(row) for row in (await connection.execute(query.limit(limit))).mappings()]


async def unread_again(connection: AsyncConnection, network: str, ids: Sequence[str]) -> list[Found]:
    """Those of the payments that are unread still, as they are now, locked."""
    query = _FOUND.where(
        chain_payments.c.network == network, chain_payments.c.unread, chain_payments.c.payment_id == func.any(list(ids))
    )
    rows = await connection.execute(query.with_for_update(of=chain_payments))
    return [_found(row) for row in rows.mappings()]


async def of_transaction(connection: AsyncConnection, network: str, txid: str) -> list[Found]:
    query = _FOUND.where(chain_payments.c.network == network, chain_payments.c.txid == txid)
    return [_found(row) for row in (await connection.execute(query)).mappings()]


async def mark_read(connection: AsyncConnection, network: str, ids: Sequence[str]) -> None:
    table = chain_payments
    marked = update(table).where(table.c.network == network, table.c.payment_id == func.any(list(ids)))
    await connection.execute(marked.values(unread=False))


async def moved_with(connection: AsyncConnection, found: Found) -> Moved:
    """What logs of this payment's block say of its token and its destination."""
    given = {
        "network": found.network,
        "height": found.block_height,
        "contract": found.contract,
        "kind": found.kind,
        "destination": found.destination,
    }
    row = (await connection.execute(_MOVED, given)).one()
    return Moved(int(row.came), int(row.swept), int(row.taken))


async def spending_ours(connection: AsyncConnection, network: str, txids: Sequence[str]) -> set[str]:
    """Those of the transactions that spend outputs of ours."""
    query = text("SELECT DISTINCT spender FROM chain_spends WHERE network = :network AND spender = ANY(:txids)")
    rows = await connection.execute(query, {"network": network, "txids": list(txids)})
    return set(rows.scalars())


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """List payments; one that is listed is so from the first time on, with the reason of now."""
    if not rows:
        return
    insert = upsert(deposit_exceptions).values(list(rows))
    now = {name: insert.excluded[name] for name in ("reason", "text", "currency")}
    still_open = deposit_exceptions.c.resolved_at.is_(None)
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["network", "payment_id"], set_=now, where=still_open)
    )


async def take_off(connection: AsyncConnection, network: str, ids: Sequence[str]) -> None:
    """Take payments off the list that are deposits now."""
    table = deposit_exceptions
    listed = delete(table).where(table.c.network == network, table.c.payment_id == func.any(list(ids)))
    await connection.execute(listed.where(table.c.resolved_at.is_(None)))


async def listed_among(connection: AsyncConnection, network: str, ids: Sequence[str]) -> dict[str, Listed]:
    table = deposit_exceptions
    query = select(table).where(table.c.network == network, table.c.payment_id == func.any(list(ids)))
    return {row["payment_id"]: listed_of(row) for row in (await connection.execute(query)).mappings()}


async def find(connection: AsyncConnection, exception_id: int) -> Listed | None:
    """One by its number, locked."""
    query = select(deposit_exceptions).where(deposit_exceptions.c.id == exception_id).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else listed_of(row)


async def resolve(connection: AsyncConnection, exception_id: int, resolution: str, actor: str) -> None:
    changed = update(deposit_exceptions).where(deposit_exceptions.c.id == exception_id)
    await connection.execute(changed.values(resolution=resolution, resolved_by=actor, resolved_at=func.now()))


async def look_again(
    connection: AsyncConnection, network: str, reason: Reason, currencies: Sequence[str] | None = None
) -> int:
    """Let the payments of open exceptions of a reason be read again; how many."""
    table = deposit_exceptions
    ids = select(table.c.payment_id).where(
        table.c.network == network, table.c.reason == reason, table.c.resolved_at.is_(None)
    )
    if currencies is not None:
        ids = ids.where(table.c.currency == func.any(list(currencies)))
    again = update(chain_payments).where(chain_payments.c.network == network, chain_payments.c.payment_id.in_(ids))
    return (await connection.execute(again.values(unread=True))).rowcount


def _found(row: RowMapping) -> Found:
    return Found(**{**row, "amount": int(row["amount"])})


def listed_of(row: Mapping[Any, Any]) -> Listed:
    return Listed(**{**row, "reason": Reason(row["reason"])})
