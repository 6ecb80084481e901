"""The SQL of nonces that nobody uses while others wait: whose are given back, and which lie below what was signed.

Invariant: only reads; what is held and given back is in `reservations.py`. Limit: which nonces a chain has seen is for
the caller, who asks its node.
"""

import datetime
from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts.model import Payout


class Waiting(msgspec.Struct, frozen=True):
    """An account with a signed transaction that no block has, above a nonce that was given back. `source_ids` as the
    payout has them; `below` is its nonce.
    """

    address: str
    below: int
    wallet_id: int
    source_ids: tuple[int, ...]
    currency: str


async def older_in_line(connection: AsyncConnection, payout: Payout, *, amount: int) -> int | None:
    """An older withdrawals' payout of this currency that waits for the signer's limit and is no larger, or that has
    waited and begins again.
    """
    query = text(
        """
        SELECT p.id FROM payouts p JOIN payout_outputs o ON o.payout_id = p.id AND o.dropped_at IS NULL
        WHERE p.network = :network AND p.currency = :currency AND p.purpose = 'withdrawal' AND p.id < :payout
            AND (
                (p.state = 'reserved' AND p.next_try_at IS NOT NULL AND o.chain_amount <= :amount)
                OR (p.state = 'planned' AND p.next_try_at IS NULL)
            )
        ORDER BY p.id LIMIT 1
        """
    )
    given = {"network": payout.network, "currency": payout.currency, "payout": payout.id, "amount": amount}
    return (await connection.execute(query, given)).scalar_one_or_none()


async def holder_of(connection: AsyncConnection, network: str, address: str, nonce: int) -> int | None:
    """The payout that holds a nonce, or has used it."""
    query = text(
        "SELECT payout_id FROM reserved_nonces WHERE network = :network AND address = :address AND nonce = :nonce"
    )
    given = {"network": network, "address": address, "nonce": nonce}
    return (await connection.execute(query, given)).scalar_one_or_none()


async def unsigned_holders(connection: AsyncConnection, network: str, *, limit: int) -> list[int]:
    """Payouts that wait for the signer's limit and hold a nonce meanwhile."""
    query = text(
        """
        SELECT p.id FROM payouts p JOIN reserved_nonces n ON n.payout_id = p.id
        WHERE p.network = :network AND p.state = 'reserved' AND p.next_try_at IS NOT NULL
        ORDER BY p.id LIMIT :limit
        """
    )
    return list((await connection.execute(query, {"network": network, "limit": limit})).scalars())


async def without_nonce(connection: AsyncConnection, network: str, *, limit: int) -> list[int]:
    """Payouts that have waited for the signer's limit, can go on, and hold no nonce."""
    query = text(
        """
        SELECT p.id FROM payouts p
        WHERE p.network = :network AND p.state = 'reserved' AND p.next_try_at IS NULL
            AND NOT EXISTS (SELECT FROM reserved_nonces n WHERE n.payout_id = p.id)
        ORDER BY p.id LIMIT :limit
        """
    )
    return list((await connection.execute(query, {"network": network, "limit": limit})).scalars())


async def waiting_above_gaps(
    connection: AsyncConnection, network: str, *, signed_before: datetime.datetime
) -> list[Waiting]:
    """The lowest of each account: signed so long ago, in no block, with a nonce below it that nobody has."""
    rows = await connection.execute(
        text(
            """
            SELECT DISTINCT ON (n.address) n.address, n.nonce, p.wallet_id, p.source_ids, p.currency
            FROM reserved_nonces n JOIN payouts p ON p.id = n.payout_id
            WHERE n.network = :network AND p.state IN ('signed', 'broadcast') AND p.block_height IS NULL
                AND EXISTS (
                    SELECT FROM payout_attempts a WHERE a.payout_id = p.id AND a.signed_at <= :before
                )
                AND EXISTS (
                    SELECT FROM reserved_nonces g
                    WHERE g.network = n.network AND g.address = n.address AND g.payout_id IS NULL AND g.nonce < n.nonce
                )
            ORDER BY n.address, n.nonce
            """
        ),
        {"network": network, "before": signed_before},
    )
    return [Waiting(row.address, int(row.nonce), row.wallet_id, tuple(row.source_ids), row.currency) for row in rows]


async def is_gap(connection: AsyncConnection, network: str, address: str, *, on_chain: int, below: int) -> bool:
    """Whether a nonce that the chain has not seen was given back and lies below this one."""
    query = text(
        """
        SELECT EXISTS (
            SELECT FROM reserved_nonces WHERE network = :network AND address = :address AND payout_id IS NULL
                AND nonce >= :on_chain AND nonce < :below
        )
        """
    )
    given = {"network": network, "address": address, "on_chain": on_chain, "below": below}
    return bool((await connection.execute(query, given)).scalar_one())


async def is_filled_already(
    connection: AsyncConnection, network: str, destination: str, wallet_id: int, source_ids: Sequence[int]
) -> bool:
    """Whether a move of this account to itself is on its way to the signer, or waits for a person."""
    query = text(
        """
        SELECT EXISTS (
            SELECT FROM payouts p JOIN payout_outputs o ON o.payout_id = p.id AND o.dropped_at IS NULL
            WHERE p.network = :network AND p.purpose = 'treasury' AND p.state IN ('planned', 'reserved', 'parked')
                AND p.wallet_id = :wallet AND p.source_ids = CAST(:sources AS bigint[])
                AND o.destination = :destination
        )
        """
    )
    given = {"network": network, "wallet": wallet_id, "sources": list(source_ids), "destination": destination}
    return bool((await connection.execute(query, given)).scalar_one())
