"""What a member has, as of everything that is committed: for decisions that must not miss a hold of a moment ago.

Invariant: the projections have reached the journal's end of the moment of asking, or TransientError. Limit: the engine
has the last word on whether funds are there.
"""

from pyxiu.core.types import AssetId, MemberId
from pyxiu.kit.errors import TransientError
from pyxiu.projections.reads.accounts import balance
from pyxiu.projections.waiter import CursorWaiter
from pyxiu.storage.database import Pool

_END = "SELECT max(seq_last) FROM journal"


class FreshBalances:
    """Implements the port `Balances`."""

    def __init__(self, pool: Pool, waiter: CursorWaiter) -> None:
        self._pool = pool
        self._waiter = waiter

    async def available(self, uid: str, asset: str) -> int:
        seq = await self._pool.fetchval(_END) or 0
        if not await self._waiter.wait_for(seq):
            raise TransientError(f"balances are behind record {seq}")
        view = await balance(self._pool, MemberId(uid), AssetId(asset))
        return 0 if view is None else view.available
