"""Who asks: an API key, a bearer token or a browser's session, in this order of precedence.

Invariant: whatever of them is presented must be right; a wrong key never falls back to a cookie. A session must show
with X-CSRF-Token that its own front-end asks, wherever something is changed. What was looked up is remembered in this
process and forgotten when it changes; a token is as good as the key or session that it was made for (`token_auth.py`).
Limit: who may do what is `gate.py`'s business.
"""

import hmac
from collections.abc import Mapping
from typing import Final, NamedTuple

from pyxiu.api.auth_model import ALL_SCOPES, Member, Presented, PresentedRequest, Via
from pyxiu.api.client_address import ClientAddress
from pyxiu.api.cookies import cookie_in
from pyxiu.api.credentials import CredentialStore, OpenSession, SessionStore, TokenStore
from pyxiu.api.errors import CSRF_MISMATCH, MISSING_CSRF, NO_SESSION, WireError
from pyxiu.api.key_auth import NONCE_WINDOW_MS, KeyAuthenticator
from pyxiu.api.remembered import Remembered, Vouching
from pyxiu.api.token_auth import TokenAuthenticator, is_open, session_tags
from pyxiu.identity.changes import Change, Changed
from pyxiu.identity.model import Client
from pyxiu.kit.clock import Clock

__all__ = ["ALL_SCOPES", "NONCE_WINDOW_MS", "Authenticator", "Member", "Presented", "PresentedRequest", "Via"]

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: How often a session that is in use is shown to the store, which moves its idle expiry.
SESSION_KEEP_S: Final = 20.0
_BEARER: Final = b"Bearer "
_NS_PER_MS: Final = 1_000_000

SessionKey = tuple[str, Client]


class Stores(NamedTuple):
    """Where what is presented is looked up; without sessions or tokens there are none."""

    credentials: CredentialStore
    sessions: SessionStore | None = None
    tokens: TokenStore | None = None


class Authenticator:
    """Turns what a request presents into a member, or into the reason why not."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        clients: ClientAddress,
        vouching: Vouching,
        *,
        cookie_name: str = "_barong_session",
        nonce_window_ms: int = NONCE_WINDOW_MS,
    ) -> None:
        self._clock = clock
        self.window_ms = nonce_window_ms
        self._clients = clients
        self._cookie_prefix = f"{cookie_name}=".encode()
        self._keys = KeyAuthenticator(stores.credentials, clock, clients, vouching, window_ms=nonce_window_ms)
        self._tokens = TokenAuthenticator(stores.tokens, stores.sessions, self._keys, clock, vouching)
        self._session_store = stores.sessions
        self._sessions: Remembered[SessionKey, OpenSession | WireError] = Remembered(
            self._open_session, vouching, tags=session_tags, keep_s=SESSION_KEEP_S, worth=is_open
        )

    async def member(self, request: Presented, *, csrf: bool = True) -> Member | WireError:
        """Header names are in lower case, as ASGI gives them."""
        given = request.given
        if b"x-auth-apikey" in given or b"x-auth-signature" in given or b"x-auth-nonce" in given:
            return await self._keys.member(request)
        bearer = given.get(b"authorization", b"")
        if bearer.startswith(_BEARER):
            return await self._tokens.member(bearer[len(_BEARER) :], request)
        cookie = cookie_in(request.headers, self._cookie_prefix)
        if cookie is None:
            return NO_SESSION
        return await self._of_session(cookie, request, given, csrf=csrf)

    def at_once(self, request: Presented, now_s: float) -> Member | WireError | None:
        """What `member` says of a key that is remembered; None for whoever else asks."""
        return self._keys.at_once(request, now_s) if b"x-auth-apikey" in request.given else None

    def expires_ns(self, request: Presented, member: Member) -> int | None:
        """Until when holds what made this request `member`'s a moment ago; None where that is not known here."""
        if member.via is Via.API_KEY:
            return self._keys.expires_ns(member.kid)
        if member.via is Via.TOKEN:
            return self._token_expires_ns(request.given.get(b"authorization", b"")[len(_BEARER) :], member)
        cookie = cookie_in(request.headers, self._cookie_prefix)
        if cookie is None:
            return None
        opened = self._sessions.fresh((cookie, self._clients.client_of(request.peer, request.headers)))
        return opened.expires_ns if isinstance(opened, OpenSession) else None

    def _token_expires_ns(self, token: bytes, member: Member) -> int | None:
        """The token's end or its origin's, whichever comes first."""
        ends = [self._tokens.expires_ns(token), self._keys.expires_ns(member.kid) if member.kid else None]
        if member.session_id is not None:
            ends.append(self._tokens.session_expires_ns(member.session_id))
        return min((end for end in ends if end is not None), default=None)

    def server_time_ms(self) -> int:
        return self._clock.now_ns() // _NS_PER_MS

    def take_uses(self) -> dict[str, int]:
        """When each API key was used last (ns), since this was asked before."""
        return self._keys.take_uses()

    def forget(self, changed: Changed) -> None:
        """Look up again what this change touches."""
        if changed.kind in {Change.USER, Change.SESSION, Change.API_KEY}:
            tag = f"{changed.kind}:{changed.subject}"
            self._keys.known.forget(tag)
            self._sessions.forget(tag)
            self._tokens.forget(tag)
        elif changed.kind is Change.SETTINGS:
            self.forget_all()

    def forget_all(self) -> None:
        self._keys.known.forget_all()
        self._sessions.forget_all()
        self._tokens.forget_all()

    async def _of_session(
        self, cookie: str, request: Presented, given: Mapping[bytes, bytes], *, csrf: bool
    ) -> Member | WireError:
        opened = await self._sessions.find((cookie, self._clients.client_of(request.peer, request.headers)))
        if isinstance(opened, WireError):
            return opened
        if opened.expires_ns is not None and self._clock.now_ns() >= opened.expires_ns:
            return NO_SESSION
        if csrf and request.method not in SAFE_METHODS:
            token = given.get(b"x-csrf-token")
            if not token:
                return MISSING_CSRF
            if not hmac.compare_digest(token, opened.csrf_token.encode()):
                return CSRF_MISMATCH
        return opened.member

    async def _open_session(self, key: SessionKey) -> OpenSession | WireError:
        return NO_SESSION if self._session_store is None else await self._session_store.open(*key)
