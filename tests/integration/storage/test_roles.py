"""A role of the database for each module: what each may do, and above all what it must not."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from pyxiu.app.module_dsns import module_dsns
from pyxiu.app.settings import Settings
from pyxiu.kit.errors import PermanentError
from pyxiu.storage import migrate
from pyxiu.storage.database import as_role, connect
from pyxiu.storage.embedded import EmbeddedPostgres
from pyxiu.storage.grant_roles import ROLES
from pyxiu.storage.logins import login_url, make_logins
from pyxiu.storage.roles import MODULES, grants, named_tables, role_of
from tests.support.postgres import StartPostgres, execute, in_a_thread, named

TABLES = """
    SELECT CASE schemaname WHEN 'public' THEN tablename ELSE schemaname || '.' || tablename END
    FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
BATCH = "INSERT INTO journal (seq_first, seq_last, records, hash, prev_hash) VALUES (1, 1, '', sha256(''), sha256(''))"
CHANGES = ("UPDATE journal SET records = ''", "DELETE FROM journal", "TRUNCATE journal")
#: A public module must see none of these, whatever else it may read.
HIDDEN = ("signer.log", "signer.limits", "signer.requests")


@pytest.fixture(scope="module")
def tables_dsn(postgres_server: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """A database for all tests that change nothing, because they are not allowed to."""
    in_a_thread(execute(postgres_server.dsn, f"CREATE DATABASE roles TEMPLATE {migrated_template}"))
    yield named(postgres_server.dsn, "roles")
    in_a_thread(execute(postgres_server.dsn, "DROP DATABASE roles WITH (FORCE)"))


@pytest.fixture
async def owner(database_dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_dsn)
    yield connection
    await connection.close()


async def refused(dsn: str, module: str, *statements: str) -> None:
    """The role may do none of these; the reason is its rights and nothing else."""
    connection = await connect(as_role(dsn, role_of(module)), "test")
    try:
        for statement in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def allowed(dsn: str, module: str, statement: str) -> None:
    connection = await connect(as_role(dsn, role_of(module)), "test")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_every_table_is_named_with_who_may_use_it(owner: Any) -> None:
    tables = {row[0] for row in await owner.fetch(TABLES)}
    assert tables - named_tables() == set(), "name them in storage/roles.py and say which module does what"
    assert named_tables() - tables == set(), "no such tables"


async def test_rights_are_those_of_the_table_and_no_others(owner: Any) -> None:
    found = await owner.fetch(
        """
        SELECT nspname, relname, rolname, privilege_type
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace, aclexplode(relacl) AS acl
            JOIN pg_roles ON pg_roles.oid = acl.grantee
        WHERE relkind IN ('r', 'p', 'S', 'v') AND rolname LIKE 'pyxiu\\_%'
        """
    )
    assert {tuple(row) for row in found} == {tuple(grant) for grant in grants()}
    everybody = await owner.fetch(
        """
        SELECT relname FROM pg_class, aclexplode(relacl) AS acl
        WHERE acl.grantee = 0 AND relnamespace::regnamespace::text IN ('public', 'signer')
        """
    )
    assert everybody == []


@pytest.mark.parametrize("module", [module for module in MODULES if module != "engine"])
async def test_nobody_but_the_engine_appends_to_the_journal(tables_dsn: str, module: str) -> None:
    await refused(tables_dsn, module, BATCH)


@pytest.mark.parametrize("module", MODULES)
async def test_nobody_changes_the_journal(tables_dsn: str, module: str) -> None:
    await refused(tables_dsn, module, *CHANGES)


async def test_not_even_the_owner_changes_the_journal_by_mistake(database_dsn: str, owner: Any) -> None:
    await allowed(database_dsn, "engine", BATCH)
    for statement in CHANGES:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await owner.execute(statement)


@pytest.mark.parametrize("module", [module for module in MODULES if module != "signer"])
async def test_nobody_but_the_signer_sees_its_schema(database_dsn: str, module: str) -> None:
    for table in HIDDEN:
        await refused(database_dsn, module, f"SELECT FROM {table}")


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("signer", "UPDATE signer.limits SET amount_max = 10 * amount_max"),
        ("signer", "DELETE FROM signer.log"),
        ("signer", "UPDATE withdrawals SET amount = 0"),
        ("signer", "SELECT FROM beneficiaries"),
        ("signer", "UPDATE reserved_nonces SET payout_id = NULL"),
        ("signer", "INSERT INTO payouts (network) VALUES ('bitcoin')"),
        ("signer", "INSERT INTO outbox (event, aggregate, record) VALUES ('x', 'x', '{}')"),
        ("signer", "SELECT FROM totp_secrets"),
        ("signer", "SELECT FROM sessions"),
        ("api", "UPDATE accounts SET available = 0"),
        ("api", "UPDATE orders SET status = 2"),
        ("api", "UPDATE currencies SET decimals = 1"),
        ("api", "INSERT INTO wallets (name, network, kind) VALUES ('mine', 'bitcoin', 'hot')"),
        ("api", "UPDATE deposits SET amount = 10 * amount"),
        ("api", "DELETE FROM users"),
        ("api", "UPDATE activities SET result = 'succeed'"),
        ("api", "UPDATE outbox SET record = '{}'"),
        ("api", "UPDATE permissions SET action = 'ACCEPT'"),
        ("api", "INSERT INTO permissions (role, verb, path, action) VALUES ('member', 'ALL', 'api', 'ACCEPT')"),
        ("api", "DELETE FROM restrictions"),
        ("api", "INSERT INTO whitelinks (token_hash, expires_at) VALUES ('x', now())"),
        ("api", "SELECT FROM bootstrap_tokens"),
        ("api", "SELECT FROM comments"),
        ("api", "UPDATE activity_chain SET seq = 0"),
        ("api", "DELETE FROM data_storages"),
        ("api", "UPDATE levels SET key = 'email'"),
        ("admin", "SELECT FROM withdrawals"),
        ("admin", "SELECT FROM beneficiaries"),
        ("admin", "UPDATE orders SET status = 2"),
        ("admin", "UPDATE accounts SET available = 0"),
        ("admin", "UPDATE deposits SET amount = 10 * amount"),
        ("admin", "INSERT INTO deposit_addresses (network) VALUES ('bitcoin')"),
        ("admin", "DELETE FROM users"),
        ("admin", "UPDATE activities SET result = 'succeed'"),
        ("stream", "SELECT FROM totp_secrets"),
        ("stream", "SELECT FROM recovery_codes"),
        ("stream", "UPDATE users SET role = 'superadmin'"),
        ("stream", "INSERT INTO api_keys (kid) VALUES ('x')"),
        ("stream", "SELECT FROM profiles"),
        ("mailer", "SELECT FROM sessions"),
        ("mailer", "SELECT FROM api_keys"),
        ("mailer", "SELECT FROM journal"),
        ("relay", "SELECT FROM users"),
        ("relay", "INSERT INTO outbox (event, aggregate, record) VALUES ('x', 'x', '{}')"),
        ("projector", "SELECT FROM users"),
        ("projector", "DELETE FROM money_keys"),
        ("engine", "SELECT FROM users"),
        ("engine", "UPDATE orders SET status = 2"),
        ("watcher", "SELECT FROM users"),
        ("watcher", "UPDATE withdrawals SET amount = 0"),
        ("scheduler", "SELECT FROM totp_secrets"),
        ("scheduler", "SELECT FROM users"),
        ("scheduler", "UPDATE accounts SET available = 0"),
        ("scheduler", "SELECT FROM orders"),
        ("scheduler", "INSERT INTO activity_chain (id, seq, hash) VALUES (1, 0, '')"),
        ("scheduler", "DELETE FROM custody_activities"),
        ("scheduler", "UPDATE withdrawal_approvals SET reason = 'mine'"),
    ],
)
async def test_a_module_must_not(tables_dsn: str, module: str, statement: str) -> None:
    await refused(tables_dsn, module, statement)


#: What the public shares a table with staff for, and what only staff writes there.
FOR_STAFF = (
    "INSERT INTO users (uid, email, password_hash, role) VALUES ('U2', 'b@example.com', '!', 'superadmin')",
    "UPDATE users SET role = 'superadmin'",
    "UPDATE users SET staff_state = 'active'",
    "INSERT INTO restrictions (category, scope, value, code) VALUES ('whitelist', 'all', 'all', 401)",
    "INSERT INTO restrictions (category, scope, value, code) VALUES ('blacklist', 'ip', '192.0.2.1', 401)",
    "UPDATE restrictions SET state = 'disabled' WHERE category = 'blacklist'",
    "UPDATE restrictions SET category = 'whitelist' WHERE category = 'blacklist'",
    """
    INSERT INTO activities (user_ip, user_ip_country, user_agent, category, topic, action, result, created_at,
        chain_seq, prev_hash, hash)
    VALUES ('', '', '', 'admin', 'users', 'update', 'succeed', now(), 1, '', '')
    """,
)
FOR_ALL = (
    "UPDATE users SET level = 2",
    "INSERT INTO restrictions (category, scope, value, code) VALUES ('whitelist', 'ip', '192.0.2.9', 401)",
    "UPDATE restrictions SET state = 'enabled' WHERE category = 'whitelist'",
)


async def test_the_public_does_not_write_what_staff_decides_in_tables_that_both_write(database_dsn: str) -> None:
    member = "INSERT INTO users (uid, email, password_hash, role) VALUES ('U1', 'a@example.com', '!', 'member')"
    await allowed(database_dsn, "api", member)
    rows = "('blacklist', 'ip', '192.0.2.2', 401)"
    await execute(database_dsn, f"INSERT INTO restrictions (category, scope, value, code) VALUES {rows}")
    await refused(database_dsn, "api", *FOR_STAFF)
    for statement in FOR_ALL:
        await allowed(database_dsn, "api", statement)
    for statement in FOR_STAFF:
        await allowed(database_dsn, "admin", statement)


@pytest.mark.parametrize("module", MODULES)
async def test_no_module_changes_the_rules(tables_dsn: str, module: str) -> None:
    await refused(
        tables_dsn,
        module,
        "CREATE TABLE mine (id int)",
        "DROP TABLE journal",
        "ALTER TABLE journal DISABLE TRIGGER journal_append_only",
        "SET session_replication_role = replica",
        "CREATE ROLE another LOGIN SUPERUSER",
        f"GRANT pyxiu_engine TO {role_of(module)}",
    )


async def test_a_module_connects_as_its_role_in_the_single_process_too(tables_dsn: str, tmp_path: Path) -> None:
    dsns = await module_dsns(Settings(home=tmp_path, database_url=tables_dsn), tables_dsn)
    for module in MODULES:
        connection = await connect(dsns[module], "test")
        assert await connection.fetchval("SELECT current_user") == role_of(module)
        await connection.close()


async def test_what_somebody_granted_by_hand_is_taken_back_by_the_next_migration(database_dsn: str) -> None:
    await execute(database_dsn, "GRANT UPDATE ON accounts TO pyxiu_api; REVOKE SELECT ON orders FROM pyxiu_api")
    await migrate.upgrade(database_dsn)
    await refused(database_dsn, "api", "UPDATE accounts SET available = 0")
    await allowed(database_dsn, "api", "SELECT FROM orders")


async def test_an_owner_who_may_not_make_roles_gets_tables_all_the_same(
    private_postgres: StartPostgres,
) -> None:
    """As at providers who keep roles to themselves: modules then have the owner's rights."""
    server = private_postgres()
    await execute(server.dsn, "CREATE ROLE plain LOGIN PASSWORD 'plain'")
    await execute(server.dsn, "CREATE DATABASE plain OWNER plain")
    dsn = server.dsn.replace("/pyxiu?", "/plain?").replace(server.dsn.split("@")[0], "postgresql://plain:plain")
    await migrate.upgrade(dsn)
    assert await migrate.pending(dsn) == []
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = ANY($1)", list(ROLES)) == 0
    await connection.close()


async def test_a_login_of_its_own_can_be_a_module_and_nothing_else(tables_dsn: str, tmp_path: Path) -> None:
    await execute(tables_dsn, "CREATE ROLE just_relay LOGIN PASSWORD 'x' IN ROLE pyxiu_relay")
    try:
        url = tables_dsn.replace(tables_dsn.split("@", maxsplit=1)[0], "postgresql://just_relay:x")
        settings = Settings(home=tmp_path, module_urls={"relay": url})
        dsns = await module_dsns(settings, url)
        connection = await connect(dsns["relay"], "test")
        assert await connection.fetchval("SELECT current_user") == "pyxiu_relay"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET ROLE pyxiu_api")
        await connection.close()
    finally:
        await execute(tables_dsn, "DROP ROLE just_relay")


async def test_logins_are_made_once_each_for_one_module_in_files_of_their_owner(
    tables_dsn: str, tmp_path: Path
) -> None:
    folder = tmp_path / "logins"
    made = await make_logins(tables_dsn, folder)
    assert [path.stem for path in made] == list(MODULES)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}
    assert await make_logins(tables_dsn, folder) == []
    first = login_url(folder, "mailer")
    assert first is not None
    connection = await connect(as_role(first, role_of("mailer")), "test")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("SELECT FROM sessions")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("RESET ROLE; SELECT FROM sessions")
    await connection.close()
    await make_logins(tables_dsn, folder, anew=True)
    with pytest.raises(PermanentError, match="refuses"):
        await connect(first, "test")
    for module in MODULES:
        await execute(tables_dsn, f"DROP ROLE roles_{module}_login")
