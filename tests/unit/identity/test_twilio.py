"""Codes by Twilio, against a server that speaks its documented API on this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from structlog.testing import capture_logs

from pyxiu.adapters.phone.settings import TwilioSettings
from pyxiu.adapters.phone.twilio import TwilioPhones
from pyxiu.identity.ports import PhoneMessage, PhoneRefusal, PhoneRefusedError
from pyxiu.kit.errors import TransientError

SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "the-auth-token"


class FakeTwilio:
    """Keeps what it was asked and answers what it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], str]] = []
        self.status, self.answer = 201, b'{"sid": "SM1", "status": "queued"}'
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def refuse(self, status: int, code: int | None) -> None:
        self.status = status
        self.answer = json.dumps({"code": code, "message": "no", "status": status}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                fake.asked.append((self.path, form, self.headers["Authorization"]))
                self.send_response(fake.status)
                self.end_headers()
                self.wfile.write(fake.answer)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def phones(twilio: FakeTwilio, sender: str = "+15005550006") -> TwilioPhones:
    return TwilioPhones(TwilioSettings(account_sid=SID, sender=sender, api_url=twilio.url), TOKEN)


def message(channel: str = "sms", language: str = "en") -> PhoneMessage:
    return PhoneMessage(uid="ID1", number="+4915112345678", code="01234", channel=channel, language=language)


async def test_a_text_message_is_asked_for_as_documented(twilio: FakeTwilio) -> None:
    await phones(twilio).send(message())
    ((path, form, authorization),) = twilio.asked
    assert path == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert form == {"To": "+4915112345678", "From": "+15005550006", "Body": "Your Pyxiu code: 01234"}
    assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"{SID}:{TOKEN}"


async def test_a_messaging_service_and_a_language_are_used(twilio: FakeTwilio) -> None:
    await phones(twilio, "MG0123").send(message(language="ru"))
    ((_, form, _),) = twilio.asked
    assert form["MessagingServiceSid"] == "MG0123"
    assert "From" not in form
    assert form["Body"] == "Ваш код Pyxiu: 01234"


async def test_a_call_speaks_digit_by_digit(twilio: FakeTwilio) -> None:
    await phones(twilio).send(message("call"))
    ((path, form, _),) = twilio.asked
    assert path == f"/2010-04-01/Accounts/{SID}/Calls.json"
    assert "0, 1, 2, 3, 4" in form["Twiml"]
    assert form["Twiml"].startswith("<Response><Say>")


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (21612, PhoneRefusal.NUMBER_NOT_REACHABLE),
        (21614, PhoneRefusal.NUMBER_NOT_VALID),
        (21618, PhoneRefusal.CONTENT_INVALID),
        (21610, PhoneRefusal.UNSUBSCRIBED),
        (20003, PhoneRefusal.UNEXPECTED),
        (None, PhoneRefusal.UNEXPECTED),
    ],
)
async def test_refusals_are_told_by_their_codes(twilio: FakeTwilio, code: int | None, refusal: PhoneRefusal) -> None:
    twilio.refuse(400, code)
    with pytest.raises(PhoneRefusedError) as caught:
        await phones(twilio).send(message())
    assert caught.value.refusal is refusal


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[1]", b'{"code": "x"}', b"[" * 100_000])
async def test_an_answer_that_is_no_json_of_twilios_is_a_refusal(twilio: FakeTwilio, answer: bytes) -> None:
    twilio.status, twilio.answer = 400, answer
    with pytest.raises(PhoneRefusedError):
        await phones(twilio).send(message())


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_pass_is_a_fault_to_try_again(twilio: FakeTwilio, status: int) -> None:
    twilio.refuse(status, None)
    with pytest.raises(TransientError):
        await phones(twilio).send(message())


async def test_t73_neither_secret_nor_code_nor_number_is_in_logs_and_errors(twilio: FakeTwilio) -> None:
    sender = phones(twilio)
    twilio.refuse(400, 21614)
    with capture_logs() as logs, pytest.raises(PhoneRefusedError) as refused:
        await sender.send(message())
    assert [entry["event"] for entry in logs] == ["phone_message_refused"]
    twilio.server.shutdown()
    twilio.server.server_close()
    with capture_logs() as more, pytest.raises(TransientError) as lost:
        await sender.send(message())
    written = repr((logs, more, refused.value, lost.value, str(lost.value), sender))
    for secret in (TOKEN, "01234", "4915112345678"):
        assert secret not in written
