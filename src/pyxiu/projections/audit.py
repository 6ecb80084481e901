"""The books checked against themselves: what must hold in and between the projected tables, asked in SQL.

Invariant: all checks look at one snapshot, and one that compares projections is skipped, saying so, while their cursors
differ; a finding names the row. Limit: every check walks its tables, so an audit costs what a full scan costs, and a
forgery that is consistent in all tables is found only by comparing with a core (`audit_core`) or a rebuild.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from pyxiu.projections.audit_checks import CHECKS, Check
from pyxiu.projections.connection import Connection
from pyxiu.projections.registry import NAMES, PROJECTIONS

#: Findings told per check; beyond it the check says that there are more.
FINDINGS_MAX: Final = 100


class Finding(msgspec.Struct, frozen=True):
    """One row that is wrong."""

    check: str
    row: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.check}: {self.row}: expected {self.expected}, found {self.found}"


class CheckResult(msgspec.Struct, frozen=True):
    """`skipped` says why the check was not made; `more` that there are findings beyond those told."""

    check: str
    says: str
    findings: tuple[Finding, ...] = ()
    more: bool = False
    skipped: str | None = None


class AuditReport(msgspec.Struct, frozen=True):
    """`cursors` are those of the snapshot that was audited."""

    cursors: dict[str, int]
    results: tuple[CheckResult, ...]

    @property
    def findings(self) -> list[Finding]:
        return [finding for result in self.results for finding in result.findings]

    @property
    def clean(self) -> bool:
        """Nothing found and nothing skipped."""
        return not any(result.findings or result.skipped for result in self.results)


async def audit(connection: Connection) -> AuditReport:
    """Make every check."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch("SELECT name, seq FROM projection_cursors WHERE name = ANY($1)", list(NAMES))
        cursors = dict.fromkeys(NAMES, 0) | {row["name"]: row["seq"] for row in rows}
        emptied = await emptied_since(connection)
        results = [await run_check(connection, check, cursors, emptied) for check in CHECKS]
    return AuditReport(cursors, tuple(results))


async def emptied_since(connection: Connection) -> set[str]:
    """Projections that a rebuild has emptied since the snapshot was taken; no further one can be until it ends.

    TRUNCATE does not heed snapshots: it leaves a table empty for those who looked before. But it gives the table a new
    file, which `pg_relation_filenode` tells at once and the catalog, being read by the snapshot, does not.
    """
    tables = [table for projection in PROJECTIONS for table in projection.tables]
    await connection.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE")
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class
        WHERE oid = ANY($1::text[]::regclass[]) AND relfilenode <> pg_relation_filenode(oid)
        """,
        tables,
    )
    emptied = {row["relname"] for row in rows}
    return {projection.name for projection in PROJECTIONS if emptied.intersection(projection.tables)}


async def run_check(
    connection: Connection, check: Check, cursors: dict[str, int], emptied: Collection[str] = ()
) -> CheckResult:
    """Make one check, or say why not."""
    if gone := [name for name in check.compares if name in emptied]:
        return CheckResult(check.name, check.says, skipped=f"a rebuild of {', '.join(gone)} began meanwhile")
    if len({cursors[name] for name in check.compares}) > 1:
        different = ", ".join(f"{name} at {cursors[name]}" for name in check.compares)
        return CheckResult(check.name, check.says, skipped=f"the projections have come differently far: {different}")
    rows = await connection.fetch(f"{check.query} LIMIT {FINDINGS_MAX + 1}")
    findings = [Finding(check.name, row["row"], row["expected"], row["found"]) for row in rows[:FINDINGS_MAX]]
    return CheckResult(check.name, check.says, tuple(findings), more=len(rows) > FINDINGS_MAX)
