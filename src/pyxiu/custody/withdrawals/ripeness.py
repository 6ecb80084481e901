"""Whether an amount may leave: whether it is there, and there without deposits that are not deep enough to leave again.

Invariant: what leaves is covered by what is available without the deposits that may still be taken back. That it is
there at all is looked at so that a second factor is not used up for nothing; the engine decides. Limit: who has sold
such a deposit has something else, which may leave; how deep a deposit must be to be traded is the network's policy.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.reads import unripe
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.refusals import Refusal, Refused
from pyxiu.kit.errors import TransientError


async def check_covered(
    connection: AsyncConnection, services: CustodyServices, uid: str, currency: str, amount: int
) -> Refused | None:
    """Within the member's lock. Raises TransientError where it must be known and cannot be told now."""
    waiting = await unripe(connection, uid, currency)
    if services.balances is None:
        # Nobody can say what else there is.
        return Refused(Refusal.UNRIPE) if waiting else None
    try:
        available = await services.balances.available(uid, currency)
    except TransientError:
        if waiting:
            raise
        return None
    if amount > available:
        return Refused(Refusal.INSUFFICIENT_BALANCE)
    return Refused(Refusal.UNRIPE) if amount > available - waiting else None
