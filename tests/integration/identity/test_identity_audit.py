"""The audit of identity: clean on what the use cases make, and every tampering named."""

import asyncpg
import pytest

from pyxiu.identity.audit_checks import check_identity
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.change_user_state import change_user_state
from pyxiu.identity.staff.model import Act, Staff
from tests.support.identity import CLIENT, a_user, running_identity


async def findings_of(services: IdentityServices) -> dict[str, tuple[str, ...]]:
    async with services.database.connect() as connection:
        return {result.name: result.findings for result in await check_identity(connection) if result.findings}


@pytest.mark.parametrize(
    ("statement", "check", "named"),
    [
        ("UPDATE activities SET reason = 'x' WHERE category = 'admin'", "activities_chain", "number 1): changed"),
        ("DELETE FROM activities WHERE category = 'admin'", "activities_chain", "activities 1 to 1"),
        ("DROP TRIGGER activities_append_only ON activities", "activities_append_only", "found none"),
        ("ALTER TABLE activities DISABLE TRIGGER ALL", "activities_append_only", "found D"),
        ("UPDATE users SET state = 'banned' WHERE role = 'member'", "sessions_belong_to_the_living", "is banned"),
        ("UPDATE users SET otp = true WHERE role = 'member'", "second_factors_are_told", "otp is true"),
        (
            "INSERT INTO comments (user_id, author_uid, title, data) SELECT id, 'ID-NOBODY', 'x', 'x' FROM users",
            "targets_are_known",
            "its author ID-NOBODY is no user",
        ),
        (
            """
            INSERT INTO mails (outbox_id, event, recipient, language, message_id, next_attempt_at, give_up_at)
            VALUES (999999, 'x', 'a@b.test', 'en', 'x', now(), now())
            """,
            "mails_have_events",
            "event 999999 is not in the outbox",
        ),
    ],
)
async def test_t14_what_somebody_changed_in_sql_is_named(
    database_dsn: str, statement: str, check: str, named: str
) -> None:
    # Who audits, and who tampers, has the rights of the tables' owner.
    async with running_identity(database_dsn, role="") as services:
        await a_user(services)
        staff, other = await a_user(services, role="admin"), await a_user(services)
        assert not isinstance(await change_user_state(services, Act(Staff(staff, CLIENT)), other.uid, "locked"), str)
        assert await findings_of(services) == {}
        connection = await asyncpg.connect(database_dsn)
        keep_trigger = "TRIGGER" in statement
        if not keep_trigger:
            await connection.execute("ALTER TABLE activities DISABLE TRIGGER ALL")
        await connection.execute(statement)
        if not keep_trigger:
            await connection.execute("ALTER TABLE activities ENABLE TRIGGER ALL")
        await connection.close()
        found = await findings_of(services)
        assert found.keys() == {check}
        assert named in " ".join(found[check])
