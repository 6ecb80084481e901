"""Bearer tokens: made for services behind us, and taken back from whoever presents one.

Invariant: a token is no more than a name: the user is looked up, and must be allowed in now, whenever the token was
made. Limit: a token that was made in the last ISSUED_KEEP_S is handed out again instead of signing a new one.
"""

from collections.abc import Callable
from typing import Final

from pyxiu.api.auth_model import Member, Via
from pyxiu.api.errors import INVALID_TOKEN, NO_SESSION, WireError
from pyxiu.api.remembered import Remembered, Vouching
from pyxiu.identity.access.credential_store import find_user
from pyxiu.identity.changes import Change, Changed
from pyxiu.identity.model import LIVE_STATES
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tokens.keyring import Keyring
from pyxiu.identity.tokens.session_token import TokenSubject, check_session_token, mint_session_token

ISSUED_KEEP_S: Final = 60.0
_NS_PER_S: Final = 10**9


class TokenService:
    """`keyring` is asked each time, because keys are rotated while we run."""

    def __init__(self, identity: IdentityServices, keyring: Callable[[], Keyring], vouching: Vouching) -> None:
        self._identity = identity
        self.keyring = keyring
        self._issued: Remembered[str, str | WireError] = Remembered(
            self._issue, vouching, tags=lambda uid, _: (f"user:{uid}",), worth=_is_text, keep_s=ISSUED_KEEP_S
        )

    async def open(self, token: str) -> tuple[Member, int] | WireError:
        """Whose it is and until when (ns)."""
        checked = check_session_token(self.keyring(), token, self._now_s())
        if checked is None:
            return INVALID_TOKEN
        async with self._identity.database.connect() as connection:
            user = await find_user(connection, checked.uid)
        if user is None or user.state not in LIVE_STATES:
            return NO_SESSION
        member = Member(user.uid, user.level, user.role, user.state, user.user_id, Via.TOKEN)
        return member, checked.expires_s * _NS_PER_S

    async def issue(self, uid: str) -> str | WireError:
        """A token that speaks for this user or service account."""
        return await self._issued.find(uid)

    def forget(self, changed: Changed) -> None:
        if changed.kind is Change.USER:
            self._issued.forget(f"user:{changed.subject}")

    async def _issue(self, uid: str) -> str | WireError:
        async with self._identity.database.connect() as connection:
            user = await find_user(connection, uid)
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
        return mint_session_token(self.keyring(), subject, self._now_s(), of_user=user.is_user)

    def _now_s(self) -> int:
        return self._identity.clock.now_ns() // _NS_PER_S


def _is_text(issued: str | WireError) -> bool:
    return isinstance(issued, str)
