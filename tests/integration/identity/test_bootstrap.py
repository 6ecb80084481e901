"""The first superadmin: by a token that works once, and never because somebody was first."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from pyxiu.identity.accounts.bootstrap import INVALID_BOOTSTRAP, make_superadmin, new_bootstrap_token, put_staff
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.activities.model import ActivityFilter
from pyxiu.identity.activities.store import page_of
from pyxiu.identity.model import Client, User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.log_in import LoggedIn, LogIn, log_in
from pyxiu.kit.clock import ManualClock
from tests.support.identity import CLIENT, PASSWORD, STAFF, a_user, running_identity, signed_up


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn, role=STAFF) as running:
        yield running


async def made(services: IdentityServices, token: str, email: str = "root@example.com") -> User | Refused:
    return await make_superadmin(services, token, email=email, password=PASSWORD, client=CLIENT)


async def test_t70_whoever_signs_up_first_is_a_member_like_all_others(services: IdentityServices) -> None:
    assert (await signed_up(services)).user.role == "member"


async def test_the_token_makes_one_superadmin_who_can_log_in(services: IdentityServices) -> None:
    token = await new_bootstrap_token(services)
    assert token is not None
    root = await made(services, token)
    assert isinstance(root, User)
    assert (root.role, root.state, root.level) == ("superadmin", UserState.ACTIVE, 1)
    assert isinstance(await log_in(services, LogIn(email=root.email, password=PASSWORD), CLIENT), LoggedIn)
    assert await made(services, token, "second@example.com") is INVALID_BOOTSTRAP
    assert await new_bootstrap_token(services) is None
    async with services.database.connect() as connection:
        (activity,) = (await page_of(connection, ActivityFilter(category="admin"), limit=5, offset=0))[0]
    assert (activity.target_uid, activity.after) == (root.uid, {"role": "superadmin"})


async def test_of_two_who_use_the_token_at_once_one_becomes_superadmin(services: IdentityServices) -> None:
    token = await new_bootstrap_token(services)
    assert token is not None
    done = await asyncio.gather(*(made(services, token, f"root{number}@example.com") for number in range(4)))
    assert sum(isinstance(one, User) for one in done) == 1


async def test_a_new_start_prints_a_new_token_and_the_old_one_is_void(services: IdentityServices) -> None:
    first, second = await new_bootstrap_token(services), await new_bootstrap_token(services)
    assert first is not None
    assert second is not None
    assert await made(services, first) is INVALID_BOOTSTRAP
    assert isinstance(await made(services, second), User)


async def test_the_token_is_void_after_a_day_and_guesses_are_limited(database_dsn: str) -> None:
    clock = ManualClock(1_800_000_000 * 10**9)
    async with running_identity(database_dsn, role=STAFF, clock=clock) as services:
        token = await new_bootstrap_token(services)
        assert token is not None
        for _ in range(10):
            assert await made(services, "guess") is INVALID_BOOTSTRAP
        limited = await made(services, "guess")
        assert isinstance(limited, Refused)
        assert limited.status == 429
        clock.advance(24 * 3600 * 10**9)
        assert await made(services, token) is INVALID_BOOTSTRAP


async def test_an_address_that_is_taken_leaves_the_token_good(services: IdentityServices) -> None:
    member = await a_user(services)
    token = await new_bootstrap_token(services)
    assert token is not None
    refused = await made(services, token, member.email)
    assert isinstance(refused, Refused)
    assert refused.codes == ("email.taken",)
    assert isinstance(await made(services, token), User)


async def test_the_operator_makes_staff_and_gives_roles_to_who_is_there(services: IdentityServices) -> None:
    operator = Client("127.0.0.1")
    made_now = await put_staff(services, email="s@example.com", password=PASSWORD, role="support", client=operator)
    assert isinstance(made_now, User)
    assert (made_now.role, made_now.state) == ("support", UserState.ACTIVE)
    member = await a_user(services)
    raised = await put_staff(services, email=member.email, password=None, role="superadmin", client=operator)
    assert isinstance(raised, User)
    assert raised.role == "superadmin"
    assert isinstance(await log_in(services, LogIn(email=member.email, password=PASSWORD), CLIENT), LoggedIn)
    unknown = await put_staff(services, email="x@example.com", password=None, role="admin", client=operator)
    assert isinstance(unknown, Refused)
