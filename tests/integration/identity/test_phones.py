"""Phones: codes, tries, numbers that only one member has."""

import asyncio
import dataclasses
import itertools

import pytest
from sqlalchemy import text

from pyxiu.adapters.phone.mailbox import MailboxPhones
from pyxiu.identity.kyc.add_phone import add_phone
from pyxiu.identity.kyc.kyc_of_user import kyc_of_user
from pyxiu.identity.kyc.model import Phone, Refusal
from pyxiu.identity.kyc.purposes import number_index
from pyxiu.identity.kyc.resend_code import resend_code
from pyxiu.identity.kyc.settings import KycSettings
from pyxiu.identity.kyc.verify_phone import verify_phone
from pyxiu.identity.model import User
from pyxiu.identity.ports import PhoneRefusal, PhoneRefusedError
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled
from pyxiu.kit.clock import ManualClock, SystemClock
from pyxiu.mailer.mailbox_store import MailboxReader
from tests.support.identity import a_user, identity_settings, running_identity
from tests.support.kyc import NUMBER, OTHER_NUMBER, RememberingPhones


async def phones_of(services: IdentityServices, user: User) -> list[Phone]:
    async with services.database.connect() as connection:
        return (await kyc_of_user(connection, services, user.id)).phones


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 100_000:05}"


async def test_a_phone_is_verified_by_the_code_that_was_sent(database_dsn: str) -> None:
    phones = RememberingPhones()
    async with running_identity(database_dsn, phones=phones) as services:
        user = await a_user(services, level=1)
        assert await add_phone(services, user, "49 151 1234-5678", channel="call") is None
        (message,) = phones.messages
        assert (message.number, message.channel, message.uid) == (NUMBER, "call", user.uid)
        assert len(message.code) == 5
        assert message.code.isdecimal()
        assert await verify_phone(services, user, NUMBER, message.code) is None
        (phone,) = await phones_of(services, user)
        assert (phone.number, phone.country) == (NUMBER[1:], "DE")
        assert phone.validated_at is not None
        async with services.database.connect() as connection:
            level = await connection.scalar(text("SELECT level FROM users"))
        assert level == 2, "the label lifts the level"
        assert await verify_phone(services, user, NUMBER, message.code) is Refusal.NUMBER_UNKNOWN, "once"


async def test_five_wrong_codes_need_a_new_one(database_dsn: str) -> None:
    phones = RememberingPhones()
    async with running_identity(database_dsn, phones=phones) as services:
        user = await a_user(services)
        await add_phone(services, user, NUMBER, channel="sms")
        first = phones.code
        for _ in range(5):
            assert await verify_phone(services, user, NUMBER, wrong(first)) is Refusal.CODE_WRONG
        assert await verify_phone(services, user, NUMBER, first) is Refusal.CODE_WRONG, "too late for the right one"
        assert await resend_code(services, user, NUMBER, channel="sms") is None
        if phones.code != first:
            assert await verify_phone(services, user, NUMBER, first) is Refusal.CODE_WRONG
        assert await verify_phone(services, user, NUMBER, phones.code) is None


async def test_t64_guesses_in_parallel_share_the_tries(database_dsn: str) -> None:
    phones = RememberingPhones()
    settings = identity_settings(kyc=KycSettings(phone_tries_per_day=12))
    async with running_identity(database_dsn, phones=phones, settings=settings) as services:
        user = await a_user(services)
        await add_phone(services, user, NUMBER, channel="sms")
        guesses = [f"{number:05}" for number in range(40)]
        answers = await asyncio.gather(*(verify_phone(services, user, NUMBER, guess) for guess in guesses))
        assert sum(isinstance(answer, Throttled) for answer in answers) == 28
        async with services.database.connect() as connection:
            tries = await connection.scalar(text("SELECT code_tries FROM phones"))
        assert tries == 5


async def test_a_code_is_late_after_its_time(database_dsn: str) -> None:
    phones, clock = RememberingPhones(), ManualClock(SystemClock().now_ns())
    async with running_identity(database_dsn, phones=phones, clock=clock) as services:
        user = await a_user(services)
        await add_phone(services, user, NUMBER, channel="sms")
        clock.advance(599 * 10**9)
        assert await verify_phone(services, user, NUMBER, wrong(phones.code)) is Refusal.CODE_WRONG
        clock.advance(10**9)
        assert await verify_phone(services, user, NUMBER, phones.code) is Refusal.CODE_WRONG


async def test_a_number_belongs_to_one_member_once_it_is_verified(database_dsn: str) -> None:
    phones = RememberingPhones()
    async with running_identity(database_dsn, phones=phones) as services:
        ada, eve, late = await a_user(services), await a_user(services), await a_user(services)
        await add_phone(services, ada, NUMBER, channel="sms")
        adas = phones.code
        await add_phone(services, eve, NUMBER, channel="sms")
        eves = phones.code
        answers = await asyncio.gather(
            verify_phone(services, ada, NUMBER, adas), verify_phone(services, eve, NUMBER, eves)
        )
        assert sorted(map(str, answers)) == sorted(["None", str(Refusal.NUMBER_VERIFIED)])
        assert await add_phone(services, late, NUMBER, channel="sms") is Refusal.NUMBER_VERIFIED
        assert len(phones.messages) == 2


async def test_refusals_to_add(database_dsn: str) -> None:
    phones = RememberingPhones()
    settings = identity_settings(kyc=KycSettings(phones_per_member=2, phone_sends_per_hour=100))
    async with running_identity(database_dsn, phones=phones, settings=settings) as services:
        user = await a_user(services)
        assert await add_phone(services, user, "+49 1", channel="sms") is Refusal.NUMBER_INVALID
        assert await resend_code(services, user, NUMBER, channel="sms") is Refusal.NUMBER_UNKNOWN
        assert await verify_phone(services, user, NUMBER, "12345") is Refusal.NUMBER_UNKNOWN
        await add_phone(services, user, NUMBER, channel="sms")
        assert await add_phone(services, user, NUMBER, channel="sms") is Refusal.NUMBER_REPEATED
        await add_phone(services, user, OTHER_NUMBER, channel="sms")
        assert await verify_phone(services, user, OTHER_NUMBER, phones.code) is None
        assert await add_phone(services, user, "+12125552368", channel="sms") is None, "a mistyped one gives way"
        assert [phone.number for phone in await phones_of(services, user)] == [OTHER_NUMBER[1:], "12125552368"]
        assert await verify_phone(services, user, "+12125552368", phones.code) is None
        assert await add_phone(services, user, NUMBER, channel="sms") is Refusal.PHONES_TOO_MANY


async def test_t72_messages_are_limited_for_a_member_and_for_a_number(database_dsn: str) -> None:
    phones = RememberingPhones()
    settings = identity_settings(kyc=KycSettings(phone_sends_per_hour=3, phone_sends_per_number_day=4))
    async with running_identity(database_dsn, phones=phones, settings=settings) as services:
        ada, eve = await a_user(services), await a_user(services)
        sent: dict[int, list[bool]] = {}
        for user in (ada, eve):
            answers = [await add_phone(services, user, NUMBER, channel="sms")]
            answers += [await resend_code(services, user, NUMBER, channel="sms") for _ in range(3)]
            assert all(answer is None or isinstance(answer, Throttled) for answer in answers)
            sent[user.id] = [answer is None for answer in answers]
        assert sent == {
            ada.id: [True, True, True, False],  # three an hour are hers
            eve.id: [True, False, False, False],  # the number has had its four of the day
        }
        assert len(phones.messages) == 4


@pytest.mark.parametrize("refusal", list(PhoneRefusal))
async def test_what_the_provider_refuses_is_told_and_the_number_stays(database_dsn: str, refusal: PhoneRefusal) -> None:
    phones = RememberingPhones()
    phones.refusal = refusal
    async with running_identity(database_dsn, phones=phones) as services:
        user = await a_user(services)
        with pytest.raises(PhoneRefusedError, match=refusal.value):
            await add_phone(services, user, NUMBER, channel="sms")
        phones.refusal = None
        assert await resend_code(services, user, NUMBER, channel="sms") is None
        assert await verify_phone(services, user, NUMBER, phones.code) is None


async def test_an_exchange_without_a_provider_verifies_no_phone(database_dsn: str) -> None:
    async with running_identity(database_dsn) as services:
        with pytest.raises(PhoneRefusedError):
            await add_phone(services, await a_user(services), NUMBER, channel="sms")


async def test_numbers_and_codes_are_not_in_the_database(database_dsn: str) -> None:
    phones = RememberingPhones()
    async with running_identity(database_dsn, phones=phones) as services:
        user = await a_user(services)
        await add_phone(services, user, NUMBER, channel="sms")
        async with services.database.connect() as connection:
            written = repr((await connection.execute(text("SELECT * FROM phones"))).all())
            written += repr((await connection.execute(text("SELECT * FROM outbox"))).all())
        assert NUMBER[1:] not in written
        assert phones.code not in written.replace(str(user.id), "")


async def test_a_fingerprint_that_collides_does_not_make_numbers_equal(database_dsn: str) -> None:
    """A look-up by an index alone would take one member's number for another's."""
    phones = RememberingPhones()
    async with running_identity(database_dsn, phones=phones) as services:
        ada, eve = await a_user(services), await a_user(services)
        await add_phone(services, ada, NUMBER, channel="sms")
        await verify_phone(services, ada, NUMBER, phones.code)
        collided = number_index(services.sealer, OTHER_NUMBER[1:])[0]
        async with services.database.begin() as connection:
            await connection.execute(text("UPDATE phones SET number_index = :index"), {"index": collided})
        assert await resend_code(services, eve, OTHER_NUMBER, channel="sms") is Refusal.NUMBER_UNKNOWN
        assert await add_phone(services, eve, OTHER_NUMBER, channel="sms") is None


async def test_in_development_a_message_is_in_the_mailbox(database_dsn: str) -> None:
    async with running_identity(database_dsn) as bare:
        services = dataclasses.replace(bare, phones=MailboxPhones(bare.database))
        user = await a_user(services)
        assert await add_phone(services, user, NUMBER, channel="call") is None
        (message,) = await MailboxReader(services.database).newest(recipient=NUMBER)
        assert message.sender == "call"
        code = message.text.removeprefix("Your code: ")
        assert await verify_phone(services, user, NUMBER, code) is None


def test_wrong_codes_are_wrong() -> None:
    assert all(wrong(f"{code:05}") != f"{code:05}" for code in itertools.chain(range(9), [99_999]))
