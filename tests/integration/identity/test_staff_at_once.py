"""Staff actions that happen at the same time wait for each other in one order, and never in a circle."""

import asyncio

from pyxiu.identity.activities import store
from pyxiu.identity.activities.chain import verify_chain
from pyxiu.identity.activities.model import Activity, Category
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.change_user_state import change_user_state
from pyxiu.identity.staff.comment_user import add_comment
from pyxiu.identity.staff.model import Act, Refusal, Staff
from tests.support.identity import CLIENT, STAFF, a_user, running_identity

ROUNDS = 5


async def audited_call(services: IdentityServices, user_id: int) -> None:
    """What a permission with AUDIT makes of a call."""
    activity = Activity(
        user_id=user_id, topic="general", action="read", result="succeed", client=CLIENT, category=Category.ADMIN
    )
    async with services.database.begin() as connection:
        await record_activity(connection, activity)


async def test_two_of_staff_and_their_audited_calls_do_not_block_each_other(database_dsn: str) -> None:
    async with running_identity(database_dsn, role=STAFF) as services:
        admins = [await a_user(services, role="superadmin") for _ in range(2)]
        member = await a_user(services)
        acts = [Act(Staff(admin, CLIENT)) for admin in admins]
        for state in ("locked", "active") * ROUNDS:
            done = await asyncio.gather(
                change_user_state(services, acts[0], member.uid, state),
                change_user_state(services, acts[1], member.uid, state),
                add_comment(services, acts[0], member.uid, "a", "b"),
                add_comment(services, acts[1], admins[0].uid, "a", "b"),
                audited_call(services, admins[0].id),
                audited_call(services, admins[1].id),
            )
            # Of two who decide the same, one comes too late.
            assert [isinstance(one, Refusal) for one in done[:2]].count(True) == 1
        async with services.database.connect() as connection:
            end = await store.chain_end(connection)
            assert await verify_chain(store.chain_rows(connection), end) == []
        assert end.seq == 2 * ROUNDS * 5
