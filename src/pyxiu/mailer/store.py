"""The SQL of mails.

Invariant: a mail is taken by setting the time of its next attempt, committed before the attempt begins; so of many
mailers one has it, and after a crash the next attempt comes by itself.
"""

import datetime
from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.mailer.model import MailState, NewMail, OwedMail, QueueState
from pyxiu.mailer.tables import mails
from pyxiu.storage.outbox import OutboxEvent, outbox

_UNSENT = (MailState.FAILED.value, MailState.ABANDONED.value)


async def queue(connection: AsyncConnection, new: Sequence[NewMail]) -> None:
    """Mails that are there already stay as they are."""
    rows = [{name: getattr(mail, name) for name in NewMail.__struct_fields__} for mail in new]
    if rows:
        await connection.execute(upsert(mails).values(rows).on_conflict_do_nothing())


async def take_due(
    connection: AsyncConnection, now: datetime.datetime, lease: datetime.timedelta, *, limit: int
) -> list[OwedMail]:
    """Queued mails whose time has come, ours until the lease ends; an attempt is counted for each."""
    due = (
        select(mails.c.id)
        .where(mails.c.state == MailState.QUEUED.value, mails.c.next_attempt_at <= now)
        .order_by(mails.c.next_attempt_at, mails.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # evaluated once, which a plain subquery with a limit need not be
    )
    taken = (
        update(mails)
        .where(mails.c.id.in_(select(due.c.id)))
        .values(attempts=mails.c.attempts + 1, next_attempt_at=now + lease)
        .returning(mails)
    )
    rows = (await connection.execute(taken)).mappings()
    return sorted((OwedMail(**row) for row in rows), key=lambda mail: mail.id)


async def event_of(connection: AsyncConnection, mail: OwedMail) -> OutboxEvent | None:
    """The event that a mail is about; None when it is not kept any more."""
    row = (await connection.execute(select(outbox).where(outbox.c.id == mail.outbox_id))).mappings().one_or_none()
    return None if row is None else OutboxEvent(**row)


async def note_sent(connection: AsyncConnection, mail_id: int, now: datetime.datetime) -> None:
    values = {"state": MailState.SENT.value, "sent_at": now, "reason": None}
    await connection.execute(update(mails).where(mails.c.id == mail_id).values(values))


async def note_unsent(
    connection: AsyncConnection, mail: OwedMail, state: MailState, reason: str, next_attempt_at: datetime.datetime
) -> None:
    """After an attempt without success; `next_attempt_at` counts while the mail stays queued. A success is final."""
    values = {"state": state.value, "reason": reason, "next_attempt_at": next_attempt_at}
    still_ours = and_(mails.c.id == mail.id, mails.c.state == MailState.QUEUED.value)
    await connection.execute(update(mails).where(still_ours).values(values))


async def requeue(
    connection: AsyncConnection, now: datetime.datetime, give_up_at: datetime.datetime, mail_id: int | None
) -> int:
    """Try again what was given up, and at once what waits: one mail or all. How many there were."""
    wanted = or_(mails.c.state.in_(_UNSENT), and_(mails.c.state == MailState.QUEUED.value, mails.c.reason.is_not(None)))
    where = wanted if mail_id is None else and_(wanted, mails.c.id == mail_id)
    values = {"state": MailState.QUEUED.value, "attempts": 0, "next_attempt_at": now, "give_up_at": give_up_at}
    return (await connection.execute(update(mails).where(where).values(values))).rowcount


async def newest(connection: AsyncConnection, *, state: MailState | None, limit: int) -> list[OwedMail]:
    query = select(mails).order_by(mails.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(mails.c.state == state.value)
    return [OwedMail(**row) for row in (await connection.execute(query)).mappings()]


async def queue_state(connection: AsyncConnection) -> QueueState:
    query = select(func.count(), func.min(mails.c.created_at)).where(mails.c.state == MailState.QUEUED.value)
    row = (await connection.execute(query)).one()
    return QueueState(row[0], row[1])


async def next_due_at(connection: AsyncConnection) -> datetime.datetime | None:
    """When the next attempt is due; None when nothing waits."""
    query = select(func.min(mails.c.next_attempt_at)).where(mails.c.state == MailState.QUEUED.value)
    due: datetime.datetime | None = (await connection.execute(query)).scalar_one()
    return due
