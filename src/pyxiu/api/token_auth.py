"""Bearer tokens that come back to us: each is worth what it was made for is worth at this moment.

A token of an API key is asked of the cache of keys, by the id of the key: it must still be there, active, unexpired and
allowed from this address, and only the scopes hold that key and token share. A token of a session is asked of the
sessions, by id: it must still be open. Invariant: what ends a key or a session ends its tokens within the same second,
and a token never allows more than its origin. Limit: a token is bound to no browser; whoever has it, has the session.
"""

from typing import Final, assert_never

from pyxiu.api.auth_model import Member, Presented, Via
from pyxiu.api.credentials import OpenSession, SessionStore, TokenStore
from pyxiu.api.errors import INVALID_TOKEN, NO_SESSION, WireError
from pyxiu.api.key_auth import KeyAuthenticator
from pyxiu.api.remembered import Remembered, Vouching
from pyxiu.identity.changes import Change
from pyxiu.identity.tokens.session_token import Checked, KeyOrigin, SessionOrigin
from pyxiu.kit.clock import Clock

#: How long a session that was open is taken for open, as far as no change of it is told: it may end by being idle.
OPEN_KEEP_S: Final = 20.0
_NS_PER_S: Final = 10**9


class TokenAuthenticator:
    """Without a store of tokens there are none, and without one of sessions none of sessions."""

    def __init__(
        self,
        tokens: TokenStore | None,
        sessions: SessionStore | None,
        keys: KeyAuthenticator,
        clock: Clock,
        vouching: Vouching,
    ) -> None:
        self._token_store = tokens
        self._session_store = sessions
        self._keys = keys
        self._clock = clock
        # What a token says does not change; only the look at its signature is spared.
        self._read: Remembered[str, Checked | WireError] = Remembered(self._look_into, vouching, worth=_is_good)
        self._open: Remembered[int, OpenSession | WireError] = Remembered(
            self._look_up, vouching, tags=session_tags, keep_s=OPEN_KEEP_S, worth=is_open
        )

    async def member(self, token: bytes, request: Presented) -> Member | WireError:
        """Whom the token speaks for, with what its origin may do."""
        said = await self._read.find(token.decode("latin-1"))
        if isinstance(said, WireError):
            return said
        if self._clock.now_ns() >= said.expires_s * _NS_PER_S:
            return INVALID_TOKEN
        found = await self._of_origin(said, request)
        if isinstance(found, WireError):
            return found
        return found if found.uid == said.uid else INVALID_TOKEN

    def expires_ns(self, token: bytes) -> int | None:
        """Until when holds a token that was just accepted; its origin may end before."""
        said = self._read.fresh(token.decode("latin-1"))
        return said.expires_s * _NS_PER_S if isinstance(said, Checked) else None

    def session_expires_ns(self, session_id: int) -> int | None:
        """Of a session whose token was just accepted."""
        opened = self._open.fresh(session_id)
        return opened.expires_ns if isinstance(opened, OpenSession) else None

    def forget(self, tag: str) -> None:
        self._open.forget(tag)

    def forget_all(self) -> None:
        self._read.forget_all()
        self._open.forget_all()

    async def _of_origin(self, said: Checked, request: Presented) -> Member | WireError:
        match said.origin:
            case KeyOrigin(kid, scopes):
                found = await self._keys.member_of_token(kid, request)
                if isinstance(found, WireError):
                    return found
                return found._replace(via=Via.TOKEN, scopes=found.scopes.intersection(scopes), kid=kid)
            case SessionOrigin(session_id):
                opened = await self._session(session_id)
                return opened if isinstance(opened, WireError) else opened.member._replace(via=Via.TOKEN)
            case _ as unreachable:
                assert_never(unreachable)

    async def _session(self, session_id: int) -> OpenSession | WireError:
        opened = await self._open.find(session_id)
        if not self._has_ended(opened):
            return opened
        # It would have ended by now, unless its browser has used it since it was looked up.
        self._open.forget(f"{Change.SESSION}:{session_id}")
        opened = await self._open.find(session_id)
        return NO_SESSION if self._has_ended(opened) else opened

    def _has_ended(self, opened: OpenSession | WireError) -> bool:
        if isinstance(opened, WireError) or opened.expires_ns is None:
            return False
        return self._clock.now_ns() >= opened.expires_ns

    async def _look_into(self, token: str) -> Checked | WireError:
        return INVALID_TOKEN if self._token_store is None else await self._token_store.read(token)

    async def _look_up(self, session_id: int) -> OpenSession | WireError:
        return NO_SESSION if self._session_store is None else await self._session_store.still_open(session_id)


def _is_good(said: Checked | WireError) -> bool:
    return isinstance(said, Checked)


def is_open(opened: OpenSession | WireError) -> bool:
    return isinstance(opened, OpenSession)


def session_tags(_key: object, opened: OpenSession | WireError) -> tuple[str, ...]:
    """What ends a session that is remembered, by whatever key."""
    assert isinstance(opened, OpenSession), "refusals are not remembered"
    return f"{Change.USER}:{opened.member.uid}", f"{Change.SESSION}:{opened.member.session_id}"
