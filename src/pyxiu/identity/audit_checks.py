"""What must hold in and between identity's tables beyond their constraints, asked in SQL, and the chain of activities.

Invariant: nothing is written; a finding names the row. Limit: a forgery that fits everywhere, chain included, shows
only against an end of the chain that was noted elsewhere.
"""

from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities import store
from pyxiu.identity.activities.chain import verify_chain

#: Findings told per check.
FINDINGS_MAX: Final = 100


class IdentityCheck(msgspec.Struct, frozen=True):
    """`query` gives one column, a sentence about each row that is wrong."""

    name: str
    says: str
    query: str


class IdentityResult(msgspec.Struct, frozen=True):
    name: str
    says: str
    findings: tuple[str, ...]


CHECKS: Final = (
    IdentityCheck(
        "activities_append_only",
        "The table of activities refuses changes.",
        """
        SELECT 'trigger ' || wanted || ': expected it to be enabled, found ' || coalesce(tgenabled::text, 'none')
        FROM unnest(ARRAY['activities_append_only', 'activities_no_truncate']) AS wanted
        LEFT JOIN pg_trigger ON tgname = wanted AND tgrelid = 'activities'::regclass
        WHERE tgenabled IS NULL OR tgenabled NOT IN ('O', 'A')
        """,
    ),
    IdentityCheck(
        "targets_are_known",
        "Whom staff's actions and notes are about, and who wrote the notes, are known.",
        """
        SELECT 'activity ' || id || ': no user or service account ' || target_uid FROM activities
        WHERE target_uid NOT IN (SELECT uid FROM users UNION ALL SELECT uid FROM service_accounts)
        UNION ALL
        SELECT 'comment ' || id || ': its author ' || author_uid || ' is no user' FROM comments
        WHERE author_uid NOT IN (SELECT uid FROM users)
        """,
    ),
    IdentityCheck(
        "sessions_belong_to_the_living",
        "Open sessions belong to users who may log in.",
        """
        SELECT 'session ' || sessions.id || ': open, and its user ' || users.uid || ' is ' || users.state
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.ended_at IS NULL AND sessions.expires_at > now() AND users.state NOT IN ('pending', 'active')
        """,
    ),
    IdentityCheck(
        "keys_belong_to_the_active",
        "Active API keys belong to active users.",
        """
        SELECT 'API key ' || api_keys.kid || ': active, and its user ' || users.uid || ' is ' || users.state
        FROM api_keys JOIN users ON users.id = api_keys.user_id
        WHERE api_keys.state = 'active' AND users.state <> 'active'
        """,
    ),
    IdentityCheck(
        "second_factors_are_told",
        "A user is said to have an authenticator app exactly if there is one.",
        """
        SELECT 'user ' || users.uid || ': otp is ' || users.otp || ', and enabled secrets are ' || count(secret.user_id)
        FROM users LEFT JOIN totp_secrets AS secret ON secret.user_id = users.id AND secret.enabled
        GROUP BY users.id HAVING users.otp <> (count(secret.user_id) = 1)
        """,
    ),
    IdentityCheck(
        "mails_have_events",
        "Mails that wait are about events that are kept.",
        """
        SELECT 'mail ' || id || ': its event ' || outbox_id || ' is not in the outbox' FROM mails
        WHERE state = 'queued' AND outbox_id NOT IN (SELECT id FROM outbox)
        """,
    ),
)


async def check_identity(connection: AsyncConnection) -> list[IdentityResult]:
    """All checks, on the caller's snapshot."""
    findings = await verify_chain(store.chain_rows(connection), await store.chain_end(connection))
    end = await store.chain_end(connection)
    says = f"Staff's actions follow one another by number and hash, up to {end.seq} {end.hash.hex()[:16]}."
    results = [IdentityResult("activities_chain", says, tuple(findings))]
    for check in CHECKS:
        rows = (await connection.execute(text(f"{check.query} LIMIT {FINDINGS_MAX}"))).scalars().all()
        results.append(IdentityResult(check.name, check.says, tuple(rows)))
    return results
