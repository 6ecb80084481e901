"""Staff's decisions: approve, reject or cancel what waits, mark fiat as paid or failed.

Invariant: each names who and why, in the transaction of the step, in the decision's own row and in custody's trail;
nobody decides about an own withdrawal, and above the threshold it takes two, which the database sees to. Limit: who is
staff is decided by whoever calls.
"""

from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.activities import note_activity
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.deliver import deliver, deliver_locked
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import TRANSITIONS, WithdrawalState


class Undecided(StrEnum):
    """Why a decision is not taken."""

    UNKNOWN = "there is no such withdrawal"
    OWNER = "nobody decides about an own withdrawal"
    ALREADY = "this approver has approved it already"
    NOT_WAITING = "it does not wait for this decision"
    NOT_FIAT = "the chain decides about coins"


async def approve(services: CustodyServices, tid: str, *, actor: str, reason: str) -> Withdrawal | Undecided:
    """One approval; with the last one that is needed it may be paid."""
    async with services.database.begin() as connection:
        row = await _locked(connection, tid)
        if row is None:
            return Undecided.UNKNOWN
        if row.uid == actor:
            return Undecided.OWNER
        if row.state is not WithdrawalState.HELD:
            return Undecided.NOT_WAITING
        if actor in await store.approvers(connection, row.id):
            return Undecided.ALREADY
        await store.put_decision(connection, row, approver_uid=actor, decision="approve", reason=reason)
        if len(await store.approvers(connection, row.id)) >= row.approvals_needed:
            row = await store.move(connection, row.id, WithdrawalState.APPROVED)
        await _note(connection, row, actor=actor, action="withdrawal.approve", reason=reason)
        return row


async def reject(services: CustodyServices, tid: str, *, actor: str, reason: str) -> Withdrawal | Undecided:
    """It is not paid, and what was held goes back."""
    async with services.database.begin() as connection:
        row = await _locked(connection, tid)
        if row is None:
            return Undecided.UNKNOWN
        if row.uid == actor:
            return Undecided.OWNER
        if WithdrawalState.REJECTED not in TRANSITIONS[row.state]:
            return Undecided.NOT_WAITING
        await store.put_decision(connection, row, approver_uid=actor, decision="reject", reason=reason)
        row = await store.move(connection, row.id, WithdrawalState.REJECTED, reason=reason)
        await _note(connection, row, actor=actor, action="withdrawal.reject", reason=reason)
    return await deliver(services, row.id)


async def cancel(services: CustodyServices, tid: str, *, actor: str, reason: str) -> Withdrawal | Undecided:
    """What the member could do as well, done for the member."""
    async with services.database.begin() as connection:
        row = await _locked(connection, tid)
        if row is None:
            return Undecided.UNKNOWN
        if row.state is WithdrawalState.REQUESTED:
            row = await deliver_locked(connection, services, row)
        if row.state is not WithdrawalState.HELD:
            return Undecided.NOT_WAITING
        row = await store.move(connection, row.id, WithdrawalState.CANCELED, reason=reason)
        await _note(connection, row, actor=actor, action="withdrawal.cancel", reason=reason)
    return await deliver(services, row.id)


async def mark_paid(
    services: CustodyServices, tid: str, *, actor: str, reason: str, reference: str | None = None
) -> Withdrawal | Undecided:
    """Of fiat: the bank has paid it; `reference` is the bank's."""
    async with services.database.begin() as connection:
        row = await _fiat_paying(connection, tid)
        if isinstance(row, Undecided):
            return row
        row = await store.move(connection, row.id, WithdrawalState.CONFIRMED, txid=reference)
        await _note(connection, row, actor=actor, action="withdrawal.paid", reason=reason)
    return await deliver(services, row.id)


async def mark_failed(services: CustodyServices, tid: str, *, actor: str, reason: str) -> Withdrawal | Undecided:
    """Of fiat: the bank has not paid it and will not; what was held goes back."""
    async with services.database.begin() as connection:
        row = await _fiat_paying(connection, tid)
        if isinstance(row, Undecided):
            return row
        row = await store.move(connection, row.id, WithdrawalState.FAILED, reason=reason)
        await _note(connection, row, actor=actor, action="withdrawal.failed", reason=reason)
    return await deliver(services, row.id)


async def _fiat_paying(connection: AsyncConnection, tid: str) -> Withdrawal | Undecided:
    """A fiat withdrawal that is being paid; an approved one is from now on."""
    row = await _locked(connection, tid)
    if row is None:
        return Undecided.UNKNOWN
    if row.network is not None:
        return Undecided.NOT_FIAT
    if row.state is WithdrawalState.APPROVED:
        return await store.move(connection, row.id, WithdrawalState.PAYING)
    return row if row.state is WithdrawalState.PAYING else Undecided.NOT_WAITING


async def _locked(connection: AsyncConnection, tid: str) -> Withdrawal | None:
    row = await store.find_by_tid(connection, tid)
    return None if row is None else await store.lock(connection, row.id)


async def _note(connection: AsyncConnection, row: Withdrawal, *, actor: str, action: str, reason: str) -> None:
    await note_activity(
        connection,
        actor=actor,
        action=action,
        about=f"withdrawal:{row.tid}",
        reason=reason,
        uid=row.uid,
        state=row.state.value,
        currency=row.currency,
        amount=str(row.amount),
    )
