"""What the mailer needs of others: a way to send, and a way to open what was sealed for it.

Invariant: a transport returns only when somebody else answers for the mail, and says by the exception whether trying
again can help. Limit: one recipient a message.
"""

from email.message import EmailMessage
from typing import Protocol

from pyxiu.kit.errors import PermanentError, TransientError


class MailDelayedError(TransientError):
    """Not now: no connection, a busy or misconfigured server. The message says what the server said."""


class MailRefusedError(PermanentError):
    """Never: this mail or its recipient is refused for good. The message says what the server said."""


class Transport(Protocol):
    #: For logs: where mails go, without secrets.
    name: str

    async def deliver(self, message: EmailMessage, recipient: str) -> None:
        """Raises MailDelayedError or MailRefusedError."""


class Opener(Protocol):
    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises PermanentError when it was sealed for another purpose or with an unknown key, or was changed."""
