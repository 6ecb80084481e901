"""Whether anything may be paid on a network: only while everything that our keys have ever done there is explained.

After an old backup was restored, the chain knows payouts that the database does not; then coins of ours are spent by
transactions, or nonces of ours are used, that no attempt here accounts for. The gate is then shut until somebody has
looked and adopted them (`reconcile.py`). Invariant (W-10): planning, approving and signing all ask here, each with its
own node, and a database that has not been scanned to its node's end is not trusted either. Limit: addresses of
watch-only wallets are their owner's affair; what another program has signed but not sent is not seen.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.custody.payouts import reservations
from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain
from pyxiu.custody.payouts.settings import PayoutSettings

SHUT = "payouts_shut"
MARGIN_BLOCKS = 200
#: Facts that one look tells; there may be more.
FACTS_MAX = 50


class Seen(msgspec.Struct):
    """What was looked at and found to be explained: spends up to a height, nonces below a number by account."""

    height: int = -1
    nonces: dict[str, int] = {}


class Unexplained(msgspec.Struct, frozen=True):
    """`fact` is what is adopted: a transaction's id, or `address:nonce`. `height` of its block, where that is known."""

    fact: str
    told: str
    height: int | None = None


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

    async def look(self) -> str | None:
        """Why nothing may be paid; None if it may. Raised and cleared as an alarm."""
        tip = await self._chain.height()
        async with self._database.connect() as connection:
            scanned = await reservations.scanned_height(connection, self._network)
        shut = None
        if tip - scanned > self._settings.scan_lag_max:
            shut = f"the scan is at {scanned}, the node at {tip}: wait, or start the watcher"
        else:
            shut = await self._unexplained(scanned)
        async with self._database.begin() as connection:
            await settle_alarm(connection, self._network, f"{SHUT}:{self._who}", shut or "")
        return shut

    async def _unexplained(self, scanned: int) -> str | None:
        looked = Seen(self._seen.height, dict(self._seen.nonces))
        found = await unexplained(self._database, self._network, self._chain, looked)
        if not found:
            looked.height = max(0, scanned - MARGIN_BLOCKS)
            self._seen = looked
            return None
        told = "; ".join(one.told for one in found[:5])
        return f"{len(found)} things on the chain are not explained, `pyxiu payout reconcile` shows them: {told}"


async def unexplained(
    database: AsyncEngine, network: str, chain: PayoutChain, seen: Seen | None = None
) -> list[Unexplained]:
    """What our keys have done on the chain that nothing here accounts for, above what was `seen`, which moves on."""
    seen = seen or Seen()
    async with database.connect() as connection:
        found = await _spends(connection, network, seen.height)
        accounts: Sequence[str] = []
        if isinstance(chain, AccountChain):
            accounts = await reservations.own_accounts(connection, network)
    if isinstance(chain, AccountChain):
        for address in accounts:
            on_chain = await chain.nonce(address)
            async with database.connect() as connection:
                found += await _nonces(connection, network, address, seen.nonces.get(address, 0), on_chain)
            seen.nonces[address] = on_chain
    return found


async def _spends(connection: AsyncConnection, network: str, above: int) -> list[Unexplained]:
    rows = await connection.execute(
        text(
            """
            SELECT s.spender, min(s.block_height) AS height, count(*) AS coins, sum(p.amount) AS amount
            FROM chain_spends s
                JOIN chain_payments p ON p.network = s.network AND p.payment_id = s.payment_id
                JOIN chain_destinations d ON d.id = p.destination_id
                LEFT JOIN wallets w ON w.network = d.network AND w.address = d.address
                LEFT JOIN deposit_addresses a ON a.network = d.network AND a.destination = d.destination
                LEFT JOIN wallets v ON v.id = a.wallet_id
            WHERE s.network = :network AND s.block_height > :above AND coalesce(w.key_id, v.key_id) IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM payout_attempts t JOIN payouts o ON o.id = t.payout_id
                    WHERE o.network = s.network AND t.txid = s.spender
                        AND (t.signed IS NOT NULL OR t.kind = 'adopted')
                )
                AND NOT EXISTS (SELECT FROM payouts o WHERE o.network = s.network AND o.txid = s.spender)
                AND NOT EXISTS (SELECT FROM adopted_facts f WHERE f.network = s.network AND f.fact = s.spender)
            GROUP BY s.spender ORDER BY 2, 1 LIMIT :limit
            """
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
    connection: AsyncConnection, network: str, address: str, first: int, on_chain: int
) -> list[Unexplained]:
    """Nonces that the chain has seen and no signed attempt, nor an adoption, stands for."""
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
        {"network": network, "address": address, "first": first, "last": on_chain - 1, "limit": FACTS_MAX},
    )
    return [
        Unexplained(f"{address}:{row.nonce}", f"{address} has used nonce {row.nonce}, which we have not signed")
        for row in rows
    ]
