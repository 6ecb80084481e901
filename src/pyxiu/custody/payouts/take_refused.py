"""Take back what the signer has refused: a batch is taken apart so that the bad one is alone; one alone is parked.

Invariant: only payouts that were never signed come here, so nothing of them is on the chain (T-58). Limit: a refused
further attempt changes nothing: the first one is on its way.
"""

from pyxiu.custody.faults import in_turn
from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import AttemptState, Purpose
from pyxiu.custody.payouts.park_payout import dissolve, is_signed, park
from pyxiu.custody.payouts.states import PayoutState

AT_ONCE = 50


async def take_refused(desk: Desk) -> int:
    """How many were refused. Raises TransientError at the end if some had trouble."""
    async with desk.services.database.connect() as connection:
        after = desk.turns.before("refused")
        ids = await store.followed_ids(connection, desk.key, [PayoutState.RESERVED], after=after, limit=AT_ONCE)
    desk.turns.ended("refused", ids)
    return await in_turn("payout", ids, lambda payout_id: _take(desk, payout_id))


async def _take(desk: Desk, payout_id: int) -> bool:
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        attempts = await store.attempts_of(connection, payout_id)
        if payout.state is not PayoutState.RESERVED or await is_signed(connection, payout_id):
            return False
        if any(one.state is not AttemptState.REFUSED for one in attempts):
            return False
        reason = payout.reason or "the signer refused"
        outputs = await store.outputs_of(connection, payout_id)
        if payout.purpose is Purpose.WITHDRAWAL and len(outputs) > 1:
            await dissolve(connection, payout, reason)
        else:
            await park(connection, payout, reason)
    return True
