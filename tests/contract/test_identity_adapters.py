"""What senders to phones, captchas, mail transports and KYC providers do, the built-in ones and a stand-in alike."""

import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from urllib.parse import parse_qs

import msgspec
import pytest
from sqlalchemy import text

from pyxiu.adapters.captcha.pow import ProofOfWork
from pyxiu.adapters.mail.mailbox import MailboxTransport, NoTransport
from pyxiu.adapters.mail.smtp import SmtpTransport
from pyxiu.adapters.phone.mailbox import MailboxPhones
from pyxiu.adapters.phone.settings import TwilioSettings
from pyxiu.adapters.phone.twilio import TwilioPhones
from pyxiu.identity.captcha.settings import CaptchaSettings, FreeUse
from pyxiu.identity.ports import KycVerdict
from pyxiu.identity.services import IdentityServices
from pyxiu.plugins.testing import CLIENT, CaptchasContract, KycContract, MailContract, PhonesContract
from tests.support.identity import identity_settings, running_identity
from tests.support.ports import free_port
from tests.support.smtp import SmtpSink, smtp_sink

REFUSED_NUMBER = "+15005550001"
SETTINGS = identity_settings(captcha=CaptchaSettings(flows={"always": FreeUse(0, 3600)}, difficulty=4))


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn, settings=SETTINGS) as running:
        yield running


class TestTwilio(PhonesContract):
    @pytest.fixture
    def twilio(self) -> Iterator[tuple[str, list[str]]]:
        codes: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                refused = form["To"] == [REFUSED_NUMBER]
                if not refused:
                    codes.append("".join(filter(str.isdecimal, form["Body"][0])))
                self.send_response(400 if refused else 201)
                self.end_headers()
                self.wfile.write(json.dumps({"code": 21211} if refused else {"sid": "SM1"}).encode())

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", codes
        server.shutdown()
        server.server_close()

    @pytest.fixture
    def phones(self, twilio: tuple[str, list[str]]) -> TwilioPhones:
        settings = TwilioSettings(account_sid="AC1", sender="+15005550006", exchange="Ours", api_url=twilio[0])
        return TwilioPhones(settings, "the-auth-token")

    @pytest.fixture
    def arrived(self, twilio: tuple[str, list[str]]) -> Callable[[], list[str]]:
        return lambda: twilio[1]

    @pytest.fixture
    def refused(self) -> str:
        return REFUSED_NUMBER


class TestMailboxPhones(PhonesContract):
    @pytest.fixture
    def phones(self, services: IdentityServices) -> MailboxPhones:
        return MailboxPhones(services.database)

    @pytest.fixture
    def arrived(self, services: IdentityServices) -> Callable[[], Awaitable[list[str]]]:
        async def codes() -> list[str]:
            async with services.database.connect() as connection:
                rows = await connection.execute(text("SELECT text FROM mailbox ORDER BY id"))
                return [row.text.rpartition(" ")[2] for row in rows]

        return codes

    @pytest.fixture
    def refused(self) -> None:
        return None


class TestProofOfWork(CaptchasContract):
    @pytest.fixture
    def captcha(self, services: IdentityServices) -> ProofOfWork:
        return ProofOfWork(services)

    @pytest.fixture
    def flow(self) -> str:
        return "always"

    @pytest.fixture
    def solve(self, captcha: ProofOfWork) -> Callable[[str], Awaitable[str]]:
        async def solved(flow: str) -> str:
            challenge = await captcha.challenge(CLIENT, flow)
            assert challenge is not None
            responses = (f"{challenge.challenge}:{number}" for number in count())
            limit = 1 << (256 - challenge.difficulty)
            return next(one for one in responses if int(sha256(one.encode()).hexdigest(), 16) < limit)

        return solved


class TestSmtp(MailContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[SmtpSink]:
        async with smtp_sink() as sink:
            sink.recipients["nobody@example.test"] = "550 5.1.1 nobody here"
            yield sink

    @pytest.fixture
    def transport(self, server: SmtpSink) -> SmtpTransport:
        return SmtpTransport(server.server)

    @pytest.fixture
    def arrived(self, server: SmtpSink) -> Callable[[], list[str]]:
        return lambda: [str(mail.message["Subject"]) for mail in server.mails]

    @pytest.fixture
    def refused(self) -> str:
        return "nobody@example.test"

    @pytest.fixture
    def away(self, server: SmtpSink) -> SmtpTransport:
        return SmtpTransport(msgspec.structs.replace(server.server, port=free_port()))


class TestMailbox(MailContract):
    @pytest.fixture
    def transport(self, services: IdentityServices) -> MailboxTransport:
        return MailboxTransport(services.database)

    @pytest.fixture
    def arrived(self, services: IdentityServices) -> Callable[[], Awaitable[list[str]]]:
        async def subjects() -> list[str]:
            async with services.database.connect() as connection:
                return [row.subject for row in await connection.execute(text("SELECT subject FROM mailbox"))]

        return subjects

    @pytest.fixture
    def refused(self) -> None:
        return None

    @pytest.fixture
    def away(self) -> NoTransport:
        return NoTransport()


class JsonProvider:
    """A provider that sends its verdict as JSON; there is no built-in one."""

    name = "json"

    def verdict_of(self, body: bytes) -> KycVerdict | None:
        return msgspec.json.decode(body, type=KycVerdict | None)


class TestKycProvider(KycContract):
    @pytest.fixture
    def provider(self) -> JsonProvider:
        return JsonProvider()

    @pytest.fixture
    def callback(self) -> bytes:
        return b'{"applicant_id": "A1", "profile_verified": true}'

    @pytest.fixture
    def silent(self) -> bytes:
        return b"null"
