"""Logging in: one answer for all that is wrong, limits that hold and do not lock the owner out, one way in for all."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from pyxiu.identity.accounts.change_user import decide_state
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.accounts.store import password_hash_of
from pyxiu.identity.activities.model import ActivityFilter, StoredActivity
from pyxiu.identity.activities.store import page_of
from pyxiu.identity.factors.model import FactorProof
from pyxiu.identity.model import Client, User, UserState
from pyxiu.identity.rates import AccountRates, Rate
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.log_in import INVALID_OTP, INVALID_PARAMS, MISSING_OTP, LoggedIn, LogIn, log_in
from pyxiu.identity.tables.accounts import sessions
from pyxiu.storage.outbox import outbox
from tests.support.factors import Clocked, clocked_identity
from tests.support.identity import (
    CHEAP_HASHING,
    CLIENT,
    PASSWORD,
    a_user,
    as_staff,
    identity_services,
    identity_settings,
    running_identity,
    signed_up,
)

ELSEWHERE = Client("198.51.100.9", "curl/8", "US")


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn) as running:
        yield running


async def try_in(
    services: IdentityServices,
    user: User,
    password: str = PASSWORD,
    client: Client = CLIENT,
    otp_code: str | None = None,
) -> LoggedIn | Refused:
    return await log_in(services, LogIn(email=user.email, password=password, proof=FactorProof(otp_code)), client)


async def activities(services: IdentityServices, user: User) -> list[StoredActivity]:
    async with services.database.connect() as connection:
        return (await page_of(connection, ActivityFilter(user_id=user.id, topic="session"), limit=50, offset=0))[0]


async def events(services: IdentityServices, name: str) -> int:
    async with services.database.connect() as connection:
        query = select(func.count()).where(outbox.c.event == name)
        return int((await connection.execute(query)).scalar_one())


async def test_the_right_password_opens_a_session_however_the_address_is_written(services: IdentityServices) -> None:
    user = await a_user(services, email="alice@example.com")
    done = await log_in(services, LogIn(email=" Alice@EXAMPLE.com ", password=PASSWORD), CLIENT)
    assert isinstance(done, LoggedIn)
    assert done.user.id == user.id
    (activity,) = await activities(services, user)
    assert (activity.action, activity.result, activity.user_ip) == ("login", "succeed", CLIENT.ip)
    assert await events(services, "system.session.create") == 1


async def test_t66_an_unknown_address_a_wrong_password_and_a_closed_account_are_answered_and_charged_alike(
    services: IdentityServices,
) -> None:
    user, banned = await a_user(services), await a_user(services)
    async with services.database.begin() as connection:
        await as_staff(connection)
        await decide_state(connection, services, banned, UserState.BANNED)
    await services.passwords.check(None, "warm")
    costs = []
    for email in (user.email, banned.email, "nobody@example.com", "no address"):
        before = services.passwords.computed
        assert await log_in(services, LogIn(email=email, password="wrong"), CLIENT) is INVALID_PARAMS
        costs.append(services.passwords.computed - before)
    assert costs == [1, 1, 1, 1]
    (activity,) = await activities(services, user)
    assert activity.result == "failed"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (UserState.BANNED, "identity.session.banned"),
        (UserState.LOCKED, "identity.session.not_active"),
        (UserState.DELETED, "identity.session.deleted"),
    ],
)
async def test_the_state_of_an_account_is_told_only_to_who_has_its_password(
    services: IdentityServices, state: UserState, code: str
) -> None:
    user = await a_user(services)
    async with services.database.begin() as connection:
        await as_staff(connection)
        await decide_state(connection, services, user, state)
    refused = await try_in(services, user)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.codes) == (401, (code,))


async def test_a_pending_account_logs_in_to_be_confirmed(services: IdentityServices) -> None:
    assert isinstance(await try_in(services, (await signed_up(services)).user), LoggedIn)


async def test_guesses_at_one_account_from_one_address_are_bounded_also_in_parallel(database_dsn: str) -> None:
    settings = identity_settings(rates=AccountRates(login_pair=Rate(5, 900)))
    async with running_identity(database_dsn, settings=settings) as services:
        user = await a_user(services)
        before = services.passwords.computed
        done = await asyncio.gather(*(try_in(services, user, "wrong") for _ in range(30)))
        assert sum(one is INVALID_PARAMS for one in done) == 5
        assert services.passwords.computed - before == 5
        refused = await try_in(services, user)
        assert isinstance(refused, Refused)
        assert refused.status == 429
        assert refused.retry_after_s is not None
        assert 0 < refused.retry_after_s <= 900
        unknown = [await log_in(services, LogIn(email="nobody@example.com", password="x"), CLIENT) for _ in range(6)]
        assert isinstance(unknown[-1], Refused)
        assert unknown[-1].status == 429, "an address without an account is limited alike"


async def test_a_log_in_that_succeeds_gives_the_tries_back(database_dsn: str) -> None:
    settings = identity_settings(rates=AccountRates(login_pair=Rate(3, 900)))
    async with running_identity(database_dsn, settings=settings) as services:
        user = await a_user(services)
        for _ in range(4):
            assert await try_in(services, user, "wrong") is INVALID_PARAMS
            assert isinstance(await try_in(services, user), LoggedIn)


async def test_guesses_from_everywhere_are_bounded_and_do_not_lock_out_the_browser_of_the_owner(
    database_dsn: str,
) -> None:
    settings = identity_settings(rates=AccountRates(login_account=Rate(6, 3600)))
    async with running_identity(database_dsn, settings=settings) as services:
        user = await a_user(services)
        assert isinstance(await try_in(services, user), LoggedIn)
        strangers = [Client(f"198.51.100.{number}", "curl/8") for number in range(10)]
        done = [await try_in(services, user, "wrong", stranger) for stranger in strangers]
        assert sum(one is INVALID_PARAMS for one in done) == 6
        blocked = await try_in(services, user, PASSWORD, strangers[0])
        assert isinstance(blocked, Refused)
        assert blocked.status == 429
        assert isinstance(await try_in(services, user), LoggedIn)


async def test_one_address_cannot_try_many_accounts(database_dsn: str) -> None:
    settings = identity_settings(rates=AccountRates(login_address=Rate(4, 600)))
    async with running_identity(database_dsn, settings=settings) as services:
        done = [
            await log_in(services, LogIn(email=f"a{number}@example.com", password="x"), CLIENT) for number in range(6)
        ]
        assert [one.status for one in done if isinstance(one, Refused)] == [401, 401, 401, 401, 429, 429]


@pytest.fixture
async def world(database_dsn: str) -> AsyncIterator[Clocked]:
    settings = identity_settings(rates=AccountRates(login_pair=Rate(6, 900)))
    async with clocked_identity(database_dsn, settings=settings) as clocked:
        yield clocked


async def test_a_second_factor_is_asked_for_after_the_password_and_works_once(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    user, services = caller.user, world.services
    assert await try_in(services, user, "wrong", otp_code=world.code(secret)) is INVALID_PARAMS
    assert await try_in(services, user) is MISSING_OTP
    assert await try_in(services, user, otp_code="000000") is INVALID_OTP
    code = world.code(secret)
    done = await try_in(services, user, otp_code=code)
    assert isinstance(done, LoggedIn)
    async with services.database.connect() as connection:
        query = select(sessions.c.factor).where(sessions.c.id == done.session.session_id)
        assert (await connection.execute(query)).scalar_one() == "totp"
    assert await try_in(services, user, otp_code=code) is INVALID_OTP


async def test_t64_answers_that_prove_a_password_are_bounded_as_wrong_ones_are(world: Clocked) -> None:
    caller = await world.caller()
    await world.with_totp(caller)
    done = [await try_in(world.services, caller.user) for _ in range(8)]
    assert done[:6] == [MISSING_OTP] * 6
    assert all(isinstance(one, Refused) and one.status == 429 for one in done[6:])


async def test_a_device_that_is_new_is_told_to_the_owner_and_a_known_one_is_not(services: IdentityServices) -> None:
    user = await a_user(services, client=CLIENT)
    await try_in(services, user)
    assert await events(services, "system.session.new_device") == 0
    await try_in(services, user, client=ELSEWHERE)
    assert await events(services, "system.session.new_device") == 1
    await try_in(services, user, client=ELSEWHERE)
    assert await events(services, "system.session.new_device") == 1


async def test_a_password_is_hashed_anew_when_the_parameters_have_changed(database_dsn: str) -> None:
    async with running_identity(database_dsn) as services:
        user = await a_user(services)
    stronger = identity_settings(hashing=CHEAP_HASHING.__class__(time_cost=2, memory_kib=16, parallelism=1))
    changed = identity_services(database_dsn, settings=stronger)
    try:
        assert isinstance(await try_in(changed, user), LoggedIn)
        async with changed.database.connect() as connection:
            assert "m=16,t=2" in await password_hash_of(connection, user.id)
        assert isinstance(await try_in(changed, user), LoggedIn)
    finally:
        await changed.database.dispose()
