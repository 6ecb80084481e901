"""A real SMTP server for tests, whose answers a test can choose, and sealed outbox events to make mails of.

async with smtp_sink() as sink:
    sink.answers = ["451 4.3.0 busy"]        # for the next mails, then 250 again
    ...; assert sink.mails[0].recipient == "alice@example.test"
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from pyxiu.adapters.mail.smtp_url import SmtpServer


class Received(msgspec.Struct):
    recipient: str
    message: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, subtype: str) -> str:
        body = self.message.get_body((subtype,))
        assert body is not None, subtype
        return str(body.get_content())


class SmtpSink:
    """The handler of aiosmtpd and what it has received."""

    def __init__(self) -> None:
        self.mails: list[Received] = []
        #: What to answer instead of 250 to the data of the next mails.
        self.answers: list[str] = []
        #: What to answer to recipients, as `bob@example.test`: `550 5.1.1 nobody`.
        self.recipients: dict[str, str] = {}
        #: Set while mails are answered at once; cleared, they wait for it.
        self.awake = asyncio.Event()
        self.awake.set()
        self.reached = asyncio.Event()
        self.port = 0

    @property
    def server(self) -> SmtpServer:
        return SmtpServer(host="127.0.0.1", port=self.port, security="none", timeout_s=5.0)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        refusal = self.recipients.get(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.reached.set()
        await self.awake.wait()
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        message: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(Received(envelope.rcpt_tos[0], message))
        return "250 OK"


@asynccontextmanager
async def smtp_sink(port: int = 0, **options: Any) -> AsyncIterator[SmtpSink]:
    """A server on a loopback port; `options` are those of aiosmtpd's SMTP."""
    sink = SmtpSink()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, **options), "127.0.0.1", port)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        sink.awake.set()
        server.close()
        await server.wait_closed()
