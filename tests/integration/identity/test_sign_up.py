"""Sign-up and confirmation: what an account begins with, what is refused, and what limits there are."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from sqlalchemy import func, select

from pyxiu.identity.accounts.confirm_email import ACTIVE_OR_UNKNOWN, UTILIZED_TOKEN, Confirmed, confirm_email
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.accounts.request_mail import answer_mail_requests, request_mail
from pyxiu.identity.accounts.sign_up import Received, SignedUp, SignUp, sign_up
from pyxiu.identity.accounts.store import user_by_email
from pyxiu.identity.captcha.settings import CaptchaSettings
from pyxiu.identity.model import Client, UserState
from pyxiu.identity.ports import CaptchaRegistration, Challenge
from pyxiu.identity.rates import AccountRates, Rate
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.log_in import INVALID_PARAMS, LoggedIn, LogIn, log_in
from pyxiu.identity.tables.accounts import identity_commands, users
from pyxiu.kit.clock import ManualClock
from pyxiu.storage.outbox import outbox
from tests.support.identity import (
    CLIENT,
    PASSWORD,
    a_user,
    identity_settings,
    mailed_tokens,
    running_identity,
    signed_up,
)

HOUR_NS = 3600 * 10**9


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn) as running:
        yield running


def request(email: str = "alice@example.com", **fields: str) -> SignUp:
    return SignUp(**{"email": email, "password": PASSWORD, **fields})


async def refusal(services: IdentityServices, wanted: SignUp) -> Refused:
    refused = await sign_up(services, wanted, CLIENT)
    assert isinstance(refused, Refused)
    return refused


async def count(services: IdentityServices, table: str) -> int:
    counted = {"users": users, "outbox": outbox, "commands": identity_commands}[table]
    async with services.database.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(counted))).scalar_one())


async def test_an_account_begins_pending_with_a_session_a_mail_and_a_member_the_engine_is_told_of(
    services: IdentityServices,
) -> None:
    made = await sign_up(services, request("Alice@Example.com", data='{"language":"ru"}'), CLIENT)
    assert isinstance(made, SignedUp)
    user = made.user
    assert (user.email, user.role, user.level, user.state) == ("alice@example.com", "member", 0, UserState.PENDING)
    assert (user.language, user.fee_group, user.otp) == ("ru", "vip-0", False)
    assert user.uid.startswith("ID")
    assert len(user.uid) == 12
    assert made.session.token
    assert len(await mailed_tokens(services, user.email, "confirmation")) == 1
    assert await count(services, "commands") == 1


async def test_findings_about_all_fields_come_at_once_and_nothing_is_written(services: IdentityServices) -> None:
    refused = await refusal(services, request("no address", password="short", username="a b", data="["))
    assert refused.status == 422
    assert set(refused.codes) == {"email.invalid", "username.too_short", "data.invalid_format", "password.requirements"}
    assert (await refusal(services, request(password="Password1"))).codes == ("password.weak",)
    assert await count(services, "users") == await count(services, "outbox") == 0


async def test_an_address_and_a_username_belong_to_one_account_whatever_the_letters(services: IdentityServices) -> None:
    await signed_up(services, email="alice@example.com", username="satoshi")
    assert (await refusal(services, request("ALICE@example.com"))).codes == ("email.taken",)
    assert (await refusal(services, request("bob@example.com", username="SATOSHI"))).codes == ("username.taken",)
    assert await count(services, "users") == 1


async def test_of_many_sign_ups_with_one_address_at_once_one_succeeds(services: IdentityServices) -> None:
    made = await asyncio.gather(*(sign_up(services, request(), CLIENT) for _ in range(6)))
    assert sum(isinstance(one, SignedUp) for one in made) == 1
    assert await count(services, "users") == 1


async def test_t66_a_taken_address_costs_the_hash_that_a_new_one_costs(services: IdentityServices) -> None:
    before = services.passwords.computed
    await sign_up(services, request(), CLIENT)
    new, before = services.passwords.computed - before, services.passwords.computed
    await refusal(services, request())
    assert services.passwords.computed - before == new == 1


async def test_t66_where_it_stays_private_a_taken_address_is_answered_as_a_new_one(database_dsn: str) -> None:
    settings = identity_settings(signup_tells_taken=False)
    async with running_identity(database_dsn, settings=settings) as services:
        new = await sign_up(services, request("new@example.com"), CLIENT)
        hashes, users_before = services.passwords.computed, await count(services, "users")
        taken = await sign_up(services, request("new@example.com", password="Other-vulture-Marsh-8"), CLIENT)
        assert isinstance(new, Received)
        assert isinstance(taken, Received)
        assert services.passwords.computed - hashes == 1
        same = {"uid": "", "id": 0, "created_at": new.user.created_at, "updated_at": new.user.updated_at}
        assert msgspec.structs.replace(taken.user, **same) == msgspec.structs.replace(new.user, **same)
        assert await count(services, "users") == users_before == 1
        assert len(await mailed_tokens(services, "new@example.com", "confirmation")) == 1
        async with services.database.connect() as connection:
            told = select(func.count()).where(outbox.c.event == "system.user.signup.taken")
            assert (await connection.execute(told)).scalar_one() == 1
        for password in (PASSWORD, "Other-vulture-Marsh-8"):
            done = await log_in(services, LogIn(email="new@example.com", password=password), CLIENT)
            assert done is INVALID_PARAMS, "who has not confirmed is answered as who is somebody else"
        named = await refusal(services, request("b@example.com", username="satoshi"))
        assert named.codes == ("username.invalid",)
        (token,) = await mailed_tokens(services, "new@example.com", "confirmation")
        assert isinstance(await confirm_email(services, token, CLIENT), Confirmed)
        assert isinstance(await log_in(services, LogIn(email="new@example.com", password=PASSWORD), CLIENT), LoggedIn)


async def test_a_referrer_must_exist_and_be_written_as_a_uid(services: IdentityServices) -> None:
    referrer = await a_user(services)
    made = await signed_up(services, refid=referrer.uid)
    assert made.user.referral_id == referrer.id
    odd = await refusal(services, request(refid="XY1"))
    assert odd.codes == ("identity.user.invalid_referral_format",)
    unknown = await refusal(services, request(refid="ID0000000000"))
    assert unknown.codes == ("identity.user.referral_doesnt_exist",)


async def test_t72_sign_ups_from_one_address_are_limited_and_others_are_not_kept_waiting(database_dsn: str) -> None:
    clock = ManualClock(1_800_000_000 * 10**9)
    settings = identity_settings(rates=AccountRates(signup_address=Rate(3, 3600)))
    async with running_identity(database_dsn, settings=settings, clock=clock) as services:
        for number in range(3):
            await signed_up(services, client=CLIENT, email=f"a{number}@example.com")
        refused = await refusal(services, request("a4@example.com"))
        assert (refused.status, refused.retry_after_s) == (429, 3600)
        hashes = services.passwords.computed
        await refusal(services, request("a5@example.com"))
        assert services.passwords.computed == hashes, "what is refused costs no hash"
        await signed_up(services, client=Client("203.0.113.8"))
        clock.advance(HOUR_NS)
        await signed_up(services, client=CLIENT, email="a6@example.com")


async def test_t72_addresses_of_one_ipv6_subscriber_count_together(database_dsn: str) -> None:
    settings = identity_settings(rates=AccountRates(signup_address=Rate(1, 3600)))
    async with running_identity(database_dsn, settings=settings) as services:
        await signed_up(services, client=Client("2001:db8:1:2::1"))
        refused = await sign_up(services, request(), Client("2001:db8:1:2:ffff::7"))
        assert isinstance(refused, Refused)
        assert refused.status == 429
        await signed_up(services, client=Client("2001:db8:1:3::1"))


class Stubborn:
    """A captcha that takes one answer."""

    kind = "test"

    async def verify(self, response: str | None, client: Client, flow: str) -> bool:  # noqa: ARG002 - the port's
        return response == f"good for {flow}"

    async def challenge(self, client: Client, flow: str) -> Challenge | None:  # noqa: ARG002 - the port's
        return None

    async def register(self, client: Client) -> CaptchaRegistration | None:  # noqa: ARG002 - the port's
        return None


async def test_t72_without_a_solved_captcha_nothing_happens(database_dsn: str) -> None:
    async with running_identity(database_dsn, captcha=Stubborn()) as services:
        assert (await refusal(services, request())).codes == ("identity.captcha.required",)
        wrong = await refusal(services, request(captcha_response="x"))
        assert (wrong.status, wrong.codes) == (422, ("identity.captcha.verification_failed",))
        assert await count(services, "users") == 0
        assert services.passwords.computed == 0
        await signed_up(services, captcha_response="good for user_create")
        refused = await request_mail(services, "reset", "a@example.com", CLIENT, captcha_response=None)
        assert refused is not None
        assert refused.codes == ("identity.captcha.required",)
        assert CaptchaSettings().wire_type == "none"


async def test_a_confirmed_address_makes_the_account_active_on_level_one_and_logs_in(
    services: IdentityServices,
) -> None:
    made = await signed_up(services)
    (token,) = await mailed_tokens(services, made.user.email, "confirmation")
    confirmed = await confirm_email(services, token, CLIENT)
    assert isinstance(confirmed, Confirmed)
    assert (confirmed.user.level, confirmed.user.state) == (1, UserState.ACTIVE)
    assert confirmed.session is not None
    assert await confirm_email(services, token, CLIENT) is UTILIZED_TOKEN
    assert await confirm_email(services, "guessed", CLIENT) is UTILIZED_TOKEN


async def test_of_fifty_requests_with_one_token_one_confirms(services: IdentityServices) -> None:
    made = await signed_up(services)
    (token,) = await mailed_tokens(services, made.user.email, "confirmation")
    clients = [Client(f"203.0.113.{number}") for number in range(20)]
    done = await asyncio.gather(*(confirm_email(services, token, client) for client in clients))
    assert sum(isinstance(one, Confirmed) for one in done) == 1


async def test_a_link_that_is_asked_for_again_replaces_the_one_before(services: IdentityServices) -> None:
    made = await signed_up(services)
    await request_mail(services, "confirmation", made.user.email, CLIENT, captcha_response=None)
    await answer_mail_requests(services)
    first, second = await mailed_tokens(services, made.user.email, "confirmation")
    assert await confirm_email(services, first, CLIENT) is UTILIZED_TOKEN
    assert isinstance(await confirm_email(services, second, CLIENT), Confirmed)


async def test_a_confirmation_link_is_too_old_after_an_hour(database_dsn: str) -> None:
    clock = ManualClock(1_800_000_000 * 10**9)
    async with running_identity(database_dsn, clock=clock) as services:
        made = await signed_up(services)
        (token,) = await mailed_tokens(services, made.user.email, "confirmation")
        clock.advance(HOUR_NS)
        assert await confirm_email(services, token, CLIENT) is UTILIZED_TOKEN


async def test_a_token_for_one_purpose_does_nothing_for_the_other(services: IdentityServices) -> None:
    made = await signed_up(services)
    await request_mail(services, "reset", made.user.email, CLIENT, captcha_response=None)
    await answer_mail_requests(services)
    (token,) = await mailed_tokens(services, made.user.email, "reset")
    assert await confirm_email(services, token, CLIENT) is UTILIZED_TOKEN


async def test_an_account_that_became_active_otherwise_is_not_confirmed_again(services: IdentityServices) -> None:
    user = await a_user(services, level=1)
    (token,) = await mailed_tokens(services, user.email, "confirmation")
    assert await confirm_email(services, token, CLIENT) is ACTIVE_OR_UNKNOWN


async def test_t72_one_mailbox_gets_only_so_many_mails_whoever_asks(database_dsn: str) -> None:
    settings = identity_settings(rates=AccountRates(mail_account=Rate(2, 3600)))
    async with running_identity(database_dsn, settings=settings) as services:
        user = await a_user(services)
        for number in range(8):
            client = Client(f"198.51.100.{number}")
            assert await request_mail(services, "reset", user.email, client, captcha_response=None) is None
        await answer_mail_requests(services)
        assert len(await mailed_tokens(services, user.email, "reset")) == 2


async def test_t73_neither_the_token_nor_the_password_is_to_be_read_in_the_database(
    services: IdentityServices,
) -> None:
    made = await signed_up(services)
    (token,) = await mailed_tokens(services, made.user.email, "confirmation")
    async with services.database.connect() as connection:
        await user_by_email(connection, made.user.email)
        for name in ("users", "sessions", "mail_tokens", "outbox", "activities", "throttles"):
            rows = (await connection.exec_driver_sql(f"SELECT t::text FROM {name} AS t")).scalars()
            whole = "\n".join(rows)
            for secret in (token, PASSWORD, made.session.token):
                assert secret not in whole, name
                assert secret.encode().hex() not in whole, name
    for shown in (repr(made), repr(request())):
        assert PASSWORD not in shown
        assert made.session.token not in shown
