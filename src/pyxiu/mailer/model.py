"""A mail that is owed to somebody, and what became of it.

    queued ──attempt──▶ sent
       ▲  └──refused for good──▶ failed ──┐
       │  └──too often, too late─▶ abandoned
       └───────────── `pyxiu mail retry` ─┘

Invariant: every state but queued and sent has a reason, and sent is final. Limit: what the mail says is rendered when
it is sent and kept nowhere, because it may hold a token.
"""

import datetime
from enum import StrEnum

import msgspec


class MailState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    ABANDONED = "abandoned"


class NewMail(msgspec.Struct, frozen=True, kw_only=True):
    """To be queued. `outbox_id` and recipient name it: the same mail twice is one."""

    outbox_id: int
    event: str
    recipient: str
    language: str
    message_id: str
    next_attempt_at: datetime.datetime
    give_up_at: datetime.datetime


class OwedMail(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `mails`."""

    id: int
    outbox_id: int
    event: str
    recipient: str
    language: str
    message_id: str
    state: str
    attempts: int
    next_attempt_at: datetime.datetime
    give_up_at: datetime.datetime
    reason: str | None
    created_at: datetime.datetime
    sent_at: datetime.datetime | None


class QueueState(msgspec.Struct, frozen=True):
    """How many mails wait and since when the oldest of them does; None when none does."""

    length: int
    oldest_at: datetime.datetime | None
