"""From an event in the outbox to a mail at a real SMTP server, through everything that can go wrong between."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.mail.smtp import SmtpTransport
from pyxiu.kit.clock import ManualClock
from pyxiu.kit.failpoints import FailpointError, armed
from pyxiu.mailer import store
from pyxiu.mailer.model import OwedMail
from pyxiu.mailer.retry_mails import retry_mails
from pyxiu.mailer.run import Mailer
from pyxiu.storage.outbox import emit
from tests.support.mails import SAMPLES, TOKEN, USER, a_mailer, announce
from tests.support.ports import free_port
from tests.support.smtp import SmtpSink, smtp_sink

CONFIRMATION = "system.user.email.confirmation.token"
NEW_DEVICE = "system.session.new_device"
WAIT_S = 20.0
HOUR_NS = 3600 * 10**9


async def mails_of(database: AsyncEngine) -> list[OwedMail]:
    async with database.connect() as connection:
        return (await store.newest(connection, state=None, limit=100))[::-1]


async def settled(database: AsyncEngine, mailer: Mailer, *states: str) -> list[OwedMail]:
    """Let the mailer work until its mails are in these states."""
    async with asyncio.timeout(WAIT_S):
        while True:
            await mailer.work_off()
            mails = await mails_of(database)
            if tuple(mail.state for mail in mails) == states:
                return mails
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(mailer: Mailer) -> AsyncIterator[None]:
    task = asyncio.create_task(mailer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def arrived(sink: SmtpSink, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while len(sink.mails) < count:  # noqa: ASYNC110 - a server sets no event
            await asyncio.sleep(0.01)


async def test_an_event_becomes_a_mail_with_its_link(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        await announce(database, CONFIRMATION)
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server))
        (mail,) = await settled(database, mailer, "sent")
    (received,) = sink.mails
    assert received.recipient == "alice@example.test"
    assert received.message["From"] == "Pyxiu <no-reply@exchange.test>"
    assert received.message["Subject"] == "Pyxiu: confirm your e-mail address"
    assert received.message_id == mail.message_id
    assert f"https://exchange.test/accounts/confirmation?confirmation_token={TOKEN}" in received.text
    assert f"confirmation_token={TOKEN}" in received.html


async def test_the_mailer_is_woken_by_a_commit(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink, running(a_mailer(database_dsn, database, SmtpTransport(sink.server))):
        for count in range(1, 4):
            await announce(database, NEW_DEVICE)
            await arrived(sink, count)


async def test_a_mail_is_written_in_the_users_language(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        await announce(database, NEW_DEVICE, user=USER | {"language": "ru"})
        await announce(database, NEW_DEVICE, user=USER | {"language": None, "data": '{"language": "RU"}'})
        await announce(database, NEW_DEVICE, user=USER | {"language": "tlh", "data": "[["})
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server), at_once=1)
        await settled(database, mailer, "sent", "sent", "sent")
    assert ["вход" in received.text.lower() for received in sink.mails] == [True, True, False]


async def test_events_that_nobody_wants_a_mail_about_are_passed_over(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        records: list[dict[str, Any]] = [
            {"user": USER},
            {"user": USER | {"email": None}},
            {"user": USER | {"email": "x"}},
        ]
        for event, record in zip(("model.user.created", NEW_DEVICE, NEW_DEVICE), records, strict=True):
            async with database.begin() as connection:
                await emit(connection, event, record, aggregate="user:ID1")
        await announce(database, "system.session.create")
        await announce(database, NEW_DEVICE)
        await settled(database, a_mailer(database_dsn, database, SmtpTransport(sink.server)), "sent")


async def test_an_event_that_commits_after_a_later_one_is_not_lost(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server))
        async with database.connect() as slow:
            await emit(slow, NEW_DEVICE, SAMPLES[NEW_DEVICE], aggregate="user:ID1")
            await announce(database, NEW_DEVICE)
            await settled(database, mailer, "sent")
            await slow.commit()
        await settled(database, mailer, "sent", "sent")


async def test_a_server_that_is_down_gets_the_mail_when_it_is_back(database_dsn: str, database: AsyncEngine) -> None:
    port = free_port()
    async with smtp_sink(port) as sink:
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server), attempts_max=1_000)
    await announce(database, NEW_DEVICE)
    await mailer.work_off()
    (waiting,) = await mails_of(database)
    assert waiting.state == "queued"
    assert waiting.reason is not None
    assert "127.0.0.1" in waiting.reason
    async with smtp_sink(port) as sink:
        (mail,) = await settled(database, mailer, "sent")
        assert mail.reason is None
        assert mail.attempts > 1
        assert len(sink.mails) == 1


async def test_a_mail_refused_for_now_is_tried_again(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        sink.answers = ["451 4.3.0 busy", "421 4.7.0 closing"]
        await announce(database, NEW_DEVICE)
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server))
        (mail,) = await settled(database, mailer, "sent")
        assert mail.attempts == 3
        assert len(sink.mails) == 1


async def test_a_mail_refused_for_good_is_given_up_with_the_reason(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        sink.recipients = {"alice@example.test": "550 5.1.1 no such mailbox"}
        sink.answers = ["554 5.6.0 looks like spam"]
        await announce(database, NEW_DEVICE)
        await announce(database, NEW_DEVICE, user=USER | {"email": "bob@example.test"})
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server), at_once=1)
        mails = await settled(database, mailer, "failed", "failed")
    assert [mail.reason for mail in mails] == ["550 5.1.1 no such mailbox", "554 5.6.0 looks like spam"]
    assert [mail.attempts for mail in mails] == [1, 1]


async def test_a_mail_is_abandoned_after_so_many_attempts(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        sink.answers = ["451 4.3.0 busy"] * 3
        await announce(database, NEW_DEVICE)
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server), attempts_max=3)
        (mail,) = await settled(database, mailer, "abandoned")
    assert mail.reason == "after 3 attempts: 451 4.3.0 busy"


async def test_a_mail_whose_link_has_expired_is_not_sent(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        await announce(database, CONFIRMATION)
        clock = ManualClock(time.time_ns() + 2 * HOUR_NS)
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server), clock)
        (mail,) = await settled(database, mailer, "abandoned")
    assert mail.reason is not None
    assert mail.reason.startswith("of no use after")
    assert sink.mails == []


async def test_what_was_given_up_is_sent_when_an_operator_says_so(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        sink.answers = ["554 5.6.0 looks like spam"]
        await announce(database, NEW_DEVICE)
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server))
        (mail,) = await settled(database, mailer, "failed")
        assert await retry_mails(database, mail.id + 1) == 0
        assert await retry_mails(database, mail.id) == 1
        await settled(database, mailer, "sent")
        assert await retry_mails(database) == 0
        assert len(sink.mails) == 1


async def test_a_server_that_does_not_answer_delays_its_mail_and_no_other(
    database_dsn: str, database: AsyncEngine
) -> None:
    async with smtp_sink() as slow, smtp_sink() as sink:
        slow.awake.clear()
        impatient = SmtpTransport(type(slow.server)(host="127.0.0.1", port=slow.port, security="none", timeout_s=0.2))
        await announce(database, NEW_DEVICE)
        mailer = a_mailer(database_dsn, database, impatient, longest_pause_s=600.0, first_pause_s=600.0)
        await mailer.work_off()
        (mail,) = await mails_of(database)
        assert (mail.state, mail.attempts) == ("queued", 1)
        assert mail.reason is not None
        assert "imeout" in mail.reason
        await announce(database, NEW_DEVICE)
        await settled(database, a_mailer(database_dsn, database, SmtpTransport(sink.server)), "queued", "sent")


async def test_a_crash_between_sending_and_recording_sends_the_same_mail_again(
    database_dsn: str, database: AsyncEngine
) -> None:
    async with smtp_sink() as sink:
        await announce(database, NEW_DEVICE)
        with armed("mail_after_send_before_record=raise"), suppress(FailpointError):
            await a_mailer(database_dsn, database, SmtpTransport(sink.server), lease_s=0.05).work_off()
        (mail,) = await mails_of(database)
        assert (mail.state, mail.sent_at, len(sink.mails)) == ("queued", None, 1)
        await settled(database, a_mailer(database_dsn, database, SmtpTransport(sink.server)), "sent")
    assert len(sink.mails) == 2
    assert len({received.message_id for received in sink.mails}) == 1


async def test_a_mail_that_is_recorded_as_sent_is_never_sent_again(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        await announce(database, NEW_DEVICE)
        await settled(database, a_mailer(database_dsn, database, SmtpTransport(sink.server)), "sent")
        async with database.begin() as connection:
            await connection.execute(text("UPDATE outbox_cursors SET position = 0"))
        for _ in range(3):
            await a_mailer(database_dsn, database, SmtpTransport(sink.server)).work_off()
    assert len(sink.mails) == 1


async def test_two_mailers_share_the_work_and_send_each_mail_once(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        mailers = [a_mailer(database_dsn, database, SmtpTransport(sink.server)) for _ in range(2)]
        async with running(mailers[0]), running(mailers[1]):
            for number in range(30):
                await announce(database, NEW_DEVICE, user=USER | {"email": f"user{number}@example.test"})
            await arrived(sink, 30)
            await settled(database, mailers[0], *["sent"] * 30)
    assert len({received.recipient for received in sink.mails}) == len(sink.mails) == 30


async def test_a_stop_lets_an_attempt_end_and_be_recorded(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        sink.awake.clear()
        await announce(database, NEW_DEVICE)
        task = asyncio.create_task(a_mailer(database_dsn, database, SmtpTransport(sink.server)).run())
        async with asyncio.timeout(WAIT_S):
            await sink.reached.wait()
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, sink.awake.set)
        with suppress(asyncio.CancelledError):
            await task
    (mail,) = await mails_of(database)
    assert mail.state == "sent"


async def test_t73_no_token_lies_open_in_the_database(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink:
        await announce(database, CONFIRMATION)
        await settled(database, a_mailer(database_dsn, database, SmtpTransport(sink.server)), "sent")
    async with database.connect() as connection:
        for table in ("outbox", "mails", "mailbox"):
            rows = (await connection.execute(text(f"SELECT {table}::text FROM {table}"))).scalars().all()
            assert TOKEN not in " ".join(rows)


async def test_a_token_sealed_with_another_key_gives_the_mail_up_with_the_reason(
    database_dsn: str, database: AsyncEngine
) -> None:
    async with smtp_sink() as sink:
        await announce(database, CONFIRMATION, token="00ff")
        await announce(database, CONFIRMATION, token="not hex")
        mailer = a_mailer(database_dsn, database, SmtpTransport(sink.server))
        mails = await settled(database, mailer, "failed", "failed")
    assert all(mail.reason for mail in mails)


async def test_the_mailer_outlives_the_loss_of_its_connections(database_dsn: str, database: AsyncEngine) -> None:
    async with smtp_sink() as sink, running(a_mailer(database_dsn, database, SmtpTransport(sink.server))):
        await announce(database, NEW_DEVICE)
        await arrived(sink, 1)
        async with database.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await database.dispose()
        await announce(database, NEW_DEVICE)
        await arrived(sink, 2)
