"""The SQL of withdrawals: writing them, moving them from state to state, finding those that are to be paid.

    async with services.database.begin() as connection:
        for withdrawal in await approved_withdrawals(connection, "litecoin", 50):
            await move(connection, withdrawal.id, WithdrawalState.PAYING, payout_id=payout)

Invariant: `move` locks the row, checks the step and announces it, in the caller's transaction; the table's trigger
checks it again. Limit: commands to the engine are `deliver.py`'s.
"""

import datetime
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import RowMapping, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.withdrawals.events import emit_created, emit_updated
from pyxiu.custody.withdrawals.model import NewWithdrawal, Owed, Withdrawal
from pyxiu.custody.withdrawals.states import FINAL, GIVEN_BACK, WithdrawalState, check_step
from pyxiu.custody.withdrawals.tables import withdrawal_approvals, withdrawals

#: "pyxiu" + 0x10: what a member asks to be paid out is decided one request after the other.
MEMBER_LOCK: Final = 0x7079_7810
#: How long a request waits for another one of the same member before it gives up.
LOCK_TIMEOUT: Final = "5s"


async def lock_member(connection: AsyncConnection, uid: str) -> None:
    """Until the transaction ends, nothing else of this member is asked for: limits and ids are looked at in peace."""
    await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(:lock, hashtext(:uid))"), {"lock": MEMBER_LOCK, "uid": uid}
    )


async def insert_withdrawal(connection: AsyncConnection, new: NewWithdrawal) -> Withdrawal:
    """Ask for it: from now on the engine is owed the hold."""
    values = {name: getattr(new, name) for name in new.__struct_fields__}
    row = (await connection.execute(insert(withdrawals).values(values).returning(withdrawals))).mappings().one()
    withdrawal = withdrawal_of(row)
    await emit_created(connection, withdrawal)
    return withdrawal


async def find(connection: AsyncConnection, withdrawal_id: int) -> Withdrawal | None:
    return await _one(connection, withdrawals.c.id == withdrawal_id)


async def find_by_tid(connection: AsyncConnection, tid: str) -> Withdrawal | None:
    return await _one(connection, withdrawals.c.tid == tid)


async def find_by_client_id(connection: AsyncConnection, uid: str, client_id: str) -> Withdrawal | None:
    return await _one(connection, withdrawals.c.uid == uid, withdrawals.c.client_id == client_id)


async def lock(connection: AsyncConnection, withdrawal_id: int) -> Withdrawal:
    """The row, which nobody else moves before the transaction ends."""
    query = select(withdrawals).where(withdrawals.c.id == withdrawal_id).with_for_update()
    return withdrawal_of((await connection.execute(query)).mappings().one())


async def approved_withdrawals(
    connection: AsyncConnection, network: str, limit: int, after: Mapping[str, int] | None = None
) -> list[Withdrawal]:
    """Those that may be paid on a network, locked, in the order of their turns: of each currency the oldest `after` the
    one that is named for it, then from the oldest on again.

    At most `limit`, of which each currency has as many as any other; at least one of each, however many there are.
    Those of frozen members, and those that another process has locked, are passed over.
    """
    query = text(
        """
        WITH queue AS (
            SELECT w.id, row_number() OVER (
                PARTITION BY w.currency ORDER BY w.id <= coalesce(t.after, 0), w.id
            ) AS place
            FROM withdrawals w
                LEFT JOIN unnest(CAST(:currencies AS text[]), CAST(:after AS bigint[])) AS t(currency, after)
                    ON t.currency = w.currency
            WHERE w.state = 'approved' AND w.network = :network AND NOT EXISTS (
                SELECT 1 FROM member_freezes f WHERE f.uid = w.uid AND f.lifted_at IS NULL
            )
        ), turns AS (
            SELECT id, place, row_number() OVER (ORDER BY place, id) AS turn FROM queue
        )
        SELECT w.* FROM withdrawals w JOIN turns ON turns.id = w.id
        WHERE w.state = 'approved' AND (turns.turn <= :limit OR turns.place = 1)
        ORDER BY turns.turn FOR UPDATE OF w SKIP LOCKED
        """
    )
    after = after or {}
    given = {"network": network, "limit": limit, "currencies": list(after), "after": list(after.values())}
    return [withdrawal_of(row) for row in (await connection.execute(query, given)).mappings()]


async def owed_ids(connection: AsyncConnection, limit: int, *, older_s: float = 0.0) -> list[int]:
    """Withdrawals that the engine is owed a command for, the oldest first."""
    query = select(withdrawals.c.id).where(withdrawals.c.owed.is_not(None))
    if older_s:
        query = query.where(withdrawals.c.state_since < func.now() - datetime.timedelta(seconds=older_s))
    return list((await connection.execute(query.order_by(withdrawals.c.id).limit(limit))).scalars())


async def move(  # noqa: PLR0913 - what a step may bring along is told apart by name
    connection: AsyncConnection,
    withdrawal_id: int,
    to: WithdrawalState,
    *,
    reason: str | None = None,
    txid: str | None = None,
    block_height: int | None = None,
    payout_id: int | None = None,
    hold_seq: int | None = None,
) -> Withdrawal:
    """Take one step; None leaves what is there. Raises IllegalStepError for one that is not in the table."""
    before = await lock(connection, withdrawal_id)
    check_step(before.tid, before.state, to)
    given: dict[str, Any] = {
        "reason": reason,
        "txid": txid,
        "block_height": block_height,
        "payout_id": payout_id,
        "hold_seq": hold_seq,
    }
    values = {name: value for name, value in given.items() if value is not None}
    if to in FINAL:
        values["done_at"] = func.now()
    owed = _owed_after(before, to)
    statement = (
        update(withdrawals)
        .where(withdrawals.c.id == withdrawal_id)
        .values(state=to.value, owed=owed, **values)
        .returning(withdrawals)
    )
    after = withdrawal_of((await connection.execute(statement)).mappings().one())
    await emit_updated(connection, before, after)
    return after


def _owed_after(before: Withdrawal, to: WithdrawalState) -> str | None:
    """What the engine is owed by a step: what was held goes back, or out."""
    if to is WithdrawalState.CONFIRMED:
        return Owed.SETTLE.value
    if to in GIVEN_BACK and before.state is not WithdrawalState.REQUESTED:
        return Owed.RELEASE.value
    return None


async def note_chain(
    connection: AsyncConnection, withdrawal_id: int, *, txid: str | None = None, block_height: int | None = None
) -> Withdrawal:
    """What the chain says of a payment that is under way (the block may also be gone again), without a step."""
    before = await lock(connection, withdrawal_id)
    values: dict[str, Any] = {"block_height": block_height, **({"txid": txid} if txid else {})}
    statement = update(withdrawals).where(withdrawals.c.id == withdrawal_id).values(values).returning(withdrawals)
    after = withdrawal_of((await connection.execute(statement)).mappings().one())
    if (before.txid, before.block_height) != (after.txid, after.block_height):
        await emit_updated(connection, before, after)
    return after


async def note_payout(connection: AsyncConnection, withdrawal_id: int, payout_id: int) -> None:
    """Another payout is to pay it: the one before was dissolved without a signature."""
    await connection.execute(update(withdrawals).where(withdrawals.c.id == withdrawal_id).values(payout_id=payout_id))


async def clear_owed(connection: AsyncConnection, withdrawal_id: int, seq: int) -> Withdrawal:
    """The engine has been told, and its record is `seq`."""
    statement = update(withdrawals).where(withdrawals.c.id == withdrawal_id).values(owed=None, hold_seq=seq)
    return withdrawal_of((await connection.execute(statement.returning(withdrawals))).mappings().one())


async def put_decision(
    connection: AsyncConnection, withdrawal: Withdrawal, *, approver_uid: str, decision: str, reason: str
) -> None:
    row = {
        "withdrawal_id": withdrawal.id,
        "approver_uid": approver_uid,
        "decision": decision,
        "payload_hash": withdrawal.proof_hash,
        "reason": reason,
    }
    await connection.execute(insert(withdrawal_approvals).values(row))


async def approvers(connection: AsyncConnection, withdrawal_id: int) -> list[str]:
    """Who has approved it, in order."""
    table = withdrawal_approvals
    query = select(table.c.approver_uid).where(table.c.withdrawal_id == withdrawal_id, table.c.decision == "approve")
    return list((await connection.execute(query.order_by(table.c.id))).scalars())


class StaffDecision(NamedTuple):
    approver_uid: str
    decision: str
    reason: str
    at: datetime.datetime


async def decisions_of(connection: AsyncConnection, withdrawal_id: int) -> list[StaffDecision]:
    """What staff has decided about it, in order."""
    table = withdrawal_approvals
    query = select(*(table.c[name] for name in StaffDecision._fields)).where(table.c.withdrawal_id == withdrawal_id)
    return [StaffDecision(*row) for row in await connection.execute(query.order_by(table.c.id))]


async def _one(connection: AsyncConnection, *where: Any) -> Withdrawal | None:
    row = (await connection.execute(select(withdrawals).where(*where))).mappings().one_or_none()
    return None if row is None else withdrawal_of(row)


def withdrawal_of(row: RowMapping) -> Withdrawal:
    values = {name: row[name] for name in Withdrawal.__struct_fields__}
    for name in ("sum", "fee", "amount"):
        values[name] = int(values[name])
    values["state"] = WithdrawalState(values["state"])
    values["owed"] = None if values["owed"] is None else Owed(values["owed"])
    return Withdrawal(**values)
