"""What is noted of an action: who did what to whom, from where, and how it ended.

Invariant: nothing secret is kept (`redact.py` sees to it) and a staff action says what was before and after it.
Limit: money is not noted here; its trail is the journal.
"""

import datetime
from enum import StrEnum
from typing import Any

import msgspec

from pyxiu.identity.model import Client


class Category(StrEnum):
    """Whose action it is: a user's on the own account, or staff's."""

    USER = "user"
    ADMIN = "admin"


class Result(StrEnum):
    SUCCEED = "succeed"
    FAILED = "failed"
    DENIED = "denied"


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One action. `user_id` None is the operator at the command line.

    `topic` groups (`session`, `password`, `otp`, `account`, …), `action` is what was done (`login`, `update`, …).
    `before` and `after` are the changed values of what staff changed, `data` is anything else worth knowing.
    """

    user_id: int | None
    topic: str
    action: str
    result: Result | str
    client: Client
    category: Category | str = Category.USER
    target_uid: str | None = None
    data: dict[str, Any] | None = None
    reason: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class StoredActivity(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the trail. `chain_seq`, `prev_hash` and `hash` are those of a staff action, None for a user's."""

    id: int
    user_id: int | None
    target_uid: str | None
    category: str
    user_ip: str
    user_ip_country: str
    user_agent: str
    topic: str
    action: str
    result: str
    data: dict[str, Any] | None
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    created_at: datetime.datetime
    chain_seq: int | None = None
    prev_hash: bytes | None = None
    hash: bytes | None = None


class ActivityFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which activities one wants to see; None is any. Times: `since` is included, `until` is not."""

    category: str | None = None
    user_id: int | None = None
    uid: str | None = None
    email: str | None = None
    target_uid: str | None = None
    topic: str | None = None
    action: str | None = None
    result: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
