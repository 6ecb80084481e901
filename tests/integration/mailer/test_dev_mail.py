"""The development mailbox: mails arrive there once, and nobody from elsewhere reads them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.mail.mailbox import MailboxTransport, NoTransport
from pyxiu.api.dev_mail import dev_mail_pages
from pyxiu.mailer import mailbox_store, store
from pyxiu.mailer.mailbox_store import MailboxReader
from tests.support.mails import PUBLIC_URL, TOKEN, USER, a_mailer, announce

CONFIRMATION = "system.user.email.confirmation.token"


@pytest.fixture
async def browser(database: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(dev_mail_pages(MailboxReader(database)), openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))  # type: ignore[arg-type] # Litestar's own types
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


async def test_a_mail_is_found_with_its_link_by_people_and_by_tests(
    database_dsn: str, database: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    assert "Nothing yet" in (await browser.get("/dev/mail")).text
    await announce(database, CONFIRMATION)
    await announce(database, CONFIRMATION, user=USER | {"email": "bob@example.test"})
    await a_mailer(database_dsn, database, MailboxTransport(database), at_once=1).work_off()
    page = await browser.get("/dev/mail")
    assert "never show it to others" in page.text
    assert "bob@example.test" in page.text
    (mail,) = (await browser.get("/dev/mail.json", params={"to": "bob@example.test"})).json()["mails"]
    assert f"{PUBLIC_URL}/accounts/confirmation?confirmation_token={TOKEN}" in mail["text"]
    shown = await browser.get(f"/dev/mail/{mail['id']}")
    assert f'<a href="{PUBLIC_URL}/accounts/confirmation?confirmation_token={TOKEN}&amp;lang=en"' in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert len((await browser.get("/dev/mail.json")).json()["mails"]) == 2
    assert (await browser.get("/dev/mail/999")).status_code == 404


async def test_t71_a_hostile_mail_is_inert_on_the_page(database: AsyncEngine, browser: httpx.AsyncClient) -> None:
    hostile = '"><script>alert(1)</script>'
    values = dict.fromkeys(("message_id", "recipient", "sender", "subject", "text", "html"), hostile)
    async with database.begin() as connection:
        await mailbox_store.put(connection, values)
    (mail,) = await MailboxReader(database).newest()
    for path in ("/dev/mail", f"/dev/mail/{mail.id}"):
        assert "<script" not in (await browser.get(path)).text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in (await browser.get(f"/dev/mail/{mail.id}")).text


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.1", {}),
        ("127.0.0.1", {"Host": "exchange.test"}),
        ("127.0.0.1", {"Host": "localhost.evil.test"}),
        ("127.0.0.1", {"Host": "127.0.0.1.evil.test"}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}),
    ],
)
async def test_nobody_from_elsewhere_reads_the_mailbox(
    database: AsyncEngine, peer: str, headers: dict[str, str]
) -> None:
    app = Litestar(dev_mail_pages(MailboxReader(database)), openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(app, client=(peer, 50000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        for path in ("/dev/mail", "/dev/mail/1", "/dev/mail.json"):
            assert (await client.get(path, headers=headers)).status_code == 404, path


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
async def test_this_machine_goes_by_several_names(browser: httpx.AsyncClient, host: str) -> None:
    assert (await browser.get("/dev/mail", headers={"Host": host})).status_code == 200


async def test_the_same_mail_twice_is_kept_once_and_old_ones_are_forgotten(
    database_dsn: str, database: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_store, "KEPT", 2)
    for number in (1, 1, 2, 3):
        values = dict.fromkeys(("recipient", "sender", "subject", "text", "html"), "")
        async with database.begin() as connection:
            await mailbox_store.put(connection, values | {"message_id": f"<{number}>"})
    assert [mail.message_id for mail in await MailboxReader(database).newest()] == ["<3>", "<2>"]


async def test_without_server_and_mailbox_mails_wait_and_say_why(database_dsn: str, database: AsyncEngine) -> None:
    await announce(database, CONFIRMATION)
    await a_mailer(database_dsn, database, NoTransport(), first_pause_s=60.0, longest_pause_s=60.0).work_off()
    async with database.connect() as connection:
        (mail,) = await store.newest(connection, state=None, limit=10)
    assert (mail.state, mail.reason) == ("queued", "no mail server is set: PYXIU_SMTP_URL")
