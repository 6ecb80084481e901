"""Turn new events of the outbox into queued mails.

Invariant: the mails of a batch and the cursor behind it commit together, so each event makes its mail exactly once.
Limit: an event whose record names no usable address makes no mail; that is logged and passed over.
"""

import datetime
import hashlib
from email.utils import parseaddr
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.mailer import store
from pyxiu.mailer.events import mail_event_of
from pyxiu.mailer.model import NewMail
from pyxiu.mailer.render import LANGUAGES
from pyxiu.mailer.settings import MailSettings
from pyxiu.storage.outbox import OutboxEvent, events_after, lock_cursor, move_cursor, number_events

CURSOR: Final = "mailer"
BATCH_MAX: Final = 200
ADDRESS_LENGTH_MAX: Final = 320

log = structlog.get_logger(__name__)


async def plan_mails(database: AsyncEngine, settings: MailSettings) -> int:
    """Take one batch of events; how many there were."""
    async with database.begin() as connection:
        await number_events(connection)
        position = await lock_cursor(connection, CURSOR)
        events = await events_after(connection, position, limit=BATCH_MAX)
        planned = (mail_of(event, settings) for event in events)
        await store.queue(connection, [mail for mail in planned if mail is not None])
        if events:
            await move_cursor(connection, CURSOR, events[-1].position)
    return len(events)


def mail_of(event: OutboxEvent, settings: MailSettings) -> NewMail | None:
    """The mail that an event deserves, None for most."""
    row = mail_event_of(event.event, event.record, every_login=settings.every_login)
    if row is None:
        return None
    user = event.record.get("user")
    recipient = user.get("email") if isinstance(user, dict) else None
    if not isinstance(recipient, str) or not is_address(recipient):
        log.warning("event_without_address", outbox_event=event.event, outbox_id=event.id)
        return None
    return NewMail(
        outbox_id=event.id,
        event=event.event,
        recipient=recipient,
        language=language_of(event.record, settings.default_language),
        message_id=message_id(event, recipient, settings.sender),
        next_attempt_at=event.created_at,
        give_up_at=event.created_at + datetime.timedelta(seconds=row.lifetime_s),
    )


def is_address(text: str) -> bool:
    """Whether a text can stand in an envelope: sign-up checks addresses, this only keeps the protocol whole."""
    local, _, domain = text.rpartition("@")
    fits = len(text) <= ADDRESS_LENGTH_MAX and text.isprintable()
    return bool(local and domain) and fits and not any(character in text for character in " <>,;\"'()")


def language_of(record: dict[str, Any], default: str) -> str:
    """What the user asked for: the account's language, or the one in the account's free data, if we speak it."""
    user = record["user"]
    for language in (user.get("language"), _data_of(user).get("language")):
        if isinstance(language, str) and language.lower() in LANGUAGES:
            return language.lower()
    return default


def _data_of(user: dict[str, Any]) -> dict[str, Any]:
    try:
        data = msgspec.json.decode(user.get("data") or "{}")
    except (msgspec.DecodeError, TypeError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def message_id(event: OutboxEvent, recipient: str, sender: str) -> str:
    """The same for every attempt: a mail that arrives twice after a crash is recognised by it."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    microseconds = int(event.created_at.timestamp() * 1_000_000)
    to = hashlib.sha256(recipient.encode()).hexdigest()[:12]
    return f"<{event.id}.{microseconds:x}.{to}@{domain}>"
