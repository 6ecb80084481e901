"""The SQL that sets the ledger against the chains; reads only, on a connection whose transaction is one snapshot.

Chain amounts come by network and contract, because one asset may move on several; ledger amounts by asset. Invariant:
everything here is of one moment, so a command that is in the ledger is in all sums or in none. Limit: what grows with
the years is in `history_store.py`.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.chain import BlockRef

# Transactions that we have made: attempts, what took their place and pays the same, and what others signed for us.
OWN: Final = """
    own AS (
        SELECT y.network, t.txid FROM payout_attempts t JOIN payouts y ON y.id = t.payout_id WHERE t.txid IS NOT NULL
        UNION SELECT network, txid FROM payouts WHERE txid IS NOT NULL
        UNION SELECT network, txid FROM treasury_moves WHERE txid IS NOT NULL
        UNION SELECT network, fact FROM adopted_facts
        UNION SELECT network, reference FROM treasury_entries WHERE kind = 'network_fee'
    )
"""
_OUTPUTS: Final = text(
    """
    SELECT p.network, sum(p.amount) AS amount FROM chain_payments p
    WHERE p.kind = 'output' AND p.block_height IS NOT NULL AND NOT p.spent
    GROUP BY 1
    """
)
_PLACES: Final = text(
    """
    SELECT p.network, p.contract, d.destination FROM paid_accounts p
        JOIN chain_destinations d ON d.id = p.destination_id
    UNION
    SELECT d.network, a.contract, d.destination FROM chain_destinations d
        CROSS JOIN unnest(CAST(:contracts AS text[])) AS a(contract)
    WHERE starts_with(d.owner, '@wallet/')
    """
)
_OPEN: Final = text(
    """
    SELECT p.id, p.network, p.currency, t.txid, t.kind, t.chain_fee,
        coalesce((SELECT sum(o.chain_amount) FROM payout_outputs o
            WHERE o.payout_id = p.id AND o.withdrawal_id IS NOT NULL AND o.dropped_at IS NULL), 0) AS amount,
        EXISTS (SELECT FROM chain_spends s JOIN reserved_inputs r
                ON r.network = s.network AND r.payment_id = s.payment_id
            WHERE r.payout_id = p.id AND s.spender = t.txid) AS spends
    FROM payouts p JOIN payout_attempts t ON t.payout_id = p.id
    WHERE p.state IN ('signed', 'broadcast', 'parked') AND t.txid IS NOT NULL
    ORDER BY p.id, t.attempt
    """
)
# Outputs of ours in transactions that are not: whoever has a key of ours.
_TAKEN: Final = text(
    f"""
    WITH {OWN}
    SELECT s.network, s.spender, sum(p.amount) AS amount FROM chain_spends s
        JOIN chain_payments p ON p.network = s.network AND p.payment_id = s.payment_id
    WHERE NOT EXISTS (SELECT FROM own WHERE own.network = s.network AND own.txid = s.spender)
    GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 20
    """  # noqa: S608 - a constant
)


async def ledger_seq(connection: AsyncConnection) -> int | None:
    """The record that accounts and entries stand at; None while they stand at different ones."""
    query = text("SELECT name, seq FROM projection_cursors WHERE name IN ('accounts', 'entries')")
    seqs = {row.seq for row in await connection.execute(query)}
    return int(seqs.pop()) if len(seqs) == 1 else 0 if not seqs else None


async def ledger_of(connection: AsyncConnection, asset: str) -> tuple[int, int]:
    """What all owners have of an asset, and what of it members have, held funds included."""
    query = text(
        """
        SELECT coalesce(sum(available + held) FILTER (WHERE owner <> '@external'), 0) AS all_owners,
            coalesce(sum(available + held) FILTER (WHERE NOT starts_with(owner, '@')), 0) AS members
        FROM accounts WHERE asset = :asset
        """
    )
    row = (await connection.execute(query, {"asset": asset})).one()
    return int(row.all_owners), int(row.members)


async def now(connection: AsyncConnection) -> datetime.datetime:
    """The moment of the snapshot, by the clock that rows are stamped with."""
    moment: datetime.datetime = (await connection.execute(text("SELECT now()"))).scalar_one()
    return moment


async def scanned(connection: AsyncConnection) -> dict[str, BlockRef]:
    """The last block of every network."""
    query = text("SELECT DISTINCT ON (network) network, height, hash FROM chain_blocks ORDER BY network, height DESC")
    return {row.network: BlockRef(row.height, row.hash) for row in await connection.execute(query)}


async def outputs_held(connection: AsyncConnection) -> dict[str, int]:
    return {row.network: int(row.amount) for row in await connection.execute(_OUTPUTS)}


async def places(connection: AsyncConnection, contracts: Sequence[str]) -> list[Row[Any]]:
    """Accounts of ours that may hold something: network, contract, destination. Wallets may hold any of `contracts`."""
    return list(await connection.execute(_PLACES, {"contracts": list(contracts)}))


async def open_attempts(connection: AsyncConnection) -> list[Row[Any]]:
    """Signed attempts of payouts that are not final; `spends`: a scanned block has it."""
    return list(await connection.execute(_OPEN))


async def taken(connection: AsyncConnection) -> list[Row[Any]]:
    """Transactions that spend outputs of ours and are not ours: network, spender, amount."""
    return list(await connection.execute(_TAKEN))


async def put_check(connection: AsyncConnection, **values: Any) -> None:
    """The last report of an asset; `differs_since` goes on while it differs."""
    query = text(
        """
        INSERT INTO solvency_checks
            (asset, seq, decimals, holdings, ledger, members, unexplained, items, heights, differs_since)
        VALUES (:asset, :seq, :decimals, :holdings, :ledger, :members, :unexplained, CAST(:items AS jsonb),
            CAST(:heights AS jsonb), CASE WHEN :differs THEN now() END)
        ON CONFLICT (asset) DO UPDATE SET
            at = now(), seq = excluded.seq, decimals = excluded.decimals, holdings = excluded.holdings,
            ledger = excluded.ledger, members = excluded.members, unexplained = excluded.unexplained,
            items = excluded.items, heights = excluded.heights,
            differs_since = CASE WHEN :differs THEN coalesce(solvency_checks.differs_since, now()) END
        """
    )
    await connection.execute(query, values)


async def differing(connection: AsyncConnection, *, older_s: float) -> set[str]:
    """Assets whose reports have differed for so long."""
    query = text("SELECT asset FROM solvency_checks WHERE differs_since <= now() - make_interval(secs => :older_s)")
    return set((await connection.execute(query, {"older_s": older_s})).scalars())


async def last_checks(connection: AsyncConnection) -> list[Row[Any]]:
    """The last report of every asset."""
    return list(await connection.execute(text("SELECT * FROM solvency_checks ORDER BY asset")))


async def load_base(connection: AsyncConnection) -> tuple[bytes, float] | None:
    """What was stored as a base, and how many seconds ago it was taken."""
    query = text("SELECT base::text AS base, extract(epoch FROM now() - taken_at) AS age_s FROM solvency_bases")
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.base.encode(), float(row.age_s))


async def put_base(connection: AsyncConnection, base: bytes) -> None:
    query = text(
        """
        INSERT INTO solvency_bases (taken_at, base) VALUES (now(), CAST(:base AS jsonb))
        ON CONFLICT (id) DO UPDATE SET taken_at = excluded.taken_at, base = excluded.base
        """
    )
    await connection.execute(query, {"base": base.decode()})
