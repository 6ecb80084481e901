"""Codes to phones in development: a message in the development mailbox, where `/dev/mail` shows it.

Invariant: nothing leaves the machine. Limit: whoever reads the mailbox verifies any phone, so `app/` plugs it in only
where the mailbox itself is allowed, and never in production.
"""

import html
import secrets

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.identity.ports import PhoneMessage
from pyxiu.mailer import mailbox_store


class MailboxPhones:
    """Implements the port `PhoneSender`."""

    kind = "mailbox"

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def send(self, message: PhoneMessage) -> None:
        text = f"Your code: {message.code}"
        async with self._database.begin() as connection:
            await mailbox_store.put(
                connection,
                {
                    "message_id": f"<{secrets.token_hex(16)}@phone.invalid>",
                    "recipient": message.number,
                    "sender": message.channel,
                    "subject": f"A {message.channel} to {message.number}",
                    "text": text,
                    "html": f"<p>{html.escape(text)}</p>",
                },
            )
