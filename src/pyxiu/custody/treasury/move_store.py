"""The SQL of moves between wallets and of payments into them, on a connection that the caller's transaction owns.

Invariant: a move names the payout that makes it or the transaction that others have signed, never both. Limit: what a
transaction of others spends is known of outputs, not of accounts.
"""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def put_move(connection: AsyncConnection, **values: Any) -> int:
    """A move that was decided; its id. `payout_id` is None where others sign it."""
    query = text(
        """
        INSERT INTO treasury_moves
            (network, currency, from_wallet_id, to_wallet_id, chain_amount, payout_id, actor, reason)
        VALUES (:network, :currency, :from_wallet_id, :to_wallet_id, :chain_amount, :payout_id, :actor, :reason)
        RETURNING id
        """
    )
    return int((await connection.execute(query, values)).scalar_one())


async def lock_move(connection: AsyncConnection, move_id: int) -> Row[Any] | None:
    query = text("SELECT id, network, currency, payout_id, txid FROM treasury_moves WHERE id = :id FOR UPDATE")
    return (await connection.execute(query, {"id": move_id})).one_or_none()


async def set_txid(connection: AsyncConnection, move_id: int, txid: str) -> None:
    query = text("UPDATE treasury_moves SET txid = :txid WHERE id = :id")
    await connection.execute(query, {"id": move_id, "txid": txid})


async def without_fee(connection: AsyncConnection, network: str, *, after: str, limit: int) -> list[Row[Any]]:
    """Transactions of ours whose fee nothing tells: fact (a transaction's id, or `address:nonce`) and reason.

    By their facts, those after `after`.
    """
    query = text(
        """
        SELECT f.fact, f.reason FROM (
            SELECT m.txid AS fact, 'move ' || m.id AS reason FROM treasury_moves m
            WHERE m.network = :network AND m.txid IS NOT NULL
            UNION SELECT a.fact, 'adopted ' || a.fact FROM adopted_facts a WHERE a.network = :network
            UNION SELECT p.txid, p.purpose || ' payout ' || p.id FROM payouts p
            WHERE p.network = :network AND p.state = 'confirmed' AND p.chain_fee IS NULL
        ) AS f
        WHERE f.fact > :after AND NOT EXISTS (
            SELECT FROM treasury_entries e WHERE e.kind = 'network_fee' AND e.network = :network
                AND (e.reference = f.fact OR e.reason = f.reason))
        ORDER BY f.fact LIMIT :limit
        """
    )
    return list(await connection.execute(query, {"network": network, "after": after, "limit": limit}))


async def flow_of(connection: AsyncConnection, network: str, txid: str) -> Row[Any] | None:
    """Of a transaction in a scanned block: spent (of our outputs), back (to addresses of ours), paid (withdrawals that
    are paid by it), height; None if it spends none of ours.
    """
    query = text(
        """
        WITH spent AS (
            SELECT sum(p.amount) AS amount, min(s.block_height) AS height
            FROM chain_spends s JOIN chain_payments p ON p.network = s.network AND p.payment_id = s.payment_id
            WHERE s.network = :network AND s.spender = :txid HAVING count(*) > 0
        )
        SELECT spent.amount AS spent, spent.height,
            (SELECT coalesce(sum(b.amount), 0) FROM chain_payments b
                WHERE b.network = :network AND b.block_height = spent.height AND b.txid = :txid) AS back,
            (SELECT coalesce(sum(o.chain_amount), 0) FROM payouts y JOIN payout_outputs o ON o.payout_id = y.id
                WHERE y.network = :network AND y.state = 'confirmed' AND y.block_height = spent.height
                    AND y.txid = :txid AND o.withdrawal_id IS NOT NULL AND o.dropped_at IS NULL) AS paid
        FROM spent
        """
    )
    return (await connection.execute(query, {"network": network, "txid": txid})).one_or_none()


async def wallet_payment(connection: AsyncConnection, network: str, payment_id: str) -> Row[Any] | None:
    """A payment into a wallet of ours: kind, contract, amount, txid, block_height, min_depth, wallet, own, moved.

    `own`: a transaction of ours made it. `moved`: it comes from coins or an address of ours, whoever made it.
    """
    query = text(
        """
        SELECT p.kind, p.contract, p.amount, p.txid, p.block_height, p.min_depth, substr(d.owner, 9) AS wallet,
            EXISTS (SELECT FROM payout_attempts t JOIN payouts y ON y.id = t.payout_id
                    WHERE t.txid = p.txid AND y.network = p.network)
                OR EXISTS (SELECT FROM treasury_moves m WHERE m.network = p.network AND m.txid = p.txid) AS own,
            EXISTS (SELECT FROM chain_destinations s WHERE s.network = p.network AND s.destination = p.source)
                OR EXISTS (SELECT FROM chain_spends s WHERE s.network = p.network AND s.spender = p.txid) AS moved
        FROM chain_payments p JOIN chain_destinations d ON d.id = p.destination_id
        WHERE p.network = :network AND p.payment_id = :payment_id AND starts_with(d.owner, '@wallet/')
        """
    )
    return (await connection.execute(query, {"network": network, "payment_id": payment_id})).one_or_none()


async def open_inflows(connection: AsyncConnection) -> list[Row[Any]]:
    """Payments into our wallets that nobody has booked or dismissed: network, payment_id, currency, amount, wallet."""
    query = text(
        """
        SELECT x.id, x.network, x.payment_id, x.currency, p.amount, p.contract, p.block_height,
            substr(x.owner, 9) AS wallet
        FROM deposit_exceptions x JOIN chain_payments p ON p.network = x.network AND p.payment_id = x.payment_id
        WHERE x.resolved_at IS NULL AND starts_with(x.owner, '@wallet/') AND x.reason = 'treasury_inflow'
        ORDER BY x.id LIMIT 1000
        """
    )
    return list(await connection.execute(query))


async def exception_of(connection: AsyncConnection, network: str, payment_id: str) -> int | None:
    """The open exception that a payment is listed as."""
    query = text(
        """
        SELECT id FROM deposit_exceptions
        WHERE network = :network AND payment_id = :payment_id AND resolved_at IS NULL FOR UPDATE
        """
    )
    return (await connection.execute(query, {"network": network, "payment_id": payment_id})).scalar_one_or_none()


async def exceptions_of(connection: AsyncConnection, network: str, txid: str) -> list[int]:
    """Open exceptions about what a transaction pays to our wallets."""
    query = text(
        """
        SELECT x.id FROM deposit_exceptions x
            JOIN chain_payments p ON p.network = x.network AND p.payment_id = x.payment_id
        WHERE x.network = :network AND p.txid = :txid AND x.resolved_at IS NULL AND starts_with(x.owner, '@wallet/')
        FOR UPDATE OF x
        """
    )
    return list((await connection.execute(query, {"network": network, "txid": txid})).scalars())
