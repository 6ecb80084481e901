"""The hash chain of staff's actions: each link holds the hash of the one before.

Invariant: the hash covers every column of a row but its id, so a row that was changed, taken out or put in breaks the
chain at its number, and the kept end of the chain tells when the last rows are gone. Limit: it is not keyed; who can
write to the database at will can make a new chain, which only an end noted elsewhere (`pyxiu audit` prints it) shows.
"""

import hashlib
import json
from collections.abc import AsyncIterable
from typing import Final

import msgspec

from pyxiu.identity.activities.model import StoredActivity

GENESIS: Final = bytes(32)
#: Findings told; beyond it a chain is broken enough.
FINDINGS_MAX: Final = 100


class Link(msgspec.Struct, frozen=True):
    """The number and hash of a row in the chain."""

    seq: int
    hash: bytes


def hash_of(row: StoredActivity, prev_hash: bytes) -> bytes:
    """SHA-256 of the previous hash and the row's content as canonical JSON."""
    content = {
        "seq": row.chain_seq,
        "user_id": row.user_id,
        "target_uid": row.target_uid,
        "category": row.category,
        "user_ip": row.user_ip,
        "user_ip_country": row.user_ip_country,
        "user_agent": row.user_agent,
        "topic": row.topic,
        "action": row.action,
        "result": row.result,
        "data": row.data,
        "reason": row.reason,
        "before": row.before,
        "after": row.after,
        "created_at": row.created_at.isoformat(timespec="microseconds"),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(prev_hash + canonical.encode()).digest()


async def verify_chain(rows: AsyncIterable[StoredActivity], end: Link) -> list[str]:
    """What is wrong with the chain, naming the rows; `rows` are the staff actions in the order of their numbers."""
    findings: list[str] = []
    expected_seq, prev_hash = 1, GENESIS
    async for row in rows:
        if len(findings) >= FINDINGS_MAX:
            return [*findings, "… and more"]
        if row.chain_seq is None or row.hash is None:
            findings.append(f"activity {row.id}: a staff action outside the chain")
            continue
        if row.chain_seq != expected_seq:
            findings.append(f"activities {expected_seq} to {row.chain_seq - 1} of the chain are missing")
        elif row.prev_hash != prev_hash:
            findings.append(f"activity {row.id} (number {row.chain_seq}): the hash of the row before does not fit")
        if hash_of(row, row.prev_hash or b"") != row.hash:
            findings.append(f"activity {row.id} (number {row.chain_seq}): changed since it was written")
        expected_seq, prev_hash = row.chain_seq + 1, row.hash
    return findings + _of_end(end, Link(expected_seq - 1, prev_hash))


def _of_end(kept: Link, found: Link) -> list[str]:
    if kept == found:
        return []
    if kept.seq > found.seq:
        return [f"activities {found.seq + 1} to {kept.seq} at the end of the chain are missing"]
    return [f"the chain ends at number {found.seq} with {found.hash.hex()}, kept was {kept.seq} with {kept.hash.hex()}"]
