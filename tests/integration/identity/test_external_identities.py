"""Logging in by an outside provider: whose account it opens, what is asked for beside it, and what it never opens."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from pyxiu.identity.accounts.change_user import decide_state
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.activities.model import ActivityFilter
from pyxiu.identity.activities.store import page_of
from pyxiu.identity.external.link_identity import (
    INVALID_OTP,
    OTHER_ADDRESS,
    TAKEN,
    WRONG_PASSWORD,
    LinkRequest,
    link_action,
    link_identity,
    unlink_identity,
)
from pyxiu.identity.external.link_identity import INVALID_TOKEN as LINK_INVALID_TOKEN
from pyxiu.identity.external.link_identity import MISSING_OTP as LINK_MISSING_OTP
from pyxiu.identity.external.log_in_with_token import (
    EMAIL_NOT_VERIFIED,
    INVALID_TOKEN,
    NOT_LINKED,
    TokenLogIn,
    log_in_with_token,
)
from pyxiu.identity.external.store import ExternalIdentity, identities_of
from pyxiu.identity.factors.model import Caller, FactorProof
from pyxiu.identity.model import Client, UserState
from pyxiu.identity.rates import AccountRates, Rate
from pyxiu.identity.sessions.close_sessions import close_sessions_of
from pyxiu.identity.sessions.find_session import find_session
from pyxiu.identity.sessions.log_in import INVALID_OTP as LOGIN_INVALID_OTP
from pyxiu.identity.sessions.log_in import MISSING_OTP as LOGIN_MISSING_OTP
from pyxiu.identity.sessions.log_in import LoggedIn
from pyxiu.identity.sessions.model import SessionOwner, token_hash
from pyxiu.identity.tables.accounts import users
from pyxiu.identity.tables.external import used_identity_tokens
from pyxiu.identity.worker import tidy
from pyxiu.kit.clock import ManualClock
from pyxiu.storage.outbox import outbox
from tests.support.factors import START_NS, Clocked
from tests.support.identity import CLIENT, PASSWORD, as_staff, identity_settings, running_identity
from tests.support.tenant import ISSUER, Tenant, running_tenant

NOTHING = FactorProof()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture
def tenant(clock: ManualClock) -> Iterator[Tenant]:
    with running_tenant(clock) as running:
        yield running


@pytest.fixture
async def world(database_dsn: str, clock: ManualClock, tenant: Tenant) -> AsyncIterator[Clocked]:
    async with running_identity(database_dsn, clock=clock, identity_tokens=tenant.checker()) as services:
        yield Clocked(services, clock)


async def come(
    world: Clocked, id_token: str, proof: FactorProof = NOTHING, client: Client = CLIENT, **more: Any
) -> LoggedIn | Refused:
    return await log_in_with_token(world.services, TokenLogIn(id_token=id_token, proof=proof), client, **more)


async def let_in(world: Clocked, id_token: str, proof: FactorProof = NOTHING, **more: Any) -> LoggedIn:
    done = await come(world, id_token, proof, **more)
    assert isinstance(done, LoggedIn), done
    return done


async def link(
    world: Clocked, caller: Caller, id_token: str, *, password: str = PASSWORD, proof: FactorProof = NOTHING
) -> ExternalIdentity | Refused:
    return await link_identity(world.services, caller, LinkRequest(id_token=id_token, password=password, proof=proof))


async def linked(world: Clocked, caller: Caller, tenant: Tenant, subject: str, **more: Any) -> None:
    done = await link(world, caller, tenant.token(sub=subject, email=caller.user.email), **more)
    assert isinstance(done, ExternalIdentity), done


async def count_users(world: Clocked) -> int:
    async with world.services.database.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(users))).scalar_one())


async def told(world: Clocked, uid: str) -> list[str]:
    """Events about a user, in order."""
    query = select(outbox.c.event).where(outbox.c.record["user"]["uid"].astext == uid).order_by(outbox.c.id)
    async with world.services.database.connect() as connection:
        return list((await connection.execute(query)).scalars())


async def done_by(world: Clocked, user_id: int) -> list[tuple[str, str]]:
    """Activities of a user, the oldest first."""
    async with world.services.database.connect() as connection:
        rows = (await page_of(connection, ActivityFilter(user_id=user_id), limit=50, offset=0))[0]
    return sorted((row.action, row.result) for row in rows)


async def test_who_comes_first_gets_an_active_account_and_the_same_one_ever_after(
    world: Clocked, tenant: Tenant
) -> None:
    first = await let_in(world, tenant.token(sub="auth0|1", email="Ann@Example.com"))
    assert (first.user.email, first.user.state, first.user.level) == ("ann@example.com", UserState.ACTIVE, 1)
    assert first.user.role == "member"
    async with world.services.database.begin() as connection:
        owner = await find_session(connection, world.services, token_hash(first.session.token), CLIENT)
    assert isinstance(owner, SessionOwner)
    # The address at the provider may change; who it is does not.
    again = await let_in(world, tenant.token(sub="auth0|1", email="ann@elsewhere.example"))
    assert again.user.uid == first.user.uid
    assert await count_users(world) == 1
    events = await told(world, first.user.uid)
    assert {"model.label.created", "system.user.email.confirmed", "system.session.create"} <= set(events)
    assert "system.user.email.confirmation.token" not in events
    actions = [("login", "succeed"), ("login", "succeed"), ("signup", "succeed")]
    assert await done_by(world, first.user.id) == actions


@pytest.mark.parametrize("says", [False, None, "true"])
async def test_an_address_that_the_provider_has_not_verified_opens_nothing(
    world: Clocked, tenant: Tenant, says: Any
) -> None:
    caller = await world.caller()
    for email in (caller.user.email, "new@example.com"):
        assert await come(world, tenant.token(email=email, email_verified=says)) is EMAIL_NOT_VERIFIED
    assert await count_users(world) == 1


async def test_an_account_that_is_there_is_not_opened_by_its_address_alone(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    pending = await world.caller(level=0)
    for user in (caller.user, pending.user):
        assert await come(world, tenant.token(email=user.email)) is NOT_LINKED
        assert await come(world, tenant.token(email=user.email.upper())) is NOT_LINKED
    assert (await world.again(pending)).state is UserState.PENDING
    async with world.services.database.connect() as connection:
        assert await identities_of(connection, caller.user.id) == []


async def test_a_linked_identity_logs_in_until_it_is_unlinked(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    done = await link(world, caller, tenant.token(sub="auth0|1", email=caller.user.email.upper()))
    assert isinstance(done, ExternalIdentity)
    assert done.issuer == ISSUER
    assert await world.cools_off(caller)
    assert (await let_in(world, tenant.token(sub="auth0|1"))).user.uid == caller.user.uid

    stranger = await world.caller()
    assert not await unlink_identity(world.services, stranger, done.id)
    assert await unlink_identity(world.services, caller, done.id)
    assert not await unlink_identity(world.services, caller, done.id)
    assert await come(world, tenant.token(sub="auth0|1", email=caller.user.email)) is NOT_LINKED
    events = await told(world, caller.user.uid)
    assert {"system.external_identity.linked", "system.external_identity.unlinked"} <= set(events)
    actions = await done_by(world, caller.user.id)
    assert {("link identity", "succeed"), ("unlink identity", "succeed")} <= set(actions)


async def test_a_link_on_its_way_is_not_made_once_its_session_has_ended(
    world: Clocked, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await world.caller()
    tokens = world.services.identity_tokens
    verify = tokens.verify

    async def ended_meanwhile(id_token: str) -> Any:
        async with world.services.database.begin() as connection:
            await close_sessions_of(connection, caller.user.id, reason="password_reset")
        return await verify(id_token)

    monkeypatch.setattr(tokens, "verify", ended_meanwhile)
    refused = await link(world, caller, tenant.token(sub="auth0|1", email=caller.user.email))
    assert refused is WRONG_PASSWORD


async def test_linking_takes_the_password_and_a_token_of_the_own_address(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    email = caller.user.email
    assert await link(world, caller, tenant.token(email=email), password="wrong-password-9") is WRONG_PASSWORD
    assert await link(world, caller, "nonsense") is LINK_INVALID_TOKEN
    assert await link(world, caller, tenant.token(email="other@example.com")) is OTHER_ADDRESS
    assert await link(world, caller, tenant.token(email=email, email_verified=False)) is OTHER_ADDRESS
    async with world.services.database.connect() as connection:
        assert await identities_of(connection, caller.user.id) == []
    assert not await world.cools_off(caller)


async def test_an_identity_is_linked_to_one_account_and_an_account_to_one_identity(
    world: Clocked, tenant: Tenant
) -> None:
    caller = await world.caller()
    await linked(world, caller, tenant, "auth0|1")
    assert await link(world, caller, tenant.token(sub="auth0|2", email=caller.user.email)) is TAKEN
    other = await world.caller()
    assert await link(world, other, tenant.token(sub="auth0|1", email=other.user.email)) is TAKEN


async def test_linking_takes_the_second_factor_where_there_is_one(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    token = tenant.token(sub="auth0|1", email=caller.user.email)
    assert await link(world, caller, token) is LINK_MISSING_OTP
    assert await link(world, caller, token, proof=FactorProof("000000")) is INVALID_OTP
    done = await link(world, caller, token, proof=FactorProof(world.code(secret)))
    assert isinstance(done, ExternalIdentity), done


async def test_a_passkey_approves_the_linking_of_one_token_only(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    token, other = (tenant.token(email=caller.user.email) for _ in range(2))
    signed = await world.assertion(caller, device, link_action(token))
    assert await link(world, caller, other, proof=signed) is INVALID_OTP
    signed = await world.assertion(caller, device, link_action(token))
    assert isinstance(await link(world, caller, token, proof=signed), ExternalIdentity)


async def test_the_second_factor_is_asked_for_after_the_token(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    await linked(world, caller, tenant, "auth0|1")
    secret = await world.with_totp(caller)
    token = tenant.token(sub="auth0|1")
    assert await come(world, token) is LOGIN_MISSING_OTP
    assert await come(world, token, FactorProof("000000")) is LOGIN_INVALID_OTP
    # The same token again: what was refused has not used it up.
    await let_in(world, token, FactorProof(world.code(secret)))
    actions = [row for row in await done_by(world, caller.user.id) if row[0].startswith("login")]
    assert actions == [("login::2fa", "failed"), ("login::2fa", "failed"), ("login::2fa", "succeed")]


async def test_wrong_codes_after_a_token_are_counted_as_those_after_a_password(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    await linked(world, caller, tenant, "auth0|1")
    secret = await world.with_totp(caller)
    for number in range(10):
        refused = await come(world, tenant.token(sub="auth0|1"), FactorProof("000000"), Client(f"192.0.2.{number}"))
        assert refused is LOGIN_INVALID_OTP
    refused = await come(world, tenant.token(sub="auth0|1"), FactorProof(world.code(secret)), Client("192.0.2.99"))
    assert isinstance(refused, Refused)
    assert refused.status == 429


@pytest.mark.parametrize(
    ("state", "code"),
    [(UserState.BANNED, "banned"), (UserState.LOCKED, "not_active"), (UserState.DELETED, "deleted")],
)
async def test_the_state_of_the_account_counts_whatever_the_provider_says(
    world: Clocked, tenant: Tenant, state: UserState, code: str
) -> None:
    first = await let_in(world, tenant.token(sub="auth0|1", email="ann@example.com"))
    async with world.services.database.begin() as connection:
        await as_staff(connection)
        await decide_state(connection, world.services, first.user, state)
    refused = await come(world, tenant.token(sub="auth0|1", email="ann@example.com"))
    assert isinstance(refused, Refused)
    assert (refused.status, refused.codes) == (401, (f"identity.session.{code}",))
    # Nor does another identity with the same address open it, or make a second account.
    assert await come(world, tenant.token(sub="auth0|2", email="ann@example.com")) is NOT_LINKED
    assert await count_users(world) == 1


async def test_a_token_opens_one_session_however_many_send_it_at_once(world: Clocked, tenant: Tenant) -> None:
    token = tenant.token(sub="auth0|1")
    done = await asyncio.gather(*(come(world, token) for _ in range(4)))
    assert sum(isinstance(each, LoggedIn) for each in done) == 1
    assert await come(world, token) is INVALID_TOKEN
    again = tenant.token(sub="auth0|1")
    done = await asyncio.gather(*(come(world, again) for _ in range(4)))
    assert sum(isinstance(each, LoggedIn) for each in done) == 1
    assert await count_users(world) == 1


async def test_two_tabs_that_come_for_the_first_time_at_once_make_one_account(world: Clocked, tenant: Tenant) -> None:
    tokens = [tenant.token(sub="auth0|1", email="ann@example.com") for _ in range(2)]
    done = await asyncio.gather(*(let_in(world, token) for token in tokens))
    assert done[0].user.uid == done[1].user.uid
    assert await count_users(world) == 1


async def test_a_token_that_linked_does_not_log_in(world: Clocked, tenant: Tenant) -> None:
    caller = await world.caller()
    token = tenant.token(email=caller.user.email)
    assert isinstance(await link(world, caller, token), ExternalIdentity)
    assert await come(world, token) is INVALID_TOKEN


async def test_used_tokens_are_forgotten_once_they_would_be_refused_anyway(world: Clocked, tenant: Tenant) -> None:
    token = tenant.token()
    await let_in(world, token)
    query = select(func.count()).select_from(used_identity_tokens)
    for pass_s, left in ((600, 1), (61, 0)):
        world.pass_s(pass_s)
        await tidy(world.services)
        async with world.services.database.connect() as connection:
            assert (await connection.execute(query)).scalar_one() == left
    assert await come(world, token) is INVALID_TOKEN


async def test_the_session_that_the_browser_had_ends(world: Clocked, tenant: Tenant) -> None:
    first = await let_in(world, tenant.token(sub="auth0|1"))
    await let_in(world, tenant.token(sub="auth0|1"), previous_token=first.session.token)
    async with world.services.database.begin() as connection:
        found = await find_session(connection, world.services, token_hash(first.session.token), CLIENT)
    assert not isinstance(found, SessionOwner)


async def test_t72_tries_and_new_accounts_of_one_network_are_limited(database_dsn: str, tenant: Tenant) -> None:
    rates = AccountRates(login_address=Rate(5, 600), signup_address=Rate(1, 3600))
    more = {"settings": identity_settings(rates=rates), "clock": tenant.clock, "identity_tokens": tenant.checker()}
    async with running_identity(database_dsn, **more) as services:
        assert isinstance(tenant.clock, ManualClock)
        world = Clocked(services, tenant.clock)
        await let_in(world, tenant.token(sub="auth0|1"))
        refused = await come(world, tenant.token())
        assert isinstance(refused, Refused)
        assert refused.status == 429
        # Who has an account is not held up by that; garbage counts as a try.
        await let_in(world, tenant.token(sub="auth0|1"))
        for _ in range(2):
            assert await come(world, "nonsense") is INVALID_TOKEN
        refused = await come(world, tenant.token(sub="auth0|1"))
        assert isinstance(refused, Refused)
        assert refused.status == 429


async def test_without_a_provider_every_token_is_refused(database_dsn: str, tenant: Tenant) -> None:
    async with running_identity(database_dsn) as services:
        request = TokenLogIn(id_token=tenant.token())
        assert await log_in_with_token(services, request, CLIENT) is INVALID_TOKEN
