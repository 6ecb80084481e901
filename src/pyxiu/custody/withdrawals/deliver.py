"""Tell the engine what a withdrawal owes it: place the hold, give it back, or let it out.

    withdrawal = await deliver(services, withdrawal_id)

Invariant: the row stays locked from the look at it to the engine's answer and the step that follows from that, so no
other process sends the other command in between; every command has the withdrawal's own key, so one that is sent again
after a crash has its effect once. Limit: a refusal that cannot be (an unknown hold) is a bug: it stays owed, is logged
and becomes an alarm.
"""

from typing import assert_never

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import Command, PlaceHold, ReleaseHold, SettleHold
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, HoldId, MemberId
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.model import Owed, Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.failpoints import failpoint

#: Why a withdrawal was canceled that could not be held.
INSUFFICIENT_BALANCE = "insufficient_balance"

log = structlog.get_logger(__name__)


async def deliver(services: CustodyServices, withdrawal_id: int) -> Withdrawal:
    """The withdrawal after what it owed was told; as it is if it owes nothing."""
    async with services.database.begin() as connection:
        return await deliver_locked(connection, services, await store.lock(connection, withdrawal_id))


async def deliver_locked(connection: AsyncConnection, services: CustodyServices, row: Withdrawal) -> Withdrawal:
    """The same in a transaction that has locked the row."""
    if row.owed is None:
        return row
    failpoint("withdrawal_before_command")
    outcome = await _send(services, command_of(row, row.owed))
    failpoint("withdrawal_after_command_before_step")
    match row.owed:
        case Owed.PLACE:
            return await _placed(connection, row, outcome)
        case Owed.RELEASE | Owed.SETTLE:
            if outcome.rejection is not Rejection.NONE:
                log.error("withdrawal_command_refused", tid=row.tid, owed=row.owed, rejection=outcome.rejection.name)
                return row
            return await store.clear_owed(connection, row.id, outcome.seq)
        case _ as never:
            assert_never(never)


def command_of(row: Withdrawal, owed: Owed) -> Command:
    """The command with the key that makes a repetition harmless."""
    hold = HoldId(row.hold_id)
    match owed:
        case Owed.PLACE:
            return PlaceHold(hold, MemberId(row.uid), AssetId(row.currency), pack(row.sum))
        case Owed.RELEASE:
            return ReleaseHold(f"wd-release:{row.tid}", hold)
        case Owed.SETTLE:
            return SettleHold(f"wd-settle:{row.tid}", hold, pack(row.amount), pack(row.fee))
        case _ as never:
            assert_never(never)


async def _placed(connection: AsyncConnection, row: Withdrawal, outcome: Outcome) -> Withdrawal:
    """Held; and approved at once where nothing speaks for a look at it."""
    if outcome.rejection is not Rejection.NONE:
        reason = outcome.rejection.name.lower()
        if outcome.rejection is not Rejection.INSUFFICIENT_BALANCE:
            log.error("withdrawal_not_held", tid=row.tid, rejection=outcome.rejection.name)
        return await store.move(connection, row.id, WithdrawalState.CANCELED, reason=reason)
    held = await store.move(connection, row.id, WithdrawalState.HELD, hold_seq=outcome.seq)
    if held.approvals_needed:
        return held
    return await store.move(connection, row.id, WithdrawalState.APPROVED)


async def _send(services: CustodyServices, command: Command) -> Outcome:
    (outcome,) = await services.engine.submit_many([encode_command(command)])
    return outcome
