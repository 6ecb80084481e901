"""Which transactions are our own, and what they were made for.

Invariant: an attempt to pay is recorded with its transaction's id before it is broadcast, so a transaction that is on a
chain and ours is found here. Limit: by id only; one that spends our coins under another id is found by what it spends.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts.tables import payout_attempts, payouts


async def purposes_of(connection: AsyncConnection, network: str, txids: Sequence[str]) -> dict[str, str]:
    """The purposes of those that are ours."""
    query = (
        select(payout_attempts.c.txid, payouts.c.purpose)
        .join(payouts, payouts.c.id == payout_attempts.c.payout_id)
        .where(payouts.c.network == network, payout_attempts.c.txid == func.any(list(txids)))
    )
    return {row.txid: row.purpose for row in await connection.execute(query)}
