"""Who asks: API keys in the dialect's three headers, until the identity context brings sessions, scopes and limits.

    X-Auth-Apikey     the key's id
    X-Auth-Nonce      unix time in milliseconds, within the window around the server's time
    X-Auth-Signature  hex HMAC-SHA256 of nonce and key id, with the key's secret

Invariant: signatures are compared in constant time, secrets are held in memory only and never logged or shown, and a
key that is switched off stops working within CACHE_TTL_S. Limit: this scheme signs neither path nor body, so TLS is
what protects them; `ReplayGuard` makes sure that the same request is not carried out twice.
"""

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from pyxiu.api.asgi import Header
from pyxiu.api.errors import (
    INVALID_KEY_HEADERS,
    INVALID_SIGNATURE,
    KEY_NOT_ACTIVE,
    NO_SESSION,
    NONCE_EXPIRED,
    NONCE_NOT_A_TIMESTAMP,
    UNKNOWN_KEY,
    WireError,
)
from pyxiu.kit.clock import Clock

NONCE_WINDOW_MS: Final = 5_000
#: Together with what the store itself remembers, a change is seen within a second.
CACHE_TTL_S: Final = 0.75
CACHE_KEYS_MAX: Final = 50_000
KEY_ID_LENGTH_MAX: Final = 64
NONCE_LENGTH_MAX: Final = 16
ACTIVE: Final = "active"
_NS_PER_MS: Final = 1_000_000


class Member(NamedTuple):
    """Whom a request comes from."""

    uid: str
    level: int
    role: str


class Credential(NamedTuple):
    """An API key with its secret in the clear: never to be logged, so it does not show itself."""

    kid: str
    secret: bytes
    active: bool
    member: Member

    def __repr__(self) -> str:
        return f"Credential(kid={self.kid!r}, member={self.member.uid!r})"


class CredentialStore(Protocol):
    """Where keys come from; app/ plugs in the catalog's table and the box that opens its secrets."""

    async def find(self, kid: str) -> Credential | None:
        """The key of that id, active or not."""


class Signer:
    """HMAC-SHA256 with one key, prepared once: a signature then costs three quarters of `hmac.digest`."""

    __slots__ = ("_prepared",)

    def __init__(self, secret: bytes) -> None:
        self._prepared = hmac.new(secret, digestmod="sha256")

    def sign(self, message: bytes) -> str:
        """What the signature header must say."""
        signing = self._prepared.copy()
        signing.update(message)
        return signing.hexdigest()


class Known(NamedTuple):
    """What is remembered of a key id: the key and its signer, or that there is none."""

    member: Member | None
    active: bool
    signer: Signer | None
    since_ns: int


class CredentialCache:
    """Keys found and not found, remembered for CACHE_TTL_S; one look-up at a time per key."""

    def __init__(self, store: CredentialStore, clock: Clock, ttl_s: float = CACHE_TTL_S) -> None:
        self._store = store
        self._clock = clock
        self._ttl_ns = int(ttl_s * 1e9)
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._loading: dict[bytes, asyncio.Task[Known]] = {}

    def fresh(self, kid: bytes, now_ns: int) -> Known | None:
        """What is known of a key id, if that is not too old."""
        known = self._known.get(kid)
        # A clock that stepped back must not keep a key alive, hence the lower bound.
        return known if known is not None and 0 <= now_ns - known.since_ns < self._ttl_ns else None

    async def load(self, kid: bytes) -> Known:
        """Ask the store; whoever asks for the same key meanwhile gets the same answer."""
        loading = self._loading.get(kid)
        if loading is None:
            loading = self._loading[kid] = asyncio.create_task(self._load(kid))
        # Shielded: a request that is canceled must not take the answer away from the others that wait for it.
        return await asyncio.shield(loading)

    async def _load(self, kid: bytes) -> Known:
        try:
            asked_ns = self._clock.now_ns()
            credential = await self._store.find(kid.decode("ascii"))
            if credential is None:
                known = Known(None, False, None, asked_ns)
            else:
                known = Known(credential.member, credential.active, Signer(credential.secret), asked_ns)
            self._known[kid] = known
            self._known.move_to_end(kid)
            if len(self._known) > CACHE_KEYS_MAX:
                self._known.popitem(last=False)
            return known
        finally:
            del self._loading[kid]


class Authenticator:
    """Turns the headers of a request into a member, or into the reason why not."""

    def __init__(
        self,
        store: CredentialStore,
        clock: Clock,
        *,
        nonce_window_ms: int = NONCE_WINDOW_MS,
        ttl_s: float = CACHE_TTL_S,
    ) -> None:
        self._clock = clock
        self._keys = CredentialCache(store, clock, ttl_s)
        self._window_ms = nonce_window_ms

    async def member(self, headers: Iterable[Header]) -> Member | WireError:
        """Headers as ASGI gives them: lower-case names."""
        given = dict(headers)
        kid = given.get(b"x-auth-apikey")
        nonce = given.get(b"x-auth-nonce")
        signature = given.get(b"x-auth-signature")
        if not (kid and nonce and signature):
            return INVALID_KEY_HEADERS if kid or nonce or signature else NO_SESSION
        now_ns = self._clock.now_ns()
        refusal = self._refusal_of_nonce(nonce, now_ns)
        if refusal is not None:
            return refusal
        known = self._keys.fresh(kid, now_ns)
        if known is None:
            if len(kid) > KEY_ID_LENGTH_MAX or not kid.isalnum():
                return UNKNOWN_KEY
            known = await self._keys.load(kid)
        if known.member is None or known.signer is None:
            return UNKNOWN_KEY
        if not hmac.compare_digest(known.signer.sign(nonce + kid).encode(), signature):
            return INVALID_SIGNATURE
        return known.member if known.active else KEY_NOT_ACTIVE

    def server_time_ms(self) -> int:
        return self._clock.now_ns() // _NS_PER_MS

    def _refusal_of_nonce(self, nonce: bytes, now_ns: int) -> WireError | None:
        if len(nonce) > NONCE_LENGTH_MAX or not nonce.isdigit():
            return NONCE_NOT_A_TIMESTAMP
        nonce_ms = int(nonce)
        if nonce_ms == 0:
            return NONCE_NOT_A_TIMESTAMP
        skew_ms = now_ns // _NS_PER_MS - nonce_ms
        return None if -self._window_ms < skew_ms < self._window_ms else NONCE_EXPIRED


class ReplayGuard:
    """Remembers requests with an effect for as long as their nonce could be accepted again.

    Two generations of digests: one is filled while the other ages, so that forgetting costs nothing per request.
    Limit: this process only; a request with a client order id needs no guard, because the engine knows its key.
    """

    def __init__(self, window_ms: int = NONCE_WINDOW_MS) -> None:
        # A nonce is good from one window before to one window after the moment that it names.
        self._generation_ns = 2 * window_ms * _NS_PER_MS
        self._current: set[int] = set()
        self._previous: set[int] = set()
        self._rotates_ns = 0

    def first_time(self, request: tuple[object, ...], now_ns: int) -> bool:
        """Whether this request was not seen before; it counts as seen from now on."""
        if now_ns >= self._rotates_ns:
            stale = now_ns >= self._rotates_ns + self._generation_ns
            self._previous = set() if stale else self._current
            self._current = set()
            self._rotates_ns = now_ns + self._generation_ns
        # 64 bits of a hash that is keyed per process: a client can neither aim for a collision nor meet one by chance.
        digest = hash(request)
        if digest in self._current or digest in self._previous:
            return False
        self._current.add(digest)
        return True
