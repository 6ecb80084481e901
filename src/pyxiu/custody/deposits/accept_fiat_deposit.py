"""Credit money that a bank has confirmed: what is owed to the engine is committed first, then sent.

Invariant: however often a deposit is accepted, it is credited once. Limit: where the engine is away the credit stays
owed, and the watcher sends it when it is back.
"""

from pyxiu.custody.activities import note_activity
from pyxiu.custody.deposits import store
from pyxiu.custody.deposits.bookings import credit_of
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.deposits.send_bookings import send_bookings
from pyxiu.custody.services import CustodyServices


async def accept_fiat_deposit(services: CustodyServices, tid: str, *, actor: str, reason: str) -> Deposit | str:
    """The deposit as it is then; or why it cannot be accepted. Raises the faults of the engine's client."""
    async with services.database.begin() as connection:
        deposit = await store.by_tid(connection, tid, lock=True)
        if deposit is None or deposit.network is not None:
            return f"no deposit of a bank {tid}"
        if deposit.state is DepositState.CREDITED:
            return deposit
        if deposit.state is not DepositState.SUBMITTED:
            return f"{tid} is {deposit.state}"
        if deposit.rounds == 0:
            await store.owe(connection, [credit_of(deposit)])
            await note_activity(connection, actor=actor, action="deposit.accept", about=f"deposit:{tid}", reason=reason)
    await send_bookings(services, None)
    async with services.database.connect() as connection:
        after = await store.by_tid(connection, tid)
    assert after is not None, tid
    return after
