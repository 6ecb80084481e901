"""The SQL of sums that grow with the years: all of them, or what may have changed since a mark.

    await everything(connection)             # costs what was ever paid
    await open_since(connection, mark)       # costs what is on its way, or came since

Invariant: a row that `open_since` leaves out contributes to `everything` what it contributed when the mark was made,
unless the chain has changed below the mark's blocks (which `fits` sees) or staff has explained an old transaction
(which a difference shows). Limit: reads only, on a connection whose transaction is one snapshot.
"""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.solvency.history import History, Mark, Sum
from pyxiu.custody.solvency.store import OWN

_ENTRIES: Final = """
    SELECT 'entries' AS part, ARRAY[e.asset, CASE
            WHEN e.reason IN (1, 2) AND b.key IS NOT NULL THEN 'deposits'
            WHEN e.reason IN (1, 2) AND starts_with(e.reference, :play) THEN 'play_money'
            WHEN e.reason = 12 AND w.id IS NOT NULL THEN 'withdrawals'
            WHEN e.reason = 4 AND t.kind = 'network_fee' THEN 'fees'
            WHEN e.reason = 4 AND t.kind = 'inflow' THEN 'inflows'
            WHEN e.reason = 4 THEN 'adjustments'
            ELSE 'unknown'
        END] AS key,
        -sum(e.available) AS amount, count(*) AS more, min(e.reference) AS example
    FROM entries e
        LEFT JOIN deposit_bookings b ON b.key = e.reference
        LEFT JOIN withdrawals w ON w.hold_id = e.reference
        LEFT JOIN treasury_entries t ON t.key = e.reference
    WHERE e.owner = '@external' {which}
    GROUP BY 2
"""
# What a deposit counts is what arrived: a token may say that it has sent more.
_PAID_IN: Final = """
    SELECT 'paid_in' AS part, ARRAY[p.network, p.kind, p.contract,
        CASE WHEN starts_with(d.owner, '@wallet/') THEN 'inflow'
            WHEN s.id IS NOT NULL THEN s.state
            WHEN x.id IS NOT NULL THEN x.reason
            ELSE 'unread' END] AS key,
        sum(CASE WHEN x.reason = 'not_received' THEN 0 ELSE coalesce(s.chain_amount, p.amount) END) AS amount,
        0 AS more, '' AS example
    FROM {which} p
        JOIN chain_destinations d ON d.id = p.destination_id
        LEFT JOIN deposits s ON s.network = p.network AND s.payment_id = p.payment_id
        LEFT JOIN deposit_exceptions x ON x.network = p.network AND x.payment_id = p.payment_id
    WHERE p.block_height IS NOT NULL AND NOT {own}
    GROUP BY 2
"""
_PAID_OUT: Final = """
    SELECT 'paid_out' AS part, ARRAY[p.network, p.currency] AS key,
        coalesce(sum((SELECT sum(o.chain_amount) FROM payout_outputs o
            WHERE o.payout_id = p.id AND o.withdrawal_id IS NOT NULL AND o.dropped_at IS NULL))
            FILTER (WHERE p.state = 'confirmed'), 0) AS amount,
        coalesce(sum(p.chain_fee), 0) AS more, '' AS example
    FROM {which} p
    WHERE p.state IN ('confirmed', 'failed')
        AND p.block_height <= (SELECT max(b.height) FROM chain_blocks b WHERE b.network = p.network)
    GROUP BY 2
"""
# What transactions of ours have cost of which no payout tells it.
_OTHER_FEES: Final = """
    SELECT 'other_fees' AS part, ARRAY[e.network] AS key, sum(e.chain_amount) AS amount, 0 AS more, '' AS example
    FROM treasury_entries e
    WHERE e.kind = 'network_fee' {which} AND NOT EXISTS (
        SELECT FROM payouts p WHERE p.network = e.network AND p.txid = e.reference AND p.chain_fee IS NOT NULL
            AND p.state IN ('confirmed', 'failed'))
    GROUP BY 2
"""
_IS_OWN: Final = "EXISTS (SELECT FROM own WHERE own.network = p.network AND own.txid = p.txid)"
# The same asked by index, for few payments.
_IS_OWN_ONE: Final = """
    (EXISTS (SELECT FROM payout_attempts t JOIN payouts y ON y.id = t.payout_id
            WHERE t.txid = p.txid AND y.network = p.network)
        OR EXISTS (SELECT FROM payouts y WHERE y.network = p.network AND y.txid = p.txid)
        OR EXISTS (SELECT FROM treasury_moves m WHERE m.network = p.network AND m.txid = p.txid)
        OR EXISTS (SELECT FROM adopted_facts a WHERE a.network = p.network AND a.fact = p.txid)
        OR EXISTS (SELECT FROM treasury_entries e
            WHERE e.kind = 'network_fee' AND e.network = p.network AND e.reference = p.txid))
"""
_EVERYTHING: Final = tuple(
    text(query)
    for query in (
        _ENTRIES.format(which=""),
        f"WITH {OWN} {_PAID_IN.format(which='chain_payments', own=_IS_OWN)}",
        _PAID_OUT.format(which="payouts"),
        _OTHER_FEES.format(which=""),
    )
)
_MARKED: Final = (
    "marked AS (SELECT * FROM unnest(CAST(:networks AS text[]), CAST(:heights AS bigint[])) AS m(network, height))"
)
_OPEN: Final = tuple(
    text(query)
    for query in (
        _ENTRIES.format(which="AND e.seq > :seq"),
        f"""
        WITH {_MARKED}, named AS (
            SELECT p.network, p.payment_id FROM marked m
                JOIN chain_payments p ON p.network = m.network AND p.block_height > m.height
            UNION
            SELECT p.network, p.payment_id FROM marked m
                JOIN chain_payments p ON p.network = m.network AND p.found_at >= :margin
            UNION
            SELECT network, payment_id FROM chain_payments WHERE unread
            UNION
            SELECT network, payment_id FROM deposits
            WHERE network IS NOT NULL AND (withdrawable_at IS NULL OR withdrawable_at >= :margin)
            UNION
            SELECT network, payment_id FROM deposit_exceptions WHERE reason <> 'own_transfer'
        ), open AS (
            SELECT p.* FROM named n JOIN chain_payments p ON p.network = n.network AND p.payment_id = n.payment_id
        )
        {_PAID_IN.format(which="open", own=_IS_OWN_ONE)}
        """,  # noqa: S608 - constants
        f"""
        WITH {_MARKED}, open AS (
            SELECT p.* FROM marked m JOIN payouts p ON p.network = m.network AND p.block_height > m.height
                AND p.state = 'confirmed'
            UNION
            SELECT * FROM payouts WHERE state IN ('confirmed', 'failed') AND state_since >= :margin
        )
        {_PAID_OUT.format(which="open")}
        """,  # noqa: S608 - constants
        _OTHER_FEES.format(which="AND e.created_at >= :margin"),
    )
)


async def everything(connection: AsyncConnection, *, play: str) -> History:
    """`play`: how the keys of play money begin."""
    return await _read(connection, _EVERYTHING, {"play": play})


async def open_since(connection: AsyncConnection, mark: Mark, networks: list[str], *, play: str) -> History:
    """`networks`: all that are scanned; of one that the mark does not know everything is open."""
    heights = [mark.heights[network].height if network in mark.heights else -1 for network in networks]
    given = {"play": play, "seq": mark.seq, "margin": mark.margin, "networks": networks, "heights": heights}
    return await _read(connection, _OPEN, given)


async def fits(connection: AsyncConnection, mark: Mark, seq: int) -> bool:
    """Whether the blocks that the mark names are still those of the chains, and the ledger is no shorter."""
    if seq < mark.seq:
        return False
    query = text("SELECT hash FROM chain_blocks WHERE network = :network AND height = :height")
    for network, block in mark.heights.items():
        if not block.hash:
            continue
        found = await connection.execute(query, {"network": network, "height": block.height})
        if found.scalar_one_or_none() != block.hash:
            return False
    return True


async def _read(connection: AsyncConnection, queries: tuple[Any, ...], given: dict[str, Any]) -> History:
    history: History = {}
    for query in queries:
        asked = {name: given[name] for name in query.compile().params}
        for row in await connection.execute(query, asked):
            history[row.part, *row.key] = Sum(int(row.amount), int(row.more), row.example)
    return history
