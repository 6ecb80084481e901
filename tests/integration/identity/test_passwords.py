"""Passwords that are forgotten or changed: what works once, what ends, and what nobody can find out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, func, select

from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.change_password import (
    NOT_NEW,
    PASSWORDS_DIFFER,
    WRONG_OLD,
    PasswordChange,
    change_password,
)
from pyxiu.identity.accounts.confirm_email import UTILIZED_TOKEN
from pyxiu.identity.accounts.delete_account import WRONG_PASSWORD, delete_account
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.accounts.request_mail import answer_mail_requests, request_mail
from pyxiu.identity.accounts.reset_password import NewPassword, reset_password
from pyxiu.identity.accounts.store import NewUser
from pyxiu.identity.factors.model import Caller, FactorProof
from pyxiu.identity.model import Client, User, UserState
from pyxiu.identity.rates import AccountRates, Rate
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store as sessions
from pyxiu.identity.sessions.devices import revoke_other_devices
from pyxiu.identity.sessions.find_session import find_session
from pyxiu.identity.sessions.log_in import INVALID_PARAMS, LoggedIn, LogIn, log_in
from pyxiu.identity.sessions.model import SessionOwner, token_hash
from pyxiu.identity.tables.accounts import mail_requests
from pyxiu.identity.tables.factors import api_keys
from pyxiu.kit.clock import ManualClock
from tests.support.identity import (
    CLIENT,
    PASSWORD,
    a_user,
    identity_settings,
    mailed_tokens,
    reset_token,
    running_identity,
)

NEW = "Zebra-lantern-91"
OTHER = "Heron-lantern-37"


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn) as running:
        yield running


def new_password(token: str, password: str = NEW, confirmation: str | None = None) -> NewPassword:
    return NewPassword(token, password, password if confirmation is None else confirmation)


async def logged_in(
    services: IdentityServices, user: User, password: str = PASSWORD, client: Client = CLIENT
) -> LoggedIn:
    done = await log_in(services, LogIn(email=user.email, password=password), client)
    assert isinstance(done, LoggedIn), done
    return done


async def is_open(services: IdentityServices, done: LoggedIn, client: Client = CLIENT) -> bool:
    async with services.database.begin() as connection:
        found = await find_session(connection, services, token_hash(done.session.token), client)
    return isinstance(found, SessionOwner)


async def withdrawals_wait(services: IdentityServices, user: User) -> bool:
    async with services.database.connect() as connection:
        return await store.withdraw_from(connection, user.id) is not None


async def test_t66_a_reset_replaces_the_password_ends_all_sessions_and_lets_withdrawals_wait(
    services: IdentityServices,
) -> None:
    user = await a_user(services)
    before = await logged_in(services, user)
    assert await reset_password(services, new_password(await reset_token(services, user.email)), CLIENT) is None
    assert await log_in(services, LogIn(email=user.email, password=PASSWORD), CLIENT) is INVALID_PARAMS
    await logged_in(services, user, NEW)
    assert not await is_open(services, before)
    assert await withdrawals_wait(services, user)


async def test_t66_a_reset_switches_api_keys_off(services: IdentityServices) -> None:
    user = await a_user(services)
    async with services.database.begin() as connection:
        row = {"kid": "0123456789abcdef", "user_id": user.id, "algorithm": "HS256", "secret_sealed": b"x"}
        values = {**row, "scopes": ["read"], "label": "", "networks": [], "state": "active", "legacy_signature": True}
        await connection.execute(api_keys.insert().values(values))
    assert await reset_password(services, new_password(await reset_token(services, user.email)), CLIENT) is None
    async with services.database.connect() as connection:
        assert (await connection.execute(select(api_keys.c.state))).scalar_one() == "inactive"


async def test_t66_a_reset_token_works_once_also_when_it_comes_many_times_at_once(services: IdentityServices) -> None:
    user = await a_user(services)
    token = await reset_token(services, user.email)
    clients = [Client(f"198.51.100.{number}") for number in range(10)]
    done = await asyncio.gather(*(reset_password(services, new_password(token), client) for client in clients))
    assert done.count(None) == 1
    assert await reset_password(services, new_password(token), CLIENT) is UTILIZED_TOKEN


async def test_t66_only_the_newest_reset_token_works(services: IdentityServices) -> None:
    user = await a_user(services)
    first = await reset_token(services, user.email)
    second = await reset_token(services, user.email)
    assert await reset_password(services, new_password(first), CLIENT) is UTILIZED_TOKEN
    assert await reset_password(services, new_password(second), CLIENT) is None


async def test_t66_a_reset_token_is_void_after_the_password_was_changed_otherwise(services: IdentityServices) -> None:
    user = await a_user(services)
    token = await reset_token(services, user.email)
    change = PasswordChange(PASSWORD, NEW, NEW)
    assert await change_password(services, Caller(user, CLIENT, None), change) is None
    assert await reset_password(services, new_password(token, "Third-password-7"), CLIENT) is UTILIZED_TOKEN


async def test_t66_a_reset_token_is_too_old_after_an_hour(database_dsn: str) -> None:
    clock = ManualClock(1_800_000_000 * 10**9)
    async with running_identity(database_dsn, clock=clock) as services:
        user = await a_user(services)
        token = await reset_token(services, user.email)
        clock.advance(3600 * 10**9)
        assert await reset_password(services, new_password(token), CLIENT) is UTILIZED_TOKEN


async def test_a_password_that_will_not_do_leaves_the_token_good(services: IdentityServices) -> None:
    user = await a_user(services)
    token = await reset_token(services, user.email)
    for bad, code in (
        (new_password(token, "short"), "password.requirements"),
        (new_password(token, "Password1"), "password.weak"),
    ):
        refused = await reset_password(services, bad, CLIENT)
        assert refused is not None
        assert refused.codes == (code,)
    refused = await reset_password(services, new_password(token, NEW, "other"), CLIENT)
    assert refused is not None
    assert refused.codes == ("identity.user.passwords_doesnt_match",)
    assert await reset_password(services, new_password(token), CLIENT) is None


async def test_t66_asking_for_a_mail_does_the_same_for_every_address(services: IdentityServices) -> None:
    """No user enumeration by text, status or time: the same statements, the same rows, no hash."""
    user = await a_user(services)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(services.database.sync_engine, "before_cursor_execute", note)
    seen = []
    for email in (user.email, "nobody@example.com", "no address"):
        statements.clear()
        hashes = services.passwords.computed
        assert await request_mail(services, "reset", email, CLIENT, captcha_response=None) is None
        assert services.passwords.computed == hashes
        seen.append(list(statements))
    event.remove(services.database.sync_engine, "before_cursor_execute", note)
    assert seen[0] == seen[1] == seen[2]
    async with services.database.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(mail_requests))).scalar_one() == 3
    assert await answer_mail_requests(services) == 1
    assert len(await mailed_tokens(services, user.email, "reset")) == 1


@pytest.mark.parametrize("state", [UserState.BANNED, UserState.LOCKED, UserState.DELETED])
async def test_who_is_kept_out_gets_no_mail_and_no_password(services: IdentityServices, state: UserState) -> None:
    user = await a_user(services)
    token = await reset_token(services, user.email)
    async with services.database.begin() as connection:
        await store.update_user(connection, user.id, {"state": state.value})
    assert await reset_password(services, new_password(token), CLIENT) is UTILIZED_TOKEN
    await request_mail(services, "reset", user.email, CLIENT, captcha_response=None)
    assert await answer_mail_requests(services) == 0


async def test_a_member_changes_the_password_and_only_the_own_session_stays(services: IdentityServices) -> None:
    user = await a_user(services)
    own, other = await logged_in(services, user), await logged_in(services, user)
    caller = Caller(user, CLIENT, own.session.session_id)
    assert await change_password(services, caller, PasswordChange("wrong", NEW, NEW)) is WRONG_OLD
    assert await change_password(services, caller, PasswordChange(PASSWORD, NEW, "other")) is PASSWORDS_DIFFER
    assert await change_password(services, caller, PasswordChange(PASSWORD, PASSWORD, PASSWORD)) is NOT_NEW
    weak = await change_password(services, caller, PasswordChange(PASSWORD, "Password1", "Password1"))
    assert weak is not None
    assert weak.codes == ("password.weak",)
    assert await is_open(services, other)
    assert await change_password(services, caller, PasswordChange(PASSWORD, NEW, NEW)) is None
    assert await is_open(services, own)
    assert not await is_open(services, other)
    assert await withdrawals_wait(services, user)
    await logged_in(services, user, NEW)


async def test_a_stolen_session_cannot_guess_the_password(database_dsn: str) -> None:
    settings = identity_settings(rates=AccountRates(password_member=Rate(3, 900)))
    async with running_identity(database_dsn, settings=settings) as services:
        user = await a_user(services)
        caller = Caller(user, CLIENT, None)
        for _ in range(3):
            assert await change_password(services, caller, PasswordChange("wrong", NEW, NEW)) is WRONG_OLD
        refused = await change_password(services, caller, PasswordChange(PASSWORD, NEW, NEW))
        assert refused is not None
        assert refused.status == 429
        deletion = await delete_account(services, caller, PASSWORD, FactorProof())
        assert deletion is not None
        assert deletion.status == 429


class Held:
    """A function that waits with what it found until it is let go."""

    def __init__(self, function: Callable[..., Awaitable[Any]]) -> None:
        self.function = function
        self.reached, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, *given: Any) -> Any:
        found = await self.function(*given)
        self.reached.set()
        await self.go.wait()
        return found

    async def let_go(self, task: asyncio.Task[Refused | None]) -> Refused | None:
        self.go.set()
        return await task


async def test_t66_a_password_change_on_its_way_does_not_undo_a_reset(
    services: IdentityServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await a_user(services)
    stolen = await logged_in(services, user)
    token = await reset_token(services, user.email)
    caller = Caller(user, CLIENT, stolen.session.session_id)
    with monkeypatch.context() as patched:
        held = Held(services.passwords.hash)
        patched.setattr(services.passwords, "hash", held)
        change = asyncio.create_task(change_password(services, caller, PasswordChange(PASSWORD, OTHER, OTHER)))
        await held.reached.wait()
    assert await reset_password(services, new_password(token), CLIENT) is None
    assert await held.let_go(change) is WRONG_OLD
    await logged_in(services, user, NEW)
    assert await log_in(services, LogIn(email=user.email, password=OTHER), CLIENT) is INVALID_PARAMS


async def test_a_password_change_from_a_session_that_was_ended_meanwhile_is_none(
    services: IdentityServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await a_user(services)
    own, stolen = await logged_in(services, user), await logged_in(services, user)
    caller = Caller(user, CLIENT, stolen.session.session_id)
    held = Held(services.passwords.hash)
    monkeypatch.setattr(services.passwords, "hash", held)
    change = asyncio.create_task(change_password(services, caller, PasswordChange(PASSWORD, NEW, NEW)))
    await held.reached.wait()
    await revoke_other_devices(services, user.id, CLIENT, except_id=own.session.session_id)
    assert await held.let_go(change) is WRONG_OLD
    assert await is_open(services, own)
    await logged_in(services, user)


async def test_of_two_password_changes_at_once_one_is_made(
    services: IdentityServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await a_user(services)
    held = Held(services.passwords.hash)
    monkeypatch.setattr(services.passwords, "hash", held)
    caller = Caller(user, CLIENT, None)
    changes = [
        asyncio.create_task(change_password(services, caller, PasswordChange(PASSWORD, new, new)))
        for new in (NEW, OTHER)
    ]
    await held.reached.wait()
    held.go.set()
    assert sorted(await asyncio.gather(*changes), key=str) == [None, WRONG_OLD]


async def test_t66_a_deletion_on_its_way_does_not_follow_a_reset(
    services: IdentityServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await a_user(services)
    stolen = await logged_in(services, user)
    token = await reset_token(services, user.email)
    caller = Caller(user, CLIENT, stolen.session.session_id)
    with monkeypatch.context() as patched:
        held = Held(services.passwords.check)
        patched.setattr(services.passwords, "check", held)
        deletion = asyncio.create_task(delete_account(services, caller, PASSWORD, FactorProof()))
        await held.reached.wait()
    assert await reset_password(services, new_password(token), CLIENT) is None
    assert await held.let_go(deletion) is WRONG_PASSWORD
    await logged_in(services, user, NEW)


async def test_a_reset_on_its_way_does_not_follow_the_end_of_the_account(
    services: IdentityServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await a_user(services)
    token = await reset_token(services, user.email)
    held = Held(services.passwords.hash)
    monkeypatch.setattr(services.passwords, "hash", held)
    reset = asyncio.create_task(reset_password(services, new_password(token), CLIENT))
    await held.reached.wait()
    assert await delete_account(services, Caller(user, CLIENT, None), PASSWORD, FactorProof()) is None
    assert await held.let_go(reset) is UTILIZED_TOKEN


async def test_a_closed_account_is_closed_for_good(services: IdentityServices) -> None:
    user = await a_user(services)
    done = await logged_in(services, user)
    caller = Caller(user, CLIENT, done.session.session_id)
    assert await delete_account(services, caller, "wrong", FactorProof()) is WRONG_PASSWORD
    assert await delete_account(services, caller, PASSWORD, FactorProof()) is None
    assert not await is_open(services, done)
    refused = await log_in(services, LogIn(email=user.email, password=PASSWORD), CLIENT)
    assert isinstance(refused, Refused)
    assert refused.codes == ("identity.session.deleted",)
    async with services.database.connect() as connection:
        kept = await store.user_by_id(connection, user.id)
        assert await sessions.open_ids(connection, user.id) == []
    assert kept is not None
    assert kept.state is UserState.DELETED


async def test_whoever_has_no_password_cannot_log_in(services: IdentityServices) -> None:
    async with services.database.begin() as connection:
        new = NewUser(uid="IDX", email="x@example.com", password_hash="!", state="active")
        assert isinstance(await store.insert_user(connection, new), User)
    for guess in ("", "!", "x"):
        assert await log_in(services, LogIn(email="x@example.com", password=guess), CLIENT) is INVALID_PARAMS
