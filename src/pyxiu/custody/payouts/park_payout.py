"""Set a payout aside for a person, and take it up again.

Invariant: what was never signed gives back what it holds at once and is reserved anew when it goes on; what was signed
keeps it, because it may be on the chain. Its withdrawals are shown as parked meanwhile. Limit: parking stops us, not
the chain: a signed payout may still confirm, and is settled then.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.model import Attempt, AttemptKind, AttemptState, Payout
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.custody.withdrawals.states import WithdrawalState


async def park(connection: AsyncConnection, payout: Payout, reason: str) -> Payout:
    """The caller holds the payout's lock; it is in no final state."""
    if payout.state is PayoutState.PARKED:
        await store.note(connection, payout.id, reason=reason)
        return payout
    if not await is_signed(connection, payout.id):
        await withdraw_requests(connection, payout.id, reason)
        await reservations.release(connection, payout.id)
    await move_withdrawals(connection, payout.id, WithdrawalState.PARKED, reason=reason)
    return await store.move(connection, payout, PayoutState.PARKED, reason=reason)


async def resume(connection: AsyncConnection, payout: Payout) -> Payout:
    """Back to where it can go on from; the caller holds the lock."""
    assert payout.state is PayoutState.PARKED, payout
    to = PayoutState.PLANNED
    if await is_signed(connection, payout.id):
        sent = any(one.state is AttemptState.BROADCAST for one in await store.attempts_of(connection, payout.id))
        to = PayoutState.BROADCAST if sent else PayoutState.SIGNED
    await move_withdrawals(connection, payout.id, WithdrawalState.PAYING)
    return await store.move(connection, payout, to)


async def begin_again(connection: AsyncConnection, payout: Payout, reason: str) -> Payout:
    """One that was reserved and not signed gives back what it holds and is reserved anew; the caller holds the lock."""
    assert payout.state is PayoutState.RESERVED, payout
    assert not await is_signed(connection, payout.id), payout
    await withdraw_requests(connection, payout.id, reason)
    await reservations.release(connection, payout.id)
    # The table lets nothing but what was set aside be planned again. No person has to look, so it is so for a moment
    # only, and its withdrawals do not show it.
    parked = await store.move(connection, payout, PayoutState.PARKED, reason=reason)
    return await store.move(connection, parked, PayoutState.PLANNED, reason=reason)


async def dissolve(connection: AsyncConnection, payout: Payout, reason: str) -> list[int]:
    """A batch that was never signed and has a bad member: each withdrawal becomes a payout of its own, so that the bad
    one is alone (T-58). The new payouts' ids; the caller holds the lock.
    """
    assert not await is_signed(connection, payout.id), payout
    outputs = await store.outputs_of(connection, payout.id)
    await withdraw_requests(connection, payout.id, reason)
    await reservations.release(connection, payout.id)
    await store.drop_outputs(connection, payout.id)
    made = []
    for output in outputs:
        alone = await store.put_same(connection, payout, output)
        if output.withdrawal_id is not None:
            await withdrawals.note_payout(connection, output.withdrawal_id, alone.id)
        made.append(alone.id)
    await store.move(connection, payout, PayoutState.FAILED, reason=reason)
    return made


async def is_signed(connection: AsyncConnection, payout_id: int) -> bool:
    """Whether it may be on the chain."""
    return any(map(was_signed, await store.attempts_of(connection, payout_id)))


def was_signed(attempt: Attempt) -> bool:
    return attempt.signed is not None or attempt.kind is AttemptKind.ADOPTED


async def withdraw_requests(connection: AsyncConnection, payout_id: int, reason: str) -> None:
    """The signer need not sign what it has not signed yet."""
    for attempt in await store.attempts_of(connection, payout_id):
        if attempt.state is AttemptState.REQUESTED:
            await store.set_attempt(connection, attempt.id, state=AttemptState.REFUSED.value, reason=reason)


async def move_withdrawals(
    connection: AsyncConnection, payout_id: int, to: WithdrawalState, *, reason: str | None = None
) -> None:
    """All that this payout pays, as far as they are not there already."""
    for output in await store.outputs_of(connection, payout_id):
        if output.withdrawal_id is None:
            continue
        row = await withdrawals.lock(connection, output.withdrawal_id)
        if row.state in (WithdrawalState.PAYING, WithdrawalState.PARKED) and row.state is not to:
            await withdrawals.move(connection, row.id, to, reason=reason)
