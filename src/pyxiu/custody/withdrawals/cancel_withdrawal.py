"""A member takes a withdrawal back, as long as nobody has approved it.

Invariant: a request that the engine has not answered yet is brought to its hold first, so that no hold is placed after
it was given back. Limit: what is approved may be on its way out; only staff can still stop it.
"""

from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.deliver import deliver, deliver_locked
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.failpoints import failpoint

BY_MEMBER = "by_member"


async def cancel_withdrawal(services: CustodyServices, uid: str, withdrawal_id: int) -> Withdrawal | None:
    """The withdrawal, canceled if it still could be; None if the member has none of that id."""
    async with services.database.begin() as connection:
        row = await store.find(connection, withdrawal_id)
        if row is None or row.uid != uid:
            return None
        row = await store.lock(connection, withdrawal_id)
        if row.state is WithdrawalState.REQUESTED:
            row = await deliver_locked(connection, services, row)
        if row.state is not WithdrawalState.HELD:
            return row
        await store.move(connection, withdrawal_id, WithdrawalState.CANCELED, reason=BY_MEMBER)
    failpoint("withdrawal_after_step_before_command")
    return await deliver(services, withdrawal_id)
