"""What a session is, to whom it belongs, and why one is refused.

Invariant: a token shows itself once, to whom it was made for; everything else knows its hash. Limit: values only.
"""

import datetime
import hashlib
import secrets
from enum import StrEnum
from typing import Final

import msgspec

from pyxiu.identity.model import User

_TOKEN_BYTES: Final = 32
_CSRF_BYTES: Final = 16
#: What can be a token of ours at all.
TOKEN_LENGTH_MAX: Final = 64


class OpenedSession(msgspec.Struct, frozen=True):
    """What the browser gets: the cookie's value, and the token that its requests with an effect must repeat."""

    token: str
    csrf_token: str
    session_id: int
    expires_at: datetime.datetime

    def __repr__(self) -> str:
        return f"OpenedSession(session_id={self.session_id})"


class SessionOwner(msgspec.Struct, frozen=True):
    """Whom a session belongs to. `idle_until`: when it ends if nobody asks `find_session` for it before."""

    session_id: int
    user: User
    csrf_token: str
    idle_until: datetime.datetime
    expires_at: datetime.datetime

    def __repr__(self) -> str:
        return f"SessionOwner(session_id={self.session_id}, uid={self.user.uid!r})"


class SessionRefusal(StrEnum):
    """Values are wire codes; all are 401."""

    INVALID = "authz.invalid_session"
    MISMATCH = "authz.client_session_mismatch"
    USER_NOT_ACTIVE = "authz.user_not_active"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """An open session as its owner sees it."""

    id: int
    ip: str
    country: str
    user_agent: str
    factor: str
    created_at: datetime.datetime
    seen_at: datetime.datetime
    expires_at: datetime.datetime


def new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_csrf_token() -> str:
    return secrets.token_hex(_CSRF_BYTES)


def token_hash(token: str) -> bytes:
    """What is stored of a cookie's value, whatever bytes it came as."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
