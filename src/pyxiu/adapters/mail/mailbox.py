"""A transport that goes nowhere: mails are kept in the development mailbox.

Invariant: delivering the same Message-ID twice keeps one. Limit: for one's own machine only; app/ decides.
"""

from email.message import EmailMessage

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.mailer import mailbox_store
from pyxiu.mailer.ports import MailDelayedError


class MailboxTransport:
    name = "development mailbox"

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def deliver(self, message: EmailMessage, recipient: str) -> None:
        values = {
            "message_id": str(message["Message-ID"]),
            "recipient": recipient,
            "sender": str(message["From"]),
            "subject": str(message["Subject"]),
            "text": _part(message, "plain"),
            "html": _part(message, "html"),
        }
        async with self._database.begin() as connection:
            await mailbox_store.put(connection, values)


class NoTransport:
    """Nowhere to send to, and no mailbox allowed: mails wait."""

    name = "none"

    async def deliver(self, message: EmailMessage, recipient: str) -> None:  # noqa: ARG002 - the port's
        raise MailDelayedError("no mail server is set: PYXIU_SMTP_URL")


def _part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    return "" if body is None else str(body.get_content())
