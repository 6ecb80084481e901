"""Whether anything may be paid on a network: only while everything that our keys have ever done there is explained.

After an old backup was restored, the chain knows payouts that the database does not (`unexplained.py`), and so may the
node's pool (`unexplained_pool.py`). The gate is then shut until somebody has looked and adopted them (`reconcile.py`).
Invariant (W-10): planning, approving and signing all ask here, each with its own node; a database that has not been
scanned to its node's end is not trusted either; and a process opens the gate for the first time only after it has read
the node's whole pool and all its blocks. Limit: a pool is read until the gate opens and not again before the next
start, as whoever restores a database restarts what works on it; what another program has signed but not sent is not
seen.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.custody.payouts import reservations
from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.payouts.ports import PayoutChain, UtxoChain
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.payouts.unexplained import Seen, Unexplained, unexplained
from pyxiu.custody.payouts.unexplained_pool import PoolLook

SHUT: Final = "payouts_shut"
MARGIN_BLOCKS: Final = 200
#: Facts that a reason names; `pyxiu payout reconcile` shows the others.
NAMED: Final = 5


class Gate:
    """One network's gate in one process. The first look is at everything; later ones at what is new since a clean look.

    A reorganisation moves what was explained no further than MARGIN_BLOCKS, so that much is always looked at again.
    """

    def __init__(
        self, database: AsyncEngine, network: str, chain: PayoutChain, settings: PayoutSettings, *, who: str
    ) -> None:
        """`who`: the process that looks, for its alarm."""
        self._database = database
        self._network = network
        self._chain = chain
        self._settings = settings
        self._who = who
        self._seen = Seen()
        #: None: read through, or on a chain of accounts, whose nonces tell of the pool at every look.
        self._pool = PoolLook(database, network, chain) if isinstance(chain, UtxoChain) else None

    async def look(self) -> str | None:
        """Why nothing may be paid; None if it may. Raised and cleared as an alarm."""
        shut = await self._reason()
        async with self._database.begin() as connection:
            await settle_alarm(connection, self._network, f"{SHUT}:{self._who}", shut or "")
        return shut

    async def _reason(self) -> str | None:
        pool = self._pool
        shut = await self._behind(0 if pool else self._settings.scan_lag_max)
        if shut is None and pool is not None:
            shut = await self._waiting(pool)
            # What has left the pool while it was read is in a block, which must have been scanned before it counts.
            shut = shut or await self._behind(0)
        if shut is None:
            shut = await self._unexplained()
        if shut is None:
            self._pool = None
        return shut

    async def _behind(self, lag_max: int) -> str | None:
        tip = await self._chain.height()
        scanned = await self._scanned()
        if tip - scanned <= lag_max:
            return None
        return f"the scan is at {scanned}, the node at {tip}: wait, or start the watcher"

    async def _waiting(self, pool: PoolLook) -> str | None:
        seen = await pool.step()
        if seen.found:
            return _told(seen.found, "in the node's pool")
        if seen.left:
            return f"the node's pool is read before anything is paid: {seen.left} transactions are left"
        return None

    async def _unexplained(self) -> str | None:
        scanned = await self._scanned()
        looked = Seen(self._seen.height, dict(self._seen.nonces))
        found = await unexplained(self._database, self._network, self._chain, looked)
        if found:
            return _told(found, "on the chain")
        looked.height = max(0, scanned - MARGIN_BLOCKS)
        self._seen = looked
        return None

    async def _scanned(self) -> int:
        async with self._database.connect() as connection:
            return await reservations.scanned_height(connection, self._network)


def _told(found: list[Unexplained], where: str) -> str:
    told = "; ".join(one.told for one in found[:NAMED])
    return f"{len(found)} things {where} are not explained, `pyxiu payout reconcile` shows them: {told}"
