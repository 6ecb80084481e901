"""The SQL of what the ledger is told of the treasury, on a connection that the caller's transaction owns.

Invariant: one row for a network's fee of a transaction, one for a payment into a wallet, each with its own key. Limit:
whether the ledger has it is known by `state`, and for certain by the ledger's own entries.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.treasury.model import EntryKind, TreasuryEntry

#: One at a time shares out what rounding leaves of a network's fees.
ENTRY_LOCK: Final = 0x7079_7813

_COLUMNS = """
    id, kind, network, reference, currency, chain_amount, amount, key, state, actor, reason, held_up, seq, created_at,
    booked_at
"""
# A transaction that was replaced costs nothing; one that failed in a block costs its gas all the same.
_UNNOTED = text(
    """
    SELECT p.id, p.network, p.purpose, p.txid, p.chain_fee
    FROM payouts p
    WHERE p.state IN ('confirmed', 'failed') AND p.txid IS NOT NULL AND p.chain_fee > 0
        AND NOT EXISTS (
            SELECT FROM treasury_entries e
            WHERE e.kind = 'network_fee' AND e.network = p.network AND e.reference = p.txid)
    ORDER BY p.id LIMIT :limit
    """
)
_PUT = text(
    """
    INSERT INTO treasury_entries (kind, network, reference, currency, chain_amount, amount, key, actor, reason)
    VALUES (:kind, :network, :reference, :currency, :chain_amount, :amount, :key, :actor, :reason)
    ON CONFLICT (kind, network, reference) DO NOTHING
    """
)


async def lock_entries(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ENTRY_LOCK})


async def unnoted_fees(connection: AsyncConnection, *, limit: int) -> list[Row[Any]]:
    """Final payouts with a fee that no entry is about: id, network, purpose, txid, chain_fee."""
    return list(await connection.execute(_UNNOTED, {"limit": limit}))


async def put_entry(connection: AsyncConnection, **values: Any) -> bool:
    """A new entry; False if there is one about the same thing."""
    given = {"amount": None, "actor": None, **values}
    return (await connection.execute(_PUT, {**given, "kind": values["kind"].value})).rowcount == 1


async def fee_sums(connection: AsyncConnection, network: str, currency: str) -> tuple[int, int]:
    """What a network has charged in all, in its units, and what of it has been given an amount in the engine's."""
    query = text(
        """
        SELECT coalesce(sum(chain_amount), 0) AS charged, coalesce(sum(amount), 0) AS given FROM treasury_entries
        WHERE kind = 'network_fee' AND network = :network AND currency = :currency
        """
    )
    row = (await connection.execute(query, {"network": network, "currency": currency})).one()
    return int(row.charged), int(row.given)


async def owed_entries(connection: AsyncConnection, *, limit: int) -> list[TreasuryEntry]:
    """What the ledger has not been told, the oldest first, locked; rows that another process has are left out."""
    query = text(
        f"SELECT {_COLUMNS} FROM treasury_entries WHERE state = 'owed' ORDER BY held_up IS NOT NULL, id LIMIT :limit "  # noqa: S608
        "FOR UPDATE SKIP LOCKED"
    )
    rows = (await connection.execute(query, {"limit": limit})).mappings()
    return [_entry(row) for row in rows]


async def list_entries(connection: AsyncConnection, *, owed_only: bool, limit: int) -> list[TreasuryEntry]:
    """The newest first."""
    query = text(
        f"SELECT {_COLUMNS} FROM treasury_entries WHERE state = 'owed' OR NOT :owed_only ORDER BY id DESC LIMIT :limit"  # noqa: S608
    )
    rows = (await connection.execute(query, {"owed_only": owed_only, "limit": limit})).mappings()
    return [_entry(row) for row in rows]


async def set_booked(connection: AsyncConnection, entry_id: int, seq: int | None) -> None:
    query = text(
        "UPDATE treasury_entries SET state = 'booked', booked_at = now(), seq = :seq, held_up = NULL WHERE id = :id"
    )
    await connection.execute(query, {"id": entry_id, "seq": seq})


async def set_held_up(connection: AsyncConnection, entry_id: int, why: str) -> None:
    query = text("UPDATE treasury_entries SET held_up = :why WHERE id = :id")
    await connection.execute(query, {"id": entry_id, "why": why})


async def held_up_sums(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """By currency: how much the ledger cannot take now, and since when."""
    query = text(
        """
        SELECT network, currency, count(*) AS entries, sum(amount) AS amount, min(created_at) AS since
        FROM treasury_entries WHERE state = 'owed' AND held_up IS NOT NULL GROUP BY network, currency
        """
    )
    return list(await connection.execute(query))


async def alarmed_networks(connection: AsyncConnection, kind: str) -> set[str]:
    """Networks with an open alarm of this kind."""
    query = text("SELECT network FROM chain_alarms WHERE kind = :kind AND cleared_at IS NULL")
    return set((await connection.execute(query, {"kind": kind})).scalars())


def _entry(row: RowMapping) -> TreasuryEntry:
    amount = None if row["amount"] is None else int(row["amount"])
    changed = {"kind": EntryKind(row["kind"]), "chain_amount": int(row["chain_amount"]), "amount": amount}
    return TreasuryEntry(**{**row, **changed})
