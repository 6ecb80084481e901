"""Send one mail now, to see whether mails get through; nothing is queued or kept.

Invariant: it takes the very path that every mail takes, from the template to the server's answer.
"""

import datetime
import secrets
from email.utils import parseaddr

from pyxiu.mailer.compose import Composer
from pyxiu.mailer.plan_mails import is_address
from pyxiu.mailer.ports import MailRefusedError, Transport
from pyxiu.mailer.render import MailRenderer


async def send_test_mail(
    composer: Composer, renderer: MailRenderer, transport: Transport, recipient: str, sender: str, language: str
) -> None:
    """Raises MailDelayedError or MailRefusedError with what the server said."""
    if not is_address(recipient):
        raise MailRefusedError(f"expected an e-mail address, found {recipient!r}")
    now = datetime.datetime.now(datetime.UTC)
    said = renderer.render("test", language, {"user": {"email": recipient}}, at=now)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message_id = f"<test.{secrets.token_hex(8)}@{domain}>"
    await transport.deliver(composer.message(said, recipient, message_id, now), recipient)
