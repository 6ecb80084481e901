"""End a bank's deposit that was not accepted: canceled by whoever sent it, or rejected by staff.

Invariant: one that is credited, or about to be, does not end so. Limit: money that was credited goes back by a
withdrawal or an adjustment.
"""

from typing import Literal

from pyxiu.custody.activities import note_activity
from pyxiu.custody.deposits import store
from pyxiu.custody.deposits.events import emit_updated
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.services import CustodyServices

Ending = Literal["cancel", "reject"]
_STATES = {"cancel": DepositState.CANCELED, "reject": DepositState.REJECTED}


async def cancel_fiat_deposit(
    services: CustodyServices, tid: str, *, ending: Ending, actor: str, reason: str
) -> Deposit | str:
    """The deposit as it is then; or why it cannot end so."""
    async with services.database.begin() as connection:
        deposit = await store.by_tid(connection, tid, lock=True)
        if deposit is None or deposit.network is not None:
            return f"no deposit of a bank {tid}"
        if deposit.state is _STATES[ending]:
            return deposit
        if deposit.state is not DepositState.SUBMITTED or deposit.rounds:
            return f"{tid} is {'being credited' if deposit.rounds else deposit.state}"
        after = await store.step(connection, deposit.id, state=_STATES[ending])
        await emit_updated(connection, deposit, after, None)
        about = f"deposit:{tid}"
        await note_activity(connection, actor=actor, action=f"deposit.{ending}", about=about, reason=reason)
    return after
