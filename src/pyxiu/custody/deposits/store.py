"""The SQL of deposits and of the commands that are owed for them, on a connection that the caller's transaction owns.

Invariant: every step of a deposit goes through `step`, which gives back the row as it is then. Limit: what is read for
members and staff is in `reads.py`, exceptions are in `exception_store.py`.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.model import GONE_ALARM, Booking, BookingKind, Deposit, DepositState
from pyxiu.custody.deposits.tables import deposit_bookings, deposits
from pyxiu.custody.tables import chain_alarms

COLUMNS: Final = tuple(deposits.c)
_AMOUNTS: Final = ("chain_amount", "amount", "fee", "booked")


def deposit_of(row: Mapping[Any, Any]) -> Deposit:
    given = dict(row)
    for name in _AMOUNTS:
        given[name] = None if given[name] is None else int(given[name])
    given["state"] = DepositState(given["state"])
    given["from_addresses"] = tuple(given["from_addresses"])
    return Deposit(**given)


async def add(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> list[Deposit]:
    """New deposits. A payment or a tid that has one keeps it, and it is left out of what comes back."""
    found = await connection.execute(upsert(deposits).on_conflict_do_nothing().returning(*COLUMNS), list(rows))
    return [deposit_of(row) for row in found.mappings()]


async def by_payments(connection: AsyncConnection, network: str, ids: Sequence[str]) -> dict[str, Deposit]:
    """The deposits of these payments, locked."""
    query = select(*COLUMNS).where(deposits.c.network == network, deposits.c.payment_id == func.any(list(ids)))
    rows = (await connection.execute(query.with_for_update())).mappings()
    return {deposit.payment_id or "": deposit for deposit in map(deposit_of, rows)}


async def by_tid(connection: AsyncConnection, tid: str, *, lock: bool = False) -> Deposit | None:
    query = select(*COLUMNS).where(deposits.c.tid == tid)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else deposit_of(row)


async def step(connection: AsyncConnection, deposit_id: int, **values: Any) -> Deposit:
    """Change a deposit; the row as it is then. The database refuses a step that is not legal."""
    statement = update(deposits).where(deposits.c.id == deposit_id).values(**values, updated_at=func.now())
    return deposit_of((await connection.execute(statement.returning(*COLUMNS))).mappings().one())


async def due(connection: AsyncConnection, network: str, height: int, limit: int) -> list[Deposit]:
    """Deposits that are deep enough with `height` as the last block, the oldest first, if nothing is owed for them."""
    deep = deposits.c.block_height + deposits.c.credit_depth - 1 <= height
    query = (
        select(*COLUMNS)
        .where(deposits.c.network == network, deposits.c.state == DepositState.CONFIRMING, deep, _nothing_owed())
        .where(deposits.c.booked <= deposits.c.amount)
        .order_by(deposits.c.block_height, deposits.c.id)
        .limit(limit)
    )
    return [deposit_of(row) for row in (await connection.execute(query)).mappings()]


async def gone(connection: AsyncConnection, network: str, before: datetime.datetime) -> list[Deposit]:
    """Credited deposits that have been in no block since before a moment."""
    query = select(*COLUMNS).where(deposits.c.network == network, deposits.c.orphaned_since <= before)
    return [deposit_of(row) for row in (await connection.execute(query.order_by(deposits.c.id))).mappings()]


async def debts(connection: AsyncConnection, network: str, limit: int) -> list[Deposit]:
    """Deposits for which the books have more than the chain, if nothing is owed for them.

    Those come first whose alarm was raised longest ago, which is done at each try, so that none is hidden by others.
    """
    excess = deposits.c.state == DepositState.CLAWED_BACK
    shrunk = (deposits.c.state == DepositState.CONFIRMING) & (deposits.c.booked > deposits.c.amount)
    query = select(*COLUMNS).where(deposits.c.network == network, deposits.c.booked > 0, excess | shrunk)
    alarm = (
        (chain_alarms.c.network == deposits.c.network)
        & (chain_alarms.c.kind == GONE_ALARM + deposits.c.tid)
        & chain_alarms.c.cleared_at.is_(None)
    )
    query = query.outerjoin(chain_alarms, alarm).where(_nothing_owed())
    query = query.order_by(chain_alarms.c.seen_at.nulls_first(), deposits.c.id).limit(limit)
    return [deposit_of(row) for row in (await connection.execute(query)).mappings()]


async def ripen(connection: AsyncConnection, network: str, height: int) -> int:
    """Mark what has reached its second depth; how many."""
    statement = update(deposits).where(
        deposits.c.network == network,
        deposits.c.state == DepositState.CREDITED,
        deposits.c.withdrawable_at.is_(None),
        deposits.c.orphaned_since.is_(None),
        deposits.c.block_height + deposits.c.withdrawable_depth - 1 <= height,
    )
    return (await connection.execute(statement.values(withdrawable_at=func.now()))).rowcount


async def owe(connection: AsyncConnection, bookings: Sequence[Booking]) -> None:
    """Remember commands that will be sent; their rounds are taken."""
    rows = [
        {
            "deposit_id": booking.deposit_id,
            "round": booking.round,
            "kind": booking.kind.value,
            "key": booking.key,
            "amount": booking.amount,
            "command": booking.command,
            "state": "owed",
        }
        for booking in bookings
    ]
    await connection.execute(insert(deposit_bookings), rows)
    ids = [booking.deposit_id for booking in bookings]
    raised = update(deposits).where(deposits.c.id == func.any(ids)).values(rounds=deposits.c.rounds + 1)
    await connection.execute(raised)


async def owed(connection: AsyncConnection, network: str | None, limit: int) -> list[tuple[Booking, Deposit]]:
    """Commands that are not settled, those never refused first."""
    table = deposit_bookings
    query = (
        select(table.c.deposit_id, table.c.round, table.c.kind, table.c.key, table.c.amount, table.c.command)
        .join(deposits, deposits.c.id == table.c.deposit_id)
        .where(table.c.state == "owed", deposits.c.network.is_not_distinct_from(network))
        .order_by(deposits.c.refusal.is_not(None), table.c.deposit_id)
        .limit(limit)
    )
    bookings = [
        Booking(**{**row, "kind": BookingKind(row["kind"]), "amount": int(row["amount"])})
        for row in (await connection.execute(query)).mappings()
    ]
    ids = [booking.deposit_id for booking in bookings]
    rows = await connection.execute(select(*COLUMNS).where(deposits.c.id == func.any(ids)))
    by_id = {deposit.id: deposit for deposit in map(deposit_of, rows.mappings())}
    return [(booking, by_id[booking.deposit_id]) for booking in bookings]


async def settle(connection: AsyncConnection, booking: Booking, seq: int | None) -> bool:
    """Note that the engine has taken a command, or with None that it never will; False if that was noted before."""
    table = deposit_bookings
    statement = update(table).where(
        table.c.deposit_id == booking.deposit_id, table.c.round == booking.round, table.c.state == "owed"
    )
    state = "void" if seq is None else "done"
    done = await connection.execute(statement.values(state=state, seq=seq, settled_at=func.now()))
    return done.rowcount == 1


async def settle_first_credits(
    connection: AsyncConnection, taken: Sequence[tuple[Booking, int]]
) -> list[tuple[Deposit, Deposit]]:
    """Note at once the credits, with their records, that are the first of deposits in whose blocks nothing has changed:
    the deposits before and after. Those that are left out go the longer way.
    """
    ids = [booking.deposit_id for booking, _ in taken]
    plain = select(*COLUMNS).where(
        deposits.c.id == func.any(ids),
        deposits.c.state == DepositState.CONFIRMING,
        deposits.c.rounds == 1,
        deposits.c.booked == 0,
    )
    rows = await connection.execute(plain.with_for_update())
    before = {deposit.id: deposit for deposit in map(deposit_of, rows.mappings())}
    fit = [
        (booking, seq)
        for booking, seq in taken
        if booking.deposit_id in before and before[booking.deposit_id].amount == booking.amount
    ]
    given = {"ids": [booking.deposit_id for booking, _ in fit], "seqs": [seq for _, seq in fit]}
    noted = set((await connection.execute(_SETTLE_FIRST, given)).scalars())
    keys = [booking.key for booking, _ in fit]
    await connection.execute(_CREDIT_FIRST, {**given, "keys": keys, "noted": list(noted)})
    after = await connection.execute(select(*COLUMNS).where(deposits.c.id == func.any(list(noted))))
    return [(before[deposit.id], deposit) for deposit in map(deposit_of, after.mappings())]


_SETTLE_FIRST: Final = text(
    """
    UPDATE deposit_bookings b SET state = 'done', seq = taken.seq, settled_at = now()
    FROM unnest(CAST(:ids AS bigint[]), CAST(:seqs AS bigint[])) AS taken(id, seq)
    WHERE b.deposit_id = taken.id AND b.round = 1 AND b.kind = 'credit' AND b.state = 'owed'
    RETURNING b.deposit_id
    """
)
_CREDIT_FIRST: Final = text(
    """
    UPDATE deposits d SET state = 'credited', booked = d.amount, refusal = NULL, credit_key = taken.key,
        credited_seq = taken.seq, completed_at = now(), updated_at = now()
    FROM unnest(CAST(:ids AS bigint[]), CAST(:seqs AS bigint[]), CAST(:keys AS text[])) AS taken(id, seq, key)
    WHERE d.id = taken.id AND d.id = ANY(:noted)
    """
)


async def locked(connection: AsyncConnection, deposit_id: int) -> Deposit:
    query = select(*COLUMNS).where(deposits.c.id == deposit_id).with_for_update()
    return deposit_of((await connection.execute(query)).mappings().one())


async def note_swept(connection: AsyncConnection, network: str, payment_ids: Sequence[str]) -> list[Deposit]:
    """Mark deposits whose coins have been swept; those that were not marked before."""
    statement = (
        update(deposits)
        .where(
            deposits.c.network == network,
            deposits.c.payment_id == func.any(list(payment_ids)),
            deposits.c.sweep_state.is_(None),
        )
        .values(sweep_state="collected", updated_at=func.now())
    )
    rows = await connection.execute(statement.returning(*COLUMNS))
    return [deposit_of(row) for row in rows.mappings()]


def _nothing_owed() -> Any:
    owed_for = select(deposit_bookings.c.deposit_id).where(
        deposit_bookings.c.deposit_id == deposits.c.id, deposit_bookings.c.state == "owed"
    )
    return ~owed_for.exists()


async def now(connection: AsyncConnection) -> datetime.datetime:
    """The database's clock: the one that rows are stamped with."""
    moment: datetime.datetime = (await connection.execute(text("SELECT now()"))).scalar_one()
    return moment
