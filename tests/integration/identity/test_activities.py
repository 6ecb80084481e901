"""The trail of activities: append-only, without secrets, staff's part of it a chain that shows every tampering."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.identity.activities import store
from pyxiu.identity.activities.chain import verify_chain
from pyxiu.identity.activities.model import Activity, ActivityFilter, Category, Result, StoredActivity
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.model import Client
from pyxiu.storage.orm import open_database

CLIENT = Client("203.0.113.7", "curl/8", "DE")


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(database_dsn, "pyxiu test", pool_size=8)
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO users (id, uid, email, password_hash, role) VALUES (7, 'ID7', 'a@b.test', '', 'admin')")
        )
    yield engine
    await engine.dispose()


def staff_action(number: int = 0) -> Activity:
    return Activity(
        user_id=7,
        category=Category.ADMIN,
        target_uid=f"ID{number}",
        topic="users",
        action="update",
        result=Result.SUCCEED,
        client=CLIENT,
        reason="asked by phone",
        before={"state": "active", "share": 0.1},
        after={"state": "banned", "share": 1e22},
        data={"note": "é\u2028\x00"},
    )


async def record(database: AsyncEngine, *activities: Activity) -> None:
    for activity in activities:
        async with database.begin() as connection:
            await record_activity(connection, activity)


async def findings_of(database: AsyncEngine) -> list[str]:
    async with database.connect() as connection:
        return await verify_chain(store.chain_rows(connection), await store.chain_end(connection))


async def stored(database: AsyncEngine, **wanted: Any) -> list[StoredActivity]:
    async with database.connect() as connection:
        rows, total = await store.page_of(connection, ActivityFilter(**wanted), limit=100, offset=0)
    assert total == len(rows)
    return rows


async def tamper(dsn: str, statement: str) -> None:
    """As somebody does who owns the table and knows about triggers."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("ALTER TABLE activities DISABLE TRIGGER ALL")
    await connection.execute(statement)
    await connection.execute("ALTER TABLE activities ENABLE TRIGGER ALL")
    await connection.close()


async def test_a_staff_action_is_kept_with_before_after_and_reason(database: AsyncEngine) -> None:
    await record(database, staff_action())
    (row,) = await stored(database, category="admin")
    assert (row.user_id, row.target_uid, row.reason) == (7, "ID0", "asked by phone")
    assert row.before == {"state": "active", "share": 0.1}
    assert row.after == {"state": "banned", "share": 1e22}
    assert (row.user_ip, row.user_agent, row.user_ip_country) == ("203.0.113.7", "curl/8", "DE")
    assert await findings_of(database) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activities SET result = 'failed'",
        "DELETE FROM activities",
        "TRUNCATE activities",
        "TRUNCATE users CASCADE",
        "DELETE FROM users",
    ],
)
async def test_the_database_refuses_to_change_or_delete_an_activity(database: AsyncEngine, statement: str) -> None:
    await record(database, Activity(user_id=7, topic="session", action="login", result="succeed", client=CLIENT))
    with pytest.raises(DBAPIError):
        async with database.begin() as connection:
            await connection.execute(text(statement))
    assert len(await stored(database)) == 1


async def test_an_action_that_is_rolled_back_leaves_no_trace(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        await record_activity(connection, staff_action())
        await connection.rollback()
    await record(database, staff_action(1))
    assert [row.chain_seq for row in await stored(database)] == [1]
    assert await findings_of(database) == []


async def test_staff_actions_at_once_form_one_chain(database: AsyncEngine) -> None:
    await asyncio.gather(*(record(database, staff_action(number)) for number in range(20)))
    assert [row.chain_seq for row in await stored(database)] == [*range(20, 0, -1)]
    assert await findings_of(database) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE activities SET reason = 'x' WHERE chain_seq = 2", "number 2): changed"),
        ('UPDATE activities SET after = \'{"state": "active"}\' WHERE chain_seq = 2', "number 2): changed"),
        ("UPDATE activities SET created_at = created_at + interval '1 second' WHERE chain_seq = 2", "number 2): ch"),
        ("DELETE FROM activities WHERE chain_seq = 2", "activities 2 to 2 of the chain are missing"),
        ("DELETE FROM activities WHERE chain_seq = 3", "activities 3 to 3 at the end of the chain are missing"),
        ("DELETE FROM activities", "activities 1 to 3 at the end of the chain are missing"),
        (
            "UPDATE activities SET hash = decode(repeat('00', 32), 'hex') WHERE chain_seq = 2",
            "number 3): the hash of the row before does not fit",
        ),
    ],
)
async def test_t14_the_audit_names_an_activity_that_was_changed_or_deleted(
    database: AsyncEngine, database_dsn: str, statement: str, named: str
) -> None:
    await record(database, *map(staff_action, range(3)))
    await tamper(database_dsn, statement)
    assert named in " ".join(await findings_of(database))


async def test_t73_secrets_do_not_get_into_the_trail(database: AsyncEngine) -> None:
    data = {
        "password": "canary",
        "otp_code": "canary",
        "code": "canary",
        "nested": [{"reset_password_token": "canary", "captcha_response": "canary"}],
        "country_code": "DE",
        "email": "a@b.test",
    }
    action = Activity(user_id=7, topic="account", action="x", result="failed", client=CLIENT, data=data, before=data)
    await record(database, action)
    (row,) = await stored(database)
    assert "canary" not in f"{row.data} {row.before}"
    assert row.data is not None
    assert (row.data["country_code"], row.data["email"]) == ("DE", "a@b.test")


async def test_what_a_client_sends_about_itself_is_cut_and_cleaned(database: AsyncEngine) -> None:
    client = Client("::1", "x" * 10_000 + "\x00\ud800", "DE")
    await record(database, Activity(user_id=7, topic="session", action="login", result="denied", client=client))
    (row,) = await stored(database, result="denied")
    assert row.user_agent == "x" * 500


async def test_activities_are_found_by_user_topic_and_result(database: AsyncEngine) -> None:
    for topic in ("session", "password", "session"):
        await record(database, Activity(user_id=7, topic=topic, action="x", result="succeed", client=CLIENT))
    await record(database, staff_action())
    assert len(await stored(database, uid="ID7")) == 4
    assert len(await stored(database, email="a@b.test", topic="session", category="user")) == 2
    assert len(await stored(database, target_uid="ID0")) == 1
    assert await stored(database, uid="ID8") == []
