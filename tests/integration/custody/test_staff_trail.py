"""S-4 for money on its way: staff's trail is a chain, and `pyxiu audit` names what was done to it or to approvals."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pyxiu.custody.activities import note_activity
from pyxiu.custody.audit_checks import check_custody
from tests.support.withdrawals import Desk, running_desk

LTC = 10**8


@pytest.fixture
async def desk(database_dsn: str) -> AsyncIterator[Desk]:
    async with running_desk(database_dsn, approve_all=True) as running:
        yield running


async def note(desk: Desk, count: int) -> None:
    for number in range(count):
        async with desk.services.database.begin() as connection:
            await note_activity(connection, actor="STAFF1", action="test", about=f"row:{number}", reason="because")


async def execute(desk: Desk, *statements: str) -> None:
    async with desk.services.database.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def findings(desk: Desk, name: str) -> list[str]:
    async with desk.services.database.connect() as connection:
        results = await check_custody(connection)
    return [finding for result in results if result.name == name for finding in result.findings]


async def test_the_trail_is_only_added_to(desk: Desk) -> None:
    await note(desk, 3)
    for statement in ("UPDATE custody_activities SET actor = 'x'", "DELETE FROM custody_activities"):
        with pytest.raises(DBAPIError, match="only added to"):
            await execute(desk, statement)
    with pytest.raises(DBAPIError, match="only added to"):
        await execute(desk, "TRUNCATE custody_activities")
    assert await findings(desk, "staff_trail_is_whole") == []


@pytest.mark.parametrize(
    ("forgery", "found"),
    [
        ("UPDATE custody_activities SET actor = 'somebody else' WHERE id = 2", "activity 2: changed since"),
        ("DELETE FROM custody_activities WHERE id = 2", "activity 3: the one before it is missing"),
        ("DELETE FROM custody_activities WHERE id = 3", "the trail has 2 rows, and its end says 3"),
    ],
)
async def test_what_is_done_to_it_past_its_triggers_is_found(desk: Desk, forgery: str, found: str) -> None:
    await note(desk, 3)
    await execute(desk, "SET LOCAL session_replication_role = replica", forgery)
    assert any(found in finding for finding in await findings(desk, "staff_trail_is_whole"))


async def test_a_trigger_that_is_switched_off_is_found(desk: Desk) -> None:
    await execute(desk, "ALTER TABLE custody_activities DISABLE TRIGGER custody_activities_are_chained")
    (found,) = await findings(desk, "staff_trail_is_whole")
    assert "expected it to be enabled" in found


async def test_an_approval_that_never_was_is_found(desk: Desk) -> None:
    alice = desk.member("alice", ltc=LTC)
    made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
    assert await findings(desk, "withdrawals_are_approved") == []
    await execute(desk, "SET LOCAL session_replication_role = replica", "UPDATE withdrawals SET state = 'approved'")
    assert await findings(desk, "withdrawals_are_approved") == [
        f"withdrawal {made.tid}: approved with 0 of 1 approvals"
    ]
