"""Migrations run once, in order, whoever starts first."""

import asyncio

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from pyxiu.storage import migrate


async def test_upgrade_brings_an_empty_database_to_the_latest_revision(empty_database_dsn: str) -> None:
    assert await migrate.current(empty_database_dsn) is None
    assert await migrate.pending(empty_database_dsn) == migrate.revisions()

    await migrate.upgrade(empty_database_dsn)

    assert await migrate.current(empty_database_dsn) == migrate.revisions()[-1]
    assert await migrate.pending(empty_database_dsn) == []


async def test_upgrade_of_an_up_to_date_database_changes_nothing(database_dsn: str) -> None:
    before = await migrate.current(database_dsn)
    await migrate.upgrade(database_dsn)
    assert await migrate.current(database_dsn) == before


async def test_processes_that_migrate_at_once_wait_for_each_other(empty_database_dsn: str) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_database_dsn) for _ in range(4)))
    assert await migrate.pending(empty_database_dsn) == []


@pytest.mark.parametrize("statement", ["DELETE FROM journal", "UPDATE journal SET seq_last = 1", "TRUNCATE journal"])
async def test_the_journal_cannot_be_changed_by_sql(database_dsn: str, statement: str) -> None:
    """I-4."""
    connection = await asyncpg.connect(database_dsn)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()


def test_revisions_are_those_that_the_files_are_named_by() -> None:
    script = ScriptDirectory.from_config(migrate._config())
    assert [revision.revision for revision in script.walk_revisions()][::-1] == migrate.revisions()
