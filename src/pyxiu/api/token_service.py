"""Bearer tokens: made for services behind us, and read again when one comes back.

Invariant: a token names the API key or session that it was made for, and is handed out to no other. Limit: what that
origin is worth when the token comes back is `token_auth.py`'s business; a token that was made in the last ISSUED_KEEP_S
is handed out again instead of signing a new one.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, assert_never

from pyxiu.api.auth_model import Member
from pyxiu.api.errors import INVALID_TOKEN, NO_SESSION, WireError
from pyxiu.api.remembered import Remembered, Vouching
from pyxiu.identity.access.credential_store import find_user
from pyxiu.identity.changes import Change, Changed
from pyxiu.identity.model import LIVE_STATES
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tokens.keyring import Keyring
from pyxiu.identity.tokens.session_token import (
    Checked,
    KeyOrigin,
    Origin,
    SessionOrigin,
    TokenSubject,
    check_session_token,
    mint_session_token,
)

ISSUED_KEEP_S: Final = 60.0
_NS_PER_S: Final = 10**9


class Asked(NamedTuple):
    """Whom a token is to speak for, and what it is made for."""

    uid: str
    origin: Origin


class TokenService:
    """`keyring` is asked each time, because keys are rotated while we run."""

    def __init__(self, identity: IdentityServices, keyring: Callable[[], Keyring], vouching: Vouching) -> None:
        self._identity = identity
        self.keyring = keyring
        self._issued: Remembered[Asked, str | WireError] = Remembered(
            self._issue, vouching, tags=_tags, worth=_is_text, keep_s=ISSUED_KEEP_S
        )

    async def read(self, token: str) -> Checked | WireError:
        """What it says."""
        return check_session_token(self.keyring(), token, self._now_s()) or INVALID_TOKEN

    async def issue(self, member: Member) -> str | WireError:
        """A token that speaks for this user or service account, as far as the key or session does that asks."""
        origin = origin_of(member)
        return NO_SESSION if origin is None else await self._issued.find(Asked(member.uid, origin))

    def forget(self, changed: Changed) -> None:
        if changed.kind in {Change.USER, Change.SESSION, Change.API_KEY}:
            self._issued.forget(f"{changed.kind}:{changed.subject}")

    async def _issue(self, asked: Asked) -> str | WireError:
        async with self._identity.database.connect() as connection:
            user = await find_user(connection, asked.uid)
        if user is None or user.state not in LIVE_STATES:
            return NO_SESSION
        subject = TokenSubject(
            uid=user.uid,
            email=user.email,
            role=user.role,
            level=user.level,
            state=user.state,
            username=user.username,
            referral_id=user.referral_id,
        )
        return mint_session_token(self.keyring(), subject, asked.origin, self._now_s(), of_user=user.is_user)

    def _now_s(self) -> int:
        return self._identity.clock.now_ns() // _NS_PER_S


def origin_of(member: Member) -> Origin | None:
    """What a member's token is made for; None where nothing could end it."""
    if member.kid:
        return KeyOrigin(member.kid, tuple(sorted(member.scopes)))
    return None if member.session_id is None else SessionOrigin(member.session_id)


def _tags(asked: Asked, _token: str | WireError) -> tuple[str, ...]:
    return f"{Change.USER}:{asked.uid}", _tag_of(asked.origin)


def _tag_of(origin: Origin) -> str:
    match origin:
        case KeyOrigin(kid, _):
            return f"{Change.API_KEY}:{kid}"
        case SessionOrigin(session_id):
            return f"{Change.SESSION}:{session_id}"
        case _ as unreachable:
            assert_never(unreachable)


def _is_text(issued: str | WireError) -> bool:
    return isinstance(issued, str)
