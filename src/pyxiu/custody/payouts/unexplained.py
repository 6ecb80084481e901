"""What our keys have done on a chain that nothing in this database accounts for: in blocks, and by nonces.

After an old backup was restored, coins of ours are spent by transactions, or nonces of ours are used, that no attempt
here stands for. Invariant: an attempt explains only what it was signed or adopted for. A nonce counts as used when its
transaction waits in the node's pool, too (T-62). Limit: addresses of watch-only wallets are their owner's affair; what
waits in a pool behind a nonce that is missing there is told by no node; spends in the pool are `unexplained_pool.py`'s.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.custody.payouts import reservations
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain

#: Facts that one look tells; there may be more.
FACTS_MAX: Final = 50
#: The wallets that a chain_destinations row `d` belongs to, as `w` and `v`; one of them has a key if the coin is ours.
OWNERS: Final = """
    LEFT JOIN wallets w ON w.network = d.network AND w.address = d.address
    LEFT JOIN deposit_addresses a ON a.network = d.network AND a.destination = d.destination
    LEFT JOIN wallets v ON v.id = a.wallet_id
"""


def not_explained(txid: str) -> str:
    """The condition that nothing here accounts for the transaction whose id this SQL expression is."""
    return f"""
        NOT EXISTS (
            SELECT FROM payout_attempts t JOIN payouts o ON o.id = t.payout_id
            WHERE o.network = :network AND t.txid = {txid} AND (t.signed IS NOT NULL OR t.kind = 'adopted')
        )
        AND NOT EXISTS (SELECT FROM payouts o WHERE o.network = :network AND o.txid = {txid})
        AND NOT EXISTS (SELECT FROM adopted_facts f WHERE f.network = :network AND f.fact = {txid})
    """  # noqa: S608 - the expression is written here


class Seen(msgspec.Struct):
    """What was looked at and found to be explained: spends up to a height, nonces below a number by account."""

    height: int = -1
    nonces: dict[str, int] = {}


class Unexplained(msgspec.Struct, frozen=True):
    """`fact` is what is adopted: a transaction's id, or `address:nonce`. `height` of its block, where that is known.

    `waits`: no block has it yet, so that nobody can say yet what will come of it.
    """

    fact: str
    told: str
    height: int | None = None
    waits: bool = False


async def unexplained(
    database: AsyncEngine, network: str, chain: PayoutChain, seen: Seen | None = None
) -> list[Unexplained]:
    """What is not accounted for above what was `seen`, which moves on."""
    seen = seen or Seen()
    async with database.connect() as connection:
        found = await _spends(connection, network, seen.height)
        accounts: Sequence[str] = []
        if isinstance(chain, AccountChain):
            accounts = await reservations.own_accounts(connection, network)
    if isinstance(chain, AccountChain):
        for address in accounts:
            mined = await chain.nonce(address)
            used = max(mined, await chain.pending_nonce(address))
            async with database.connect() as connection:
                found += await _nonces(
                    connection, network, address, first=seen.nonces.get(address, 0), mined=mined, used=used
                )
            seen.nonces[address] = mined
    return found


async def _spends(connection: AsyncConnection, network: str, above: int) -> list[Unexplained]:
    rows = await connection.execute(
        text(
            f"""
            SELECT s.spender, min(s.block_height) AS height, count(*) AS coins, sum(p.amount) AS amount
            FROM chain_spends s
                JOIN chain_payments p ON p.network = s.network AND p.payment_id = s.payment_id
                JOIN chain_destinations d ON d.id = p.destination_id
                {OWNERS}
            WHERE s.network = :network AND s.block_height > :above AND coalesce(w.key_id, v.key_id) IS NOT NULL
                AND {not_explained("s.spender")}
            GROUP BY s.spender ORDER BY 2, 1 LIMIT :limit
            """  # noqa: S608 - made of what stands above
        ),
        {"network": network, "above": above, "limit": FACTS_MAX},
    )
    return [
        Unexplained(
            row.spender,
            f"{row.spender} in block {row.height} spends {row.coins} coins of ours ({int(row.amount)})",
            int(row.height),
        )
        for row in rows
    ]


async def _nonces(
    connection: AsyncConnection, network: str, address: str, *, first: int, mined: int, used: int
) -> list[Unexplained]:
    """Nonces that the node has seen and no signed attempt, nor an adoption, stands for."""
    rows = await connection.execute(
        text(
            """
            SELECT g.nonce FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS g(nonce)
            WHERE NOT EXISTS (
                    SELECT FROM reserved_nonces n JOIN payout_attempts t ON t.payout_id = n.payout_id
                    WHERE n.network = :network AND n.address = :address AND n.nonce = g.nonce
                        AND (t.signed IS NOT NULL OR t.kind = 'adopted')
                )
                AND NOT EXISTS (
                    SELECT FROM adopted_facts f WHERE f.network = :network AND f.fact = :address || ':' || g.nonce
                )
            ORDER BY g.nonce LIMIT :limit
            """
        ),
        {"network": network, "address": address, "first": first, "last": used - 1, "limit": FACTS_MAX},
    )
    return [_of_nonce(address, row.nonce, waits=row.nonce >= mined) for row in rows]


def _of_nonce(address: str, nonce: int, *, waits: bool) -> Unexplained:
    told = f"{address} has used nonce {nonce}, which we have not signed"
    if waits:
        told += ": it waits in the node's pool, wait until a block has it"
    return Unexplained(f"{address}:{nonce}", told, waits=waits)
