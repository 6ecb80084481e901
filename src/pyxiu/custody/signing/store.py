"""The SQL of the schema `signer`, on a connection that the caller's transaction owns.

Invariant: the log is a chain: each entry's hash covers the one before it, and entries are added one at a time. Limit:
whoever owns the database can drop the schema; then the chain ends and `pyxiu signer log --verify` says so.
"""

import datetime
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.signing.model import Group, Limit, LogEntry, Policy

#: "pyxiu" + 0x12: entries are appended, and limits looked at, by one signer at a time.
SIGNER_LOCK: Final = 0x7079_7812
FIRST_HASH: Final = bytes(32)


async def lock_signer(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SIGNER_LOCK})


async def policy_of(connection: AsyncConnection, network: str) -> Policy:
    given = {"network": network}
    limits = await connection.execute(
        text("SELECT * FROM signer.limits WHERE network = :network ORDER BY currency, period_s"), given
    )
    fee = await connection.execute(text("SELECT fee_max FROM signer.fee_caps WHERE network = :network"), given)
    fee_max = fee.scalar_one_or_none()
    allowed = await connection.execute(text("SELECT destination FROM signer.allowed WHERE network = :network"), given)
    return Policy(
        tuple(Limit(row.network, row.currency, row.period_s, int(row.amount_max)) for row in limits),
        None if fee_max is None else int(fee_max),
        frozenset(row.destination for row in allowed),
    )


async def put_limit(connection: AsyncConnection, limit: Limit) -> None:
    await connection.execute(
        text(
            """
            INSERT INTO signer.limits (network, currency, period_s, amount_max)
            VALUES (:network, :currency, :period_s, :amount_max)
            ON CONFLICT (network, currency, period_s) DO UPDATE SET amount_max = excluded.amount_max
            """
        ),
        {
            "network": limit.network,
            "currency": limit.currency,
            "period_s": limit.period_s,
            "amount_max": limit.amount_max,
        },
    )


async def put_fee_max(connection: AsyncConnection, network: str, fee_max: int) -> None:
    await connection.execute(
        text(
            "INSERT INTO signer.fee_caps (network, fee_max) VALUES (:network, :fee_max) "
            "ON CONFLICT (network) DO UPDATE SET fee_max = excluded.fee_max"
        ),
        {"network": network, "fee_max": fee_max},
    )


async def put_allowed(connection: AsyncConnection, network: str, destination: str, note: str) -> None:
    await connection.execute(
        text(
            "INSERT INTO signer.allowed (network, destination, note) VALUES (:network, :destination, :note) "
            "ON CONFLICT (network, destination) DO UPDATE SET note = excluded.note"
        ),
        {"network": network, "destination": destination, "note": note},
    )


async def policy_networks(connection: AsyncConnection) -> list[str]:
    rows = await connection.execute(
        text(
            "SELECT network FROM signer.limits UNION SELECT network FROM signer.fee_caps "
            "UNION SELECT network FROM signer.allowed ORDER BY 1"
        )
    )
    return [row.network for row in rows]


async def spent_since(connection: AsyncConnection, network: str, currency: str, since: datetime.datetime) -> int:
    query = text(
        "SELECT coalesce(sum(amount), 0) FROM signer.spending "
        "WHERE network = :network AND currency = :currency AND signed_at > :since"
    )
    given = {"network": network, "currency": currency, "since": since}
    return int((await connection.execute(query, given)).scalar_one())


async def put_spending(
    connection: AsyncConnection, payout_id: int, network: str, currency: str, amount: int, at: datetime.datetime
) -> None:
    await connection.execute(
        text(
            "INSERT INTO signer.spending (payout_id, network, currency, amount, signed_at) "
            "VALUES (:payout, :network, :currency, :amount, :at)"
        ),
        {"payout": payout_id, "network": network, "currency": currency, "amount": amount, "at": at},
    )


async def group_of(connection: AsyncConnection, payout_id: int) -> Group | None:
    query = text("SELECT outputs_hash, locks FROM signer.groups WHERE payout_id = :payout")
    row = (await connection.execute(query, {"payout": payout_id})).one_or_none()
    return None if row is None else Group(bytes(row.outputs_hash), frozenset(row.locks))


async def put_group(connection: AsyncConnection, payout_id: int, group: Group) -> None:
    await connection.execute(
        text("INSERT INTO signer.groups (payout_id, outputs_hash, locks) VALUES (:payout, :outputs, :locks)"),
        {"payout": payout_id, "outputs": group.outputs_hash, "locks": sorted(group.locks)},
    )


async def payer_of(connection: AsyncConnection, withdrawal: str) -> int | None:
    """The payout that a withdrawal was signed for."""
    query = text("SELECT payout_id FROM signer.paid WHERE withdrawal = :withdrawal")
    return (await connection.execute(query, {"withdrawal": withdrawal})).scalar_one_or_none()


async def put_paid(connection: AsyncConnection, payout_id: int, withdrawals: Sequence[str]) -> None:
    await connection.execute(
        text("INSERT INTO signer.paid (withdrawal, payout_id) SELECT unnest(CAST(:withdrawals AS text[])), :payout"),
        {"withdrawals": list(withdrawals), "payout": payout_id},
    )


async def put_request(
    connection: AsyncConnection, payload_hash: bytes, payout_id: int, attempt_id: int, txid: str, log_id: int
) -> None:
    await connection.execute(
        text(
            "INSERT INTO signer.requests (payload_hash, payout_id, attempt_id, txid, log_id) "
            "VALUES (:hash, :payout, :attempt, :txid, :log)"
        ),
        {"hash": payload_hash, "payout": payout_id, "attempt": attempt_id, "txid": txid, "log": log_id},
    )


async def append(
    connection: AsyncConnection,
    kind: str,
    network: str,
    detail: dict[str, Any],
    *,
    at: datetime.datetime,
    payout_id: int | None = None,
    payload_hash: bytes | None = None,
) -> LogEntry:
    """Add to the log; the caller holds the signer's lock."""
    last = (await connection.execute(text("SELECT id, hash FROM signer.log ORDER BY id DESC LIMIT 1"))).one_or_none()
    number, before = (1, FIRST_HASH) if last is None else (last.id + 1, bytes(last.hash))
    entry = LogEntry(
        id=number,
        at=at,
        kind=kind,
        network=network,
        payout_id=payout_id,
        payload_hash=payload_hash,
        detail=detail,
        prev_hash=before,
        hash=b"",
    )
    digest = entry_hash(entry)
    await connection.execute(
        text(
            """
            INSERT INTO signer.log (id, at, kind, network, payout_id, payload_hash, detail, prev_hash, hash)
            VALUES (:id, :at, :kind, :network, :payout, :payload_hash, CAST(:detail AS jsonb), :prev_hash, :hash)
            """
        ),
        {
            "id": number,
            "at": at,
            "kind": kind,
            "network": network,
            "payout": payout_id,
            "payload_hash": payload_hash,
            "detail": json.dumps(detail),
            "prev_hash": before,
            "hash": digest,
        },
    )
    return LogEntry(**{name: getattr(entry, name) for name in entry.__struct_fields__ if name != "hash"}, hash=digest)


async def read_log(connection: AsyncConnection, *, after: int = 0, limit: int) -> list[LogEntry]:
    rows = await connection.execute(
        text("SELECT * FROM signer.log WHERE id > :after ORDER BY id LIMIT :limit"), {"after": after, "limit": limit}
    )
    return [
        LogEntry(
            **{
                **row._asdict(),
                "payload_hash": None if row.payload_hash is None else bytes(row.payload_hash),
                "prev_hash": bytes(row.prev_hash),
                "hash": bytes(row.hash),
            }
        )
        for row in rows
    ]


async def last_log_id(connection: AsyncConnection) -> int:
    return int((await connection.execute(text("SELECT coalesce(max(id), 0) FROM signer.log"))).scalar_one())


def entry_hash(entry: LogEntry) -> bytes:
    """SHA-256 over the entry's only JSON form and the hash before it."""
    fields = {
        "id": entry.id,
        "at": entry.at.astimezone(datetime.UTC).isoformat(),
        "kind": entry.kind,
        "network": entry.network,
        "payout": entry.payout_id,
        "payload": None if entry.payload_hash is None else entry.payload_hash.hex(),
        "detail": entry.detail,
    }
    told = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return hashlib.sha256(b"pyxiu signer log 1\0" + entry.prev_hash + told).digest()


def broken_at(entries: Sequence[LogEntry], last: LogEntry | None = None) -> int | None:
    """The first entry that does not follow from the one before it. `last`: the one before these, None at the start."""
    number, before = (1, FIRST_HASH) if last is None else (last.id + 1, last.hash)
    for entry in entries:
        if (entry.id, entry.prev_hash) != (number, before) or entry_hash(entry) != entry.hash:
            return entry.id
        number, before = entry.id + 1, entry.hash
    return None
