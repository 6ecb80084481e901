"""Approve payloads: the scheduler's word that policy allows exactly these bytes, for the signer to check.

Invariant: an approval is given for a payload's hash, after every withdrawal in it was compared with its own row and
hash once more (W-6); it is written once. Limit: the signer decides for itself again.
"""

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.faults import Faults
from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Attempt, AttemptState, Payout
from pyxiu.custody.payouts.park_payout import park
from pyxiu.custody.payouts.payload import read_payload
from pyxiu.custody.payouts.states import FINAL, PayoutState
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.custody.withdrawals.payload import withdrawal_hash
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

AT_ONCE = 50


async def request_signatures(desk: Desk) -> int:
    """How many payloads were approved. Raises TransientError at the end if some had trouble."""
    async with desk.services.database.connect() as connection:
        waiting = await store.unapproved_attempts(connection, desk.key, limit=AT_ONCE)
    approved, faults = 0, Faults()
    for attempt_id, payout_id in waiting:
        with faults.of(f"payout {payout_id}"):
            async with desk.services.database.begin() as connection:
                approved += await _approve(connection, desk, attempt_id, payout_id)
        failpoint("payout_approved")
    faults.raise_any()
    return approved


async def _approve(connection: AsyncConnection, desk: Desk, attempt_id: int, payout_id: int) -> bool:
    payout = await store.lock_payout(connection, payout_id)
    attempt = next(one for one in await store.attempts_of(connection, payout_id) if one.id == attempt_id)
    if payout.state in FINAL | {PayoutState.PARKED} or attempt.state is not AttemptState.REQUESTED:
        return False
    wrong = await _wrong(connection, desk, payout, attempt)
    if wrong is not None:
        log.error("payout_not_approved", payout=payout_id, reason=wrong)
        await park(connection, payout, wrong)
        return False
    await store.set_attempt(connection, attempt_id, approval=desk.approve(attempt.payload_hash))
    return True


async def _wrong(connection: AsyncConnection, desk: Desk, payout: Payout, attempt: Attempt) -> str | None:
    """Why policy does not allow it; None if it does."""
    payload = read_payload(attempt.payload)
    asset = await desk.asset(payout.currency)
    if asset is None:
        return f"{payout.currency} does not move on {desk.key} any more"
    outputs = {output.ordinal: output for output in await store.outputs_of(connection, payout.id)}
    if payload.outputs and len(payload.outputs) != len(outputs):
        return "the payload has other outputs than the payout"
    for output in outputs.values():
        if output.withdrawal_id is None:
            continue
        row = await withdrawals.lock(connection, output.withdrawal_id)
        if (row.state, row.payout_id) != (WithdrawalState.PAYING, payout.id):
            return f"{row.tid} is {row.state}, not being paid by this payout"
        amount = asset.from_chain(output.chain_amount)
        if amount is None:
            return f"{row.tid}: the amount has more digits than the engine keeps"
        real = withdrawal_hash(
            tid=row.tid, network=desk.key, currency=payout.currency, address=output.address, amount=amount
        )
        if real != row.proof_hash:
            return f"{row.tid} is not what was confirmed: address, amount, currency or network differ"
    return None
