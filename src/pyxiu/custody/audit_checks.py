"""What must hold in and between custody's tables beyond their constraints, asked in SQL.

Invariant: nothing is written; a finding names the row. Limit: what only nodes know is the solvency check's
(`solvency/`), and what leaves no row (keys, approvals that were never given) is left to tests.
"""

from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Findings told per check.
FINDINGS_MAX: Final = 100


class CustodyCheck(msgspec.Struct, frozen=True):
    """`query` gives one column, a sentence about each row that is wrong."""

    name: str
    says: str
    invariants: tuple[str, ...]
    query: str


class CustodyResult(msgspec.Struct, frozen=True):
    name: str
    says: str
    invariants: tuple[str, ...]
    findings: tuple[str, ...]


CHECKS: Final = (
    CustodyCheck(
        "chains_are_linked",
        "The scanned blocks of a network form one chain without gaps.",
        ("W-1",),
        """
        SELECT network || ': block ' || height || ' does not follow ' || coalesce(before::text, 'anything')
        FROM (
            SELECT network, height, parent, lag(height) OVER w AS before, lag(hash) OVER w AS hash_before
            FROM chain_blocks WINDOW w AS (PARTITION BY network ORDER BY height)
        ) AS blocks
        WHERE before IS NOT NULL AND (height <> before + 1 OR parent <> hash_before)
        """,
    ),
    CustodyCheck(
        "payments_have_one_meaning",
        "Every payment that was looked at is one deposit or one listed exception.",
        ("W-2",),
        """
        SELECT p.network || ': payment ' || p.payment_id || ' is '
            || CASE WHEN d.id IS NULL THEN 'neither a deposit nor an exception'
                ELSE 'a deposit and an open exception' END
        FROM chain_payments p
            LEFT JOIN deposits d ON d.network = p.network AND d.payment_id = p.payment_id
            LEFT JOIN deposit_exceptions x ON x.network = p.network AND x.payment_id = p.payment_id
        WHERE NOT p.unread AND ((d.id IS NULL AND x.id IS NULL AND p.block_height IS NOT NULL)
            OR (d.id IS NOT NULL AND x.id IS NOT NULL AND x.resolved_at IS NULL))
        """,
    ),
    CustodyCheck(
        "payments_without_a_block_are_no_deposits",
        "What is shown of a node's pool is no deposit.",
        ("W-2", "W-3"),
        """
        SELECT p.network || ': payment ' || p.payment_id || ' is pending, and the deposit ' || d.tid
        FROM pending_payments p
            JOIN deposits d ON d.tid = p.tid OR d.id = p.id OR (d.network = p.network AND d.payment_id = p.payment_id)
        """,
    ),
    CustodyCheck(
        "spent_payments_are_marked",
        "A payment is marked as spent exactly if a scanned block spends it.",
        ("I-13",),
        """
        SELECT p.network || ': payment ' || p.payment_id || CASE WHEN p.spent THEN ' is marked as spent, and nothing'
            ELSE ' is not marked as spent, and ' || s.spender END || ' spends it'
        FROM chain_payments p
            LEFT JOIN chain_spends s ON s.network = p.network AND s.payment_id = p.payment_id
        WHERE p.spent <> (s.payment_id IS NOT NULL)
        """,
    ),
    CustodyCheck(
        "withdrawals_hold_what_they_ask_for",
        "The hold of a withdrawal is its sum as long as it is under way, and nothing before and after.",
        ("I-7", "I-8"),
        """
        SELECT 'withdrawal ' || w.tid || ': ' || w.state || ' of ' || w.sum || ', held is ' || coalesce(h.remaining, 0)
        FROM withdrawals w LEFT JOIN holds h ON h.hold_id = w.hold_id
        WHERE w.owed IS NULL
            AND w.hold_seq <= (SELECT coalesce(max(seq), 0) FROM projection_cursors WHERE name = 'holds')
            AND coalesce(h.remaining, 0) <> CASE
                WHEN w.state IN ('held', 'approved', 'paying', 'parked') THEN w.sum ELSE 0 END
        UNION ALL
        SELECT 'withdrawal ' || tid || ': owes the engine ' || owed || ' since ' || state_since
        FROM withdrawals WHERE owed IS NOT NULL AND state_since < now() - interval '5 minutes'
        """,
    ),
    CustodyCheck(
        "withdrawals_are_approved",
        "What was approved had as many approvals as it needed, none of them its owner's.",
        ("S-4",),
        """
        SELECT 'withdrawal ' || w.tid || ': ' || w.state || ' with ' || count(a.id) || ' of ' || w.approvals_needed
            || ' approvals'
        FROM withdrawals w LEFT JOIN withdrawal_approvals a
            ON a.withdrawal_id = w.id AND a.decision = 'approve' AND a.payload_hash = w.proof_hash
                AND a.approver_uid <> w.uid
        WHERE w.state IN ('approved', 'paying', 'parked', 'confirmed', 'failed')
        GROUP BY w.id HAVING count(a.id) < w.approvals_needed
        """,
    ),
    CustodyCheck(
        "staff_trail_is_whole",
        "What staff did to money on its way is a chain without gaps, and its table refuses changes.",
        ("S-4",),
        """
        SELECT 'activity ' || a.id || ': changed since it was written' FROM custody_activities a
        WHERE a.hash <> custody_activity_hash(a.prev_hash, a)
        UNION ALL
        SELECT 'activity ' || a.id || ': the one before it is missing' FROM custody_activities a
        WHERE a.prev_hash <> decode(repeat('00', 32), 'hex')
            AND NOT EXISTS (SELECT FROM custody_activities b WHERE b.hash = a.prev_hash)
        UNION ALL
        SELECT 'the trail has ' || count(a.id) || ' rows, and its end says ' || c.links
        FROM custody_activity_chain c LEFT JOIN custody_activities a ON true
        GROUP BY c.links, c.hash
        HAVING count(a.id) <> c.links OR (c.links > 0 AND NOT coalesce(bool_or(a.hash = c.hash), false))
        UNION ALL
        SELECT 'trigger ' || wanted || ': expected it to be enabled, found ' || coalesce(tgenabled::text, 'none')
        FROM unnest(ARRAY['custody_activities_are_chained', 'custody_activities_no_truncate']) AS wanted
            LEFT JOIN pg_trigger ON tgname = wanted AND tgrelid = 'custody_activities'::regclass
        WHERE tgenabled IS NULL OR tgenabled NOT IN ('O', 'A')
        """,
    ),
    CustodyCheck(
        "withdrawals_have_one_payout",
        "A withdrawal is paid by one payout, and what was sent is stored.",
        ("W-4",),
        """
        SELECT 'withdrawal ' || withdrawal_id || ': in payouts ' || string_agg(payout_id::text, ', ')
        FROM payout_outputs WHERE withdrawal_id IS NOT NULL AND dropped_at IS NULL
        GROUP BY withdrawal_id HAVING count(DISTINCT payout_id) > 1
        UNION ALL
        SELECT 'payout ' || payout_id || ': attempt ' || attempt || ' was sent and its bytes are not stored'
        FROM payout_attempts WHERE state = 'broadcast' AND signed IS NULL AND kind <> 'adopted'
        """,
    ),
    CustodyCheck(
        "reservations_are_single",
        "A coin is held by one payout under way.",
        ("W-5",),
        """
        SELECT network || ': coin ' || payment_id || ' is held by payouts ' || string_agg(payout_id::text, ', ')
        FROM reserved_inputs WHERE released_at IS NULL GROUP BY network, payment_id HAVING count(*) > 1
        """,
    ),
    CustodyCheck(
        "network_fees_are_booked_once",
        "What chains have charged is written down, as much as it was, and in the ledger where it says so.",
        ("W-7",),
        """
        SELECT 'payout ' || p.id || ': cost ' || p.chain_fee || ', its entry says ' || e.chain_amount
        FROM payouts p JOIN treasury_entries e
            ON e.kind = 'network_fee' AND e.network = p.network AND e.reference = p.txid
        WHERE p.state IN ('confirmed', 'failed') AND p.chain_fee <> e.chain_amount
        UNION ALL
        SELECT 'entry ' || e.key || ': booked, and the ledger has no such entry'
        FROM treasury_entries e
        WHERE e.state = 'booked' AND e.amount > 0
            AND e.seq <= (SELECT coalesce(max(seq), 0) FROM projection_cursors WHERE name = 'entries')
            AND NOT EXISTS (SELECT FROM money_keys k WHERE k.key = e.key)
        """,
    ),
    CustodyCheck(
        "sweeps_add_up",
        "A sweep's parts are its amount.",
        ("I-13",),
        """
        SELECT 'sweep ' || s.id || ': its amount is ' || s.chain_amount
            || ', its parts are ' || coalesce(sum(p.chain_amount), 0)
        FROM sweeps s LEFT JOIN sweep_parts p ON p.sweep_id = s.id
        GROUP BY s.id HAVING s.chain_amount <> coalesce(sum(p.chain_amount), 0)
        """,
    ),
)


async def check_custody(connection: AsyncConnection) -> list[CustodyResult]:
    """Make every check; on a snapshot, if they are to be of one moment."""
    results = []
    for check in CHECKS:
        rows = list((await connection.execute(text(f"{check.query} LIMIT {FINDINGS_MAX + 1}"))).scalars())
        findings = tuple(rows[:FINDINGS_MAX]) + (("… and more",) if len(rows) > FINDINGS_MAX else ())
        results.append(CustodyResult(check.name, check.says, check.invariants, findings))
    return results
