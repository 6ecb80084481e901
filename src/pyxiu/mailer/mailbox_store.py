"""The development mailbox: mails that were not sent but put where a developer reads them.

Invariant: the newest KEPT mails, each once by its Message-ID. Limit: whoever reads it can confirm and reset every
account; it is for one's own machine (`app/settings.py` decides), and only there it is filled and shown.
"""

import datetime
from typing import Final

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.mailer.tables import mailbox

KEPT: Final = 500


class BoxedMail(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    message_id: str
    recipient: str
    sender: str
    subject: str
    text: str
    html: str
    created_at: datetime.datetime


async def put(connection: AsyncConnection, values: dict[str, str]) -> None:
    """Add a mail, given as the columns without id and time, and forget those beyond the newest KEPT."""
    await connection.execute(upsert(mailbox).values(values).on_conflict_do_nothing())
    newest = select(func.max(mailbox.c.id)).scalar_subquery()
    await connection.execute(delete(mailbox).where(mailbox.c.id <= newest - KEPT))


class MailboxReader:
    """What the page at /dev/mail shows."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def newest(self, *, recipient: str | None = None, limit: int = 100) -> list[BoxedMail]:
        query = select(mailbox).order_by(mailbox.c.id.desc()).limit(limit)
        if recipient is not None:
            query = query.where(mailbox.c.recipient == recipient)
        async with self._database.connect() as connection:
            return [BoxedMail(**row) for row in (await connection.execute(query)).mappings()]

    async def one(self, mail_id: int) -> BoxedMail | None:
        async with self._database.connect() as connection:
            rows = await connection.execute(select(mailbox).where(mailbox.c.id == mail_id))
            row = rows.mappings().one_or_none()
        return None if row is None else BoxedMail(**row)
