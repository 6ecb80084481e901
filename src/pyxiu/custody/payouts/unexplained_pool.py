"""What waits in a node's pool, spends coins of ours, and is known to nothing in this database.

    look = PoolLook(database, network, chain)
    seen = await look.step()                   # again, until nothing is left to read

A payout that was sent just before the crash may be in the pool still: a backup that was restored knows nothing of it,
and no block shows it yet (T-62). Invariant: a transaction counts as read only after the blocks that its coins are in
have been scanned; who calls sees to that. Limit: one node's pool, so many transactions at a time; what that node has
dropped is not seen, and what spends coins that no block has is not told apart, apart from what it descends from.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.custody.chain import PoolTransaction
from pyxiu.custody.payouts.ports import UtxoChain
from pyxiu.custody.payouts.unexplained import OWNERS, Unexplained, not_explained

#: Transactions that one step reads.
AT_ONCE: Final = 2_000


class PoolSeen(msgspec.Struct, frozen=True):
    """What is not explained among those that were read, and how many are left to read."""

    found: list[Unexplained]
    left: int


class PoolLook:
    """One look through one node's pool, in steps. What was read and concerns nobody here is not read again."""

    def __init__(self, database: AsyncEngine, network: str, chain: UtxoChain) -> None:
        self._database = database
        self._network = network
        self._chain = chain
        self._read: set[str] = set()
        self._strange: dict[str, PoolTransaction] = {}

    async def step(self) -> PoolSeen:
        """Read some more, and look again at what was strange. Raises the node's faults; then nothing is noted."""
        there = set(await self._chain.pool_ids())
        fresh = sorted(there - self._read)
        asked = fresh[:AT_ONCE]
        told = await self._chain.pool_transactions(asked) if asked else []
        suspects = {one.txid: one for one in told} | {txid: one for txid, one in self._strange.items() if txid in there}
        async with self._database.connect() as connection:
            # Asked after the pool: what signers store before they send it is known by now.
            found = await _strange(connection, self._network, list(suspects.values()))
        self._strange = {one.fact: suspects[one.fact] for one in found}
        self._read = (self._read & there).union(asked)
        return PoolSeen(found, len(fresh) - len(asked))


async def unexplained_in_pool(database: AsyncEngine, network: str, chain: UtxoChain) -> list[Unexplained]:
    """The whole pool at once, for a person who asks."""
    look = PoolLook(database, network, chain)
    seen = await look.step()
    while seen.left:
        seen = await look.step()
    return seen.found


async def _strange(
    connection: AsyncConnection, network: str, transactions: Sequence[PoolTransaction]
) -> list[Unexplained]:
    spends = [(one.txid, coin) for one in transactions for coin in one.spends]
    if not spends:
        return []
    rows = await connection.execute(
        text(
            f"""
            SELECT t.txid, count(*) AS coins, sum(p.amount) AS amount
            FROM unnest(CAST(:txids AS text[]), CAST(:coins AS text[])) AS t(txid, coin)
                JOIN chain_payments p ON p.network = :network AND p.payment_id = t.coin
                JOIN chain_destinations d ON d.id = p.destination_id
                {OWNERS}
            WHERE coalesce(w.key_id, v.key_id) IS NOT NULL AND {not_explained("t.txid")}
            GROUP BY t.txid ORDER BY t.txid
            """  # noqa: S608 - made of constants
        ),
        {
            "network": network,
            "txids": [txid for txid, _ in spends],
            "coins": [coin for _, coin in spends],
        },
    )
    return [
        Unexplained(
            row.txid,
            f"{row.txid} waits in the node's pool and spends {row.coins} coins of ours ({int(row.amount)}): "
            "wait until a block has it",
            waits=True,
        )
        for row in rows
    ]
