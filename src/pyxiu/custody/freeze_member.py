"""Stop a member's withdrawals, and let them go on, by staff's decision.

Invariant: who and why is kept with the freeze and among the activities. Limit: a freeze that a deposit raised may be
lifted while the deposit is a debt still; its alarm is closed with it, and the debt stays with the deposit.
"""

from pyxiu.custody import freezes, store
from pyxiu.custody.activities import note_activity
from pyxiu.custody.deposits.read_payments import alarm_of
from pyxiu.custody.deposits.store import locked
from pyxiu.custody.services import CustodyServices


async def freeze_member(services: CustodyServices, uid: str, *, actor: str, reason: str) -> None:
    async with services.database.begin() as connection:
        await freezes.freeze(connection, uid, reason, actor=actor)
        await note_activity(connection, actor=actor, action="member.freeze", about=f"member:{uid}", reason=reason)


async def lift_freeze(services: CustodyServices, freeze_id: int, *, actor: str, reason: str) -> bool:
    """False if there is no open one of that number."""
    async with services.database.begin() as connection:
        freeze = await freezes.find(connection, freeze_id)
        if freeze is None or not await freezes.lift(connection, freeze_id, actor=actor, reason=reason):
            return False
        if freeze.deposit_id is not None:
            deposit = await locked(connection, freeze.deposit_id)
            await store.clear_alarm(connection, deposit.network or "", alarm_of(deposit))
        about = f"member:{freeze.uid}"
        await note_activity(connection, actor=actor, action="member.lift_freeze", about=about, reason=reason)
    return True
