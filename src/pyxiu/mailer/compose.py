"""From an owed mail and its event to the message that is sent.

Invariant: the message is made anew for every attempt and kept nowhere. Limit: one recipient, text and HTML.
"""

import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pyxiu.kit.errors import PermanentError
from pyxiu.mailer.events import mail_event_of
from pyxiu.mailer.model import OwedMail
from pyxiu.mailer.ports import MailRefusedError, Opener
from pyxiu.mailer.render import Mail, MailRenderer
from pyxiu.storage.outbox import OutboxEvent

#: What tokens in the outbox are sealed for.
OUTBOX_PURPOSE = "outbox"


class Composer:
    def __init__(self, renderer: MailRenderer, opener: Opener, sender: str) -> None:
        self._renderer = renderer
        self._opener = opener
        self._sender = sender

    def compose(self, mail: OwedMail, event: OutboxEvent) -> EmailMessage:
        """Raises MailRefusedError for a mail that can never be made."""
        row = mail_event_of(event.event, event.record, every_login=True)
        if row is None:
            raise MailRefusedError(f"{event.event} makes no mail any more")
        try:
            token = self._token(event) if row.link is not None or row.code else None
            said = self._renderer.render(
                row.template,
                mail.language,
                event.record,
                at=event.created_at,
                link=row.link,
                token=token,
                code=row.code,
            )
        except MailRefusedError:
            raise
        except PermanentError as error:
            raise MailRefusedError(str(error)) from error
        return self.message(said, mail.recipient, mail.message_id, event.created_at)

    def message(self, said: Mail, recipient: str, message_id: str, at: datetime.datetime) -> EmailMessage:
        """The message itself. Raises MailRefusedError for a recipient that no header can hold."""
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = self._sender
            message["To"] = recipient
            message["Subject"] = said.subject
            message["Message-ID"] = message_id
            message["Date"] = format_datetime(at.astimezone(datetime.UTC))
            # Out-of-office answers and mailing lists leave such mail alone.
            message["Auto-Submitted"] = "auto-generated"
        except (ValueError, IndexError) as error:
            raise MailRefusedError(f"a header cannot be written: {error}") from error
        message.set_content(said.text, cte="quoted-printable")
        message.add_alternative(said.html, subtype="html", cte="quoted-printable")
        return message

    def _token(self, event: OutboxEvent) -> str:
        sealed = event.record.get("token")
        if not isinstance(sealed, str):
            raise MailRefusedError(f"{event.event}: the event has no token")
        try:
            return self._opener.open(bytes.fromhex(sealed), OUTBOX_PURPOSE).decode()
        except ValueError as error:
            raise MailRefusedError(f"{event.event}: the token cannot be read") from error
