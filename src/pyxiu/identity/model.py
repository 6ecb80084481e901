"""What identity is about: users and the client that a request comes from.

Invariant: a User never carries a password or its hash. Limit: what belongs to one capability alone (keys, factors,
documents) is in that capability's model.
"""

import datetime
from enum import StrEnum

import msgspec


class UserState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    LOCKED = "locked"
    BANNED = "banned"
    DELETED = "deleted"


#: Who may log in and call: everybody else is refused at every door.
LIVE_STATES = frozenset({UserState.PENDING, UserState.ACTIVE})


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `users` without its password. `level` and `state` follow from private labels and staff's decisions."""

    id: int
    uid: str
    email: str
    username: str | None
    role: str
    level: int
    state: UserState
    otp: bool
    language: str
    fee_group: str
    data: str | None
    referral_id: int | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Client(msgspec.Struct, frozen=True):
    """Where a request comes from. `country` is an ISO 3166 alpha-2 code, empty where it is not known."""

    ip: str
    user_agent: str = ""
    country: str = ""
