"""The end of a withdrawal: paid, or not paid after all.

Invariant: the step commits first and says what the engine is owed, the command follows; a crash in between is finished
by the scheduler, and calling again is harmless. Limit: whether the chain has paid is the caller's knowledge.
"""

from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.deliver import deliver
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.failpoints import failpoint


async def settle(
    services: CustodyServices, withdrawal_id: int, *, txid: str | None = None, block_height: int | None = None
) -> Withdrawal:
    """It is paid: the amount leaves, the fee is ours."""
    async with services.database.begin() as connection:
        row = await store.lock(connection, withdrawal_id)
        if row.state is not WithdrawalState.CONFIRMED:
            await store.move(connection, withdrawal_id, WithdrawalState.CONFIRMED, txid=txid, block_height=block_height)
    failpoint("withdrawal_after_step_before_command")
    return await deliver(services, withdrawal_id)


async def give_back(services: CustodyServices, withdrawal_id: int, reason: str) -> Withdrawal:
    """It will not be paid: what was held is the member's again."""
    async with services.database.begin() as connection:
        row = await store.lock(connection, withdrawal_id)
        if row.state is not WithdrawalState.FAILED:
            await store.move(connection, withdrawal_id, WithdrawalState.FAILED, reason=reason)
    failpoint("withdrawal_after_step_before_command")
    return await deliver(services, withdrawal_id)
