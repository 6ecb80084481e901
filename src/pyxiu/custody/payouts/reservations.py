"""Holding coins and nonces for payouts: nobody else may use what a live payout holds (W-5).

Invariant: the table's unique index has the last word, whoever else is choosing at the same time; what a confirmed
payout has spent stays held for ever, so that a reorganisation frees nothing. A nonce that was never signed for may be
used again. Limit: an account's nonces are ours alone: another program that signs with the key is noticed (`gate.py`)
and nothing is paid until somebody explains it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts.ports import Coin, Key
from pyxiu.kit.errors import TransientError

#: "pyxiu" + 0x11: who pays from a wallet chooses coins and nonces one after the other.
WALLET_LOCK: Final = 0x7079_7811
#: Coins looked at; the largest ones.
COINS_LOOKED_AT: Final = 2_000


class UnexplainedNonceError(TransientError):
    """The chain has seen more transactions of an account than we have made."""


class Pending(msgspec.Struct, frozen=True):
    """What payouts that are not mined yet will take from an account, by currency, and the most they cost in gas."""

    amounts: dict[str, int]
    fees: int


async def lock_wallet(connection: AsyncConnection, wallet_id: int) -> None:
    """Until the transaction ends, nobody else reserves from this wallet."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock, :id)"), {"lock": WALLET_LOCK, "id": wallet_id})


async def scanned_height(connection: AsyncConnection, network: str) -> int:
    """The end of the blocks that were scanned; -1 if there are none."""
    query = text("SELECT coalesce(max(height), -1) FROM chain_blocks WHERE network = :network")
    return int((await connection.execute(query, {"network": network})).scalar_one())


async def free_coins(
    connection: AsyncConnection, network: str, keys: Mapping[str, Key], *, depth: int, named: Sequence[str] = ()
) -> list[Coin]:
    """Unspent, unreserved outputs to these destinations that are deep enough; only those `named`, if any are."""
    rows = await connection.execute(
        text(
            """
            SELECT p.payment_id, p.amount, d.destination
            FROM chain_payments p JOIN chain_destinations d ON d.id = p.destination_id
            WHERE d.network = :network AND d.destination = ANY(:destinations) AND p.kind = 'output'
                AND (cardinality(CAST(:named AS text[])) = 0 OR p.payment_id = ANY(:named))
                AND p.block_height + greatest(p.min_depth, :depth) - 1 <= (
                    SELECT max(height) FROM chain_blocks WHERE network = :network
                )
                AND NOT EXISTS (
                    SELECT FROM chain_spends s WHERE s.network = p.network AND s.payment_id = p.payment_id
                )
                AND NOT EXISTS (
                    SELECT FROM reserved_inputs r
                    WHERE r.network = p.network AND r.payment_id = p.payment_id AND r.released_at IS NULL
                )
            ORDER BY p.amount DESC, p.payment_id LIMIT :limit
            """
        ),
        {
            "network": network,
            "destinations": list(keys),
            "named": list(named),
            "depth": depth,
            "limit": COINS_LOOKED_AT,
        },
    )
    return [Coin(row.payment_id, int(row.amount), row.destination, keys[row.destination]) for row in rows]


async def reserve_coins(connection: AsyncConnection, network: str, payout_id: int, coins: Sequence[str]) -> None:
    """Hold them; whoever holds one already makes this fail. What a payout has given back it may hold again."""
    await connection.execute(
        text(
            """
            INSERT INTO reserved_inputs (network, payment_id, payout_id)
            SELECT :network, unnest(CAST(:coins AS text[])), :payout
            """
        ),
        {"network": network, "coins": list(coins), "payout": payout_id},
    )


async def holder_of(connection: AsyncConnection, network: str, coin: str) -> int | None:
    """The payout that holds a coin."""
    query = text(
        "SELECT payout_id FROM reserved_inputs WHERE network = :network AND payment_id = :coin AND released_at IS NULL"
    )
    return (await connection.execute(query, {"network": network, "coin": coin})).scalar_one_or_none()


async def coins_of(connection: AsyncConnection, payout_id: int) -> list[str]:
    query = text("SELECT payment_id FROM reserved_inputs WHERE payout_id = :payout AND released_at IS NULL ORDER BY 1")
    return [row.payment_id for row in await connection.execute(query, {"payout": payout_id})]


async def release(connection: AsyncConnection, payout_id: int) -> None:
    """Give back what a payout holds; only for one that was never signed, or whose coins the chain has given back."""
    await connection.execute(
        text("UPDATE reserved_inputs SET released_at = now() WHERE payout_id = :payout AND released_at IS NULL"),
        {"payout": payout_id},
    )
    await connection.execute(
        text(
            """
            UPDATE reserved_nonces n SET payout_id = NULL WHERE payout_id = :payout AND NOT EXISTS (
                SELECT FROM payout_attempts a WHERE a.payout_id = n.payout_id AND a.signed IS NOT NULL
            )
            """
        ),
        {"payout": payout_id},
    )


async def release_unspent(connection: AsyncConnection, payout_id: int, txid: str) -> None:
    """Give back coins that only another attempt than this transaction would have spent, which is in a block (T-54).

    If it is in none by now, nothing is: what it spends must stay held.
    """
    await connection.execute(
        text(
            """
            UPDATE reserved_inputs r SET released_at = now()
            WHERE r.payout_id = :payout AND r.released_at IS NULL
                AND NOT EXISTS (
                    SELECT FROM chain_spends s WHERE s.network = r.network AND s.payment_id = r.payment_id
                )
                AND EXISTS (
                    SELECT FROM reserved_inputs q
                        JOIN chain_spends s ON s.network = q.network AND s.payment_id = q.payment_id
                    WHERE q.payout_id = :payout AND s.spender = :txid
                )
            """
        ),
        {"payout": payout_id, "txid": txid},
    )


async def reserve_nonce(
    connection: AsyncConnection, network: str, address: str, payout_id: int, *, on_chain: int
) -> int:
    """The account's next nonce, or one that was given back. Raises UnexplainedNonceError."""
    given = {"network": network, "address": address, "payout": payout_id, "on_chain": on_chain}
    again = (
        await connection.execute(
            text(
                """
                UPDATE reserved_nonces SET payout_id = :payout
                WHERE network = :network AND address = :address AND nonce = (
                    SELECT min(nonce) FROM reserved_nonces
                    WHERE network = :network AND address = :address AND payout_id IS NULL AND nonce >= :on_chain
                )
                RETURNING nonce
                """
            ),
            given,
        )
    ).scalar_one_or_none()
    if again is not None:
        return int(again)
    following = await following_nonce(connection, network, address)
    if following < on_chain:
        raise UnexplainedNonceError(
            f"{network}: {address} has sent {on_chain} transactions and we know of {following}: "
            "`pyxiu payout reconcile` shows them"
        )
    await connection.execute(
        text(
            "INSERT INTO reserved_nonces (network, address, nonce, payout_id) "
            "VALUES (:network, :address, :nonce, :payout)"
        ),
        {**given, "nonce": following},
    )
    return following


async def following_nonce(connection: AsyncConnection, network: str, address: str) -> int:
    """The nonce after all that we know of."""
    query = text(
        "SELECT coalesce(max(nonce) + 1, 0) FROM reserved_nonces WHERE network = :network AND address = :address"
    )
    return int((await connection.execute(query, {"network": network, "address": address})).scalar_one())


async def nonce_of(connection: AsyncConnection, payout_id: int) -> tuple[str, int] | None:
    """The account and the nonce that a payout holds."""
    query = text("SELECT address, nonce FROM reserved_nonces WHERE payout_id = :payout")
    row = (await connection.execute(query, {"payout": payout_id})).one_or_none()
    return None if row is None else (row.address, int(row.nonce))


async def pending_of(connection: AsyncConnection, network: str, address: str) -> Pending:
    """What is on its way from an account and not in a block yet."""
    rows = await connection.execute(
        text(
            """
            SELECT p.currency,
                coalesce((SELECT sum(o.chain_amount) FROM payout_outputs o
                    WHERE o.payout_id = p.id AND o.dropped_at IS NULL), 0) AS amount,
                coalesce((SELECT max(a.chain_fee) FROM payout_attempts a
                    WHERE a.payout_id = p.id AND a.state <> 'refused'), 0) AS fee
            FROM reserved_nonces n JOIN payouts p ON p.id = n.payout_id
            WHERE n.network = :network AND n.address = :address AND p.block_height IS NULL
                AND p.state NOT IN ('confirmed', 'failed')
            """
        ),
        {"network": network, "address": address},
    )
    amounts: dict[str, int] = {}
    fees = 0
    for row in rows:
        amounts[row.currency] = amounts.get(row.currency, 0) + int(row.amount)
        fees += int(row.fee)
    return Pending(amounts, fees)


async def own_accounts(connection: AsyncConnection, network: str) -> list[str]:
    """The accounts that pay now: wallets' own with a key, and deposit addresses with a payout that has not ended."""
    rows = await connection.execute(
        text(
            """
            SELECT d.destination AS address FROM wallets w
                JOIN chain_destinations d ON d.network = w.network AND d.address = w.address
            WHERE w.network = :network AND w.key_id IS NOT NULL
            UNION SELECT a.destination FROM deposit_addresses a
                JOIN payouts p ON p.network = a.network AND a.id = ANY(p.source_ids)
            WHERE p.network = :network AND p.state NOT IN ('confirmed', 'failed')
            """
        ),
        {"network": network},
    )
    return sorted(row.address for row in rows)
