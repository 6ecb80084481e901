"""Send the credits and debits that are owed, and note what the engine has made of them.

Invariant: the same bytes under the same key until the engine has answered, so a crash anywhere in between credits
once. A credit that the engine refuses stays owed, with why, and an alarm is open as long; a debit that finds less than
it asks for is void, and the next one asks for less. Limit: the engine is waited for as long as its client waits.
"""

from collections.abc import Sequence
from typing import Any, Final

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import DESCRIPTIONS, Rejection
from pyxiu.custody import store as chain_store
from pyxiu.custody.deposits import store
from pyxiu.custody.deposits.events import emit_all_updated, emit_updated
from pyxiu.custody.deposits.model import Booking, BookingKind, Deposit, DepositState
from pyxiu.custody.deposits.read_payments import freeze_for, settle_alarm
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.failpoints import failpoint

BATCH: Final = 500
#: The alarm of credits that the engine does not take.
REFUSED: Final = "credit_refused"
#: What alarms about a bank's money are filed under.
BANK: Final = "bank"

_log = structlog.stdlib.get_logger("pyxiu.deposits")


async def send_bookings(services: CustodyServices, network: str | None) -> int:
    """Send all that is owed on a network, or with None for a bank's money; how many credits were taken."""
    credited = 0
    while True:
        async with services.database.connect() as connection:
            owed = await store.owed(connection, network, BATCH)
        if not owed:
            return credited
        outcomes = await services.engine.submit_many([booking.command for booking, _ in owed])
        failpoint("booking_after_command")
        async with services.database.begin() as connection:
            taken, refused = await _note_all(connection, network, [booking for booking, _ in owed], outcomes)
            failpoint("booking_before_commit")
        credited += taken
        if refused or len(owed) < BATCH:
            return credited


async def _note_all(
    connection: AsyncConnection, network: str | None, bookings: Sequence[Booking], outcomes: Sequence[Outcome]
) -> tuple[int, int]:
    """How many credits were taken, and how many refused."""
    height = None
    if network is not None:
        await chain_store.lock_network(connection, network)
        last = await chain_store.last_block(connection, network)
        height = None if last is None else last.height
    answered = list(zip(bookings, outcomes, strict=True))
    accepted = [(booking, outcome.seq) for booking, outcome in answered if outcome.rejection is Rejection.NONE]
    changes = await store.settle_first_credits(connection, accepted)
    await emit_all_updated(connection, changes, height)
    done = {after.id for _, after in changes}
    taken, refused = len(done), 0
    for booking, outcome in answered:
        if booking.deposit_id in done:
            continue
        if outcome.rejection is Rejection.NONE:
            taken += await _note_taken(connection, booking, outcome.seq, height)
        elif booking.kind is BookingKind.DEBIT and outcome.rejection is Rejection.INSUFFICIENT_BALANCE:
            await store.settle(connection, booking, None)
        else:
            refused += 1
            await _note_refused(connection, network, booking, outcome.rejection)
    if not refused:
        await chain_store.clear_alarm(connection, network or BANK, REFUSED)
    return taken, refused


async def _note_taken(connection: AsyncConnection, booking: Booking, seq: int, height: int | None) -> int:
    if not await store.settle(connection, booking, seq):
        return 0
    before = await store.locked(connection, booking.deposit_id)
    if booking.kind is BookingKind.DEBIT:
        await store.step(connection, before.id, booked=before.booked - booking.amount, refusal=None)
        return 0
    values = {"refusal": None, "credit_key": booking.key, "credited_seq": seq}
    booked = before.booked + booking.amount
    after = await store.step(connection, before.id, booked=booked, **values, **_credited(before, booked))
    await _raise_or_settle(connection, after)
    await emit_updated(connection, before, after, height)
    return 1


def _credited(deposit: Deposit, booked: int) -> dict[str, Any]:
    """What a credit makes of a deposit, which may have lost its block or changed while the engine was at it."""
    completed = {"completed_at": deposit.completed_at or func.now()}
    match deposit.state:
        case DepositState.SUBMITTED:
            return {"state": DepositState.CREDITED, "withdrawable_at": func.now(), **completed}
        case DepositState.CONFIRMING if booked == deposit.amount:
            return {"state": DepositState.CREDITED, **completed}
        case DepositState.ORPHANED:
            return {"state": DepositState.CLAWED_BACK, **completed}
        case _:
            return completed


async def _raise_or_settle(connection: AsyncConnection, deposit: Deposit) -> None:
    if deposit.network is None:
        return
    if deposit.state is DepositState.CREDITED:
        await settle_alarm(connection, deposit.network, deposit)
    elif deposit.block_height is None:
        await freeze_for(connection, deposit.network, deposit)


async def _note_refused(
    connection: AsyncConnection, network: str | None, booking: Booking, rejection: Rejection
) -> None:
    why = f"{rejection.name}: {DESCRIPTIONS[rejection]}"
    deposit = await store.step(connection, booking.deposit_id, refusal=why)
    told = f"the engine does not take the {booking.kind} of deposit {deposit.tid}: {why}"
    _log.error("deposit refused by the engine", tid=deposit.tid, uid=deposit.uid, why=why)
    await chain_store.raise_alarm(connection, network or BANK, REFUSED, told)
