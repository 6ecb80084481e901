"""Mails by SMTP: one connection a mail, encrypted, with a limit on every answer.

Invariant: it returns only after the server's 250; a 5xx about the recipient or the content is final, everything else
(no connection, 4xx, wrong credentials, a sender that the server does not want) may be mended and is tried again.
Limit: what the server says is repeated as the reason, cut and without our credentials.
"""

import ssl
from email.message import EmailMessage
from email.utils import parseaddr

import aiosmtplib

from pyxiu.adapters.mail.smtp_url import SmtpServer
from pyxiu.mailer.ports import MailDelayedError, MailRefusedError

_REASON_LENGTH_MAX = 300
_PERMANENT = 500


class SmtpTransport:
    def __init__(self, server: SmtpServer) -> None:
        self.name = f"SMTP {server}"
        self._server = server

    async def deliver(self, message: EmailMessage, recipient: str) -> None:
        sender = parseaddr(str(message["From"]))[1]
        try:
            client = self._client()
            async with client:
                await client.send_message(message, sender=sender, recipients=[recipient])
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _of_code(error.recipients[0].code, error.recipients[0].message) from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPAuthenticationError) as error:
            raise MailDelayedError(_said(error.code, error.message)) from error
        except aiosmtplib.SMTPDataError as error:
            raise _of_code(error.code, error.message) from error
        except (TimeoutError, aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailDelayedError(f"{self._server.host}: {error!r}"[:_REASON_LENGTH_MAX]) from error

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        context = None if server.security == "none" else ssl.create_default_context()
        if context is not None and server.ca is not None:
            context.load_verify_locations(server.ca)
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            timeout=server.timeout_s,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=context,
        )


def _of_code(code: int, message: str) -> MailDelayedError | MailRefusedError:
    return (MailRefusedError if code >= _PERMANENT else MailDelayedError)(_said(code, message))


def _said(code: int, message: str) -> str:
    text = " ".join(message.split())
    return f"{code} {''.join(filter(str.isprintable, text))}"[:_REASON_LENGTH_MAX]
