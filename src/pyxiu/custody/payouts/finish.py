"""Tell whoever planned a payout how it has ended.

`DONE` is the table of who is told what, by purpose; a handler is called with the final payout and its outputs, again
after a crash, so it must be harmless twice. Invariant: a payout counts as settled when its handler has returned. Limit:
a handler that keeps failing is an alarm, and holds up no other payout.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.model import Output, Payout, Purpose
from pyxiu.custody.payouts.states import FINAL, PayoutState
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.settle_withdrawal import give_back, settle
from pyxiu.kit.clock import now_of
from pyxiu.kit.errors import TransientError
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

#: Called with the final payout and its outputs.
PayoutDone = Callable[[CustodyServices, Payout, Sequence[Output]], Awaitable[None]]

AT_ONCE = 200


async def withdrawals_done(services: CustodyServices, payout: Payout, outputs: Sequence[Output]) -> None:
    """The funds leave for good, or go back."""
    for output in outputs:
        assert output.withdrawal_id is not None, output
        if payout.state is PayoutState.CONFIRMED:
            await settle(services, output.withdrawal_id, txid=payout.txid, block_height=payout.block_height)
        else:
            await give_back(services, output.withdrawal_id, payout.reason or "")


async def nothing_to_do(services: CustodyServices, payout: Payout, outputs: Sequence[Output]) -> None:
    """Moves between wallets of ours change nobody's balance."""


DONE: Final[dict[Purpose, PayoutDone]] = {
    Purpose.WITHDRAWAL: withdrawals_done,
    Purpose.SWEEP: nothing_to_do,
    Purpose.GAS: nothing_to_do,
    Purpose.TREASURY: nothing_to_do,
}


async def finish_payouts(services: CustodyServices) -> int:
    """How many were settled. Raises TransientError at the end if some could not be."""
    async with services.database.connect() as connection:
        ids = await store.unsettled(connection, limit=AT_ONCE)
    failed = []
    for payout_id in ids:
        try:
            await _finish(services, payout_id)
        except TransientError as error:
            log.warning("payout_not_settled", payout=payout_id, error=str(error))
            failed.append(payout_id)
    if failed:
        raise TransientError(f"payouts that could not be settled: {failed}")
    return len(ids)


async def _finish(services: CustodyServices, payout_id: int) -> None:
    async with services.database.connect() as connection:
        payout = await store.find_payout(connection, payout_id)
        assert payout is not None, payout_id
        assert payout.state in FINAL, payout
        outputs = await store.outputs_of(connection, payout_id)
    await DONE[payout.purpose](services, payout, outputs)
    failpoint("payout_settled_before_note")
    async with services.database.begin() as connection:
        locked = await store.lock_payout(connection, payout_id)
        if locked.settled_at is None:
            await store.note(connection, payout_id, settled_at=now_of(services.clock))
