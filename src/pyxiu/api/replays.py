"""At most one effect of a signed request, also when it arrives twice.

An order with a client order id is known to the engine, whoever brings it. For one without, a process that is the only
one to take orders remembers the request for as long as its nonce is good; where the memory of this process is not all
there is to know, the order gets a client order id made of its signature, so that the journal remembers. All other
signed requests with an effect note their signature in a table. Invariant: a second effect is impossible in every
topology and across restarts. Limit: sessions and tokens sign nothing; what they send twice is meant twice.
"""

import datetime
import hashlib
from collections.abc import Callable
from typing import Final

from pyxiu.api.auth_model import Member, Presented, Via
from pyxiu.api.errors import REQUEST_REPLAYED, WireError
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import Clock

_NS_PER_MS: Final = 1_000_000
#: Looked up once: an enumeration's class does it anew each time.
_API_KEY: Final = Via.API_KEY
#: Begins client order ids that we made; members cannot choose such ones, and are not shown them.
MADE_KEY_PREFIX: Final = "~"


class ReplayGuard:
    """Remembers requests with an effect for as long as their nonce could be accepted again.

    Two generations of digests: one is filled while the other ages, so that forgetting costs nothing per request.
    """

    def __init__(self, window_ms: int) -> None:
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


class OrderReplays:
    """Decides what an order without client order id needs, so that it has one effect."""

    def __init__(self, clock: Clock, window_ms: int, alone: Callable[[], bool]) -> None:
        """`alone`: whether no other process takes orders for the same engine."""
        self._clock = clock
        self._window_ns = window_ms * _NS_PER_MS
        self._alone = alone
        self._guard = ReplayGuard(window_ms)
        self._began_ns = clock.now_ns()

    def key_for(self, request: Presented, member: Member) -> str | WireError:
        """The client order id to use, empty where none is needed, or why the request is refused."""
        if member.via is not _API_KEY:
            return ""
        nonce, signature = _of(request)
        now_ns, nonce_ns = self._clock.now_ns(), int(nonce) * _NS_PER_MS
        # All are remembered here, because each of what follows ends: being alone, being new, being dated ahead.
        if not self._guard.first_time((signature, request.path, request.query_string, request.body), now_ns):
            return REQUEST_REPLAYED
        if not self._alone():
            return made_key(request, signature)
        # Whoever had the engine before us may have taken it, and has forgotten. What is dated ahead of its time can
        # outlive this process the same way, so the journal remembers it, on both sides of a restart.
        if nonce_ns <= self._began_ns:
            return REQUEST_REPLAYED
        if nonce_ns > now_ns or nonce_ns < self._began_ns + self._window_ns:
            return made_key(request, signature)
        return ""


def made_key(request: Presented, signature: bytes) -> str:
    """The same for the same bytes, and for no others."""
    return MADE_KEY_PREFIX + _digest(request, signature).hex()[:40]


async def use_signature(identity: IdentityServices, request: Presented, window_ms: int) -> bool:
    """Whether this very request has not had its effect before, in any process; it counts as used from now on."""
    nonce, signature = _of(request)
    good_until_ms = int(nonce) + 2 * window_ms
    expires_at = datetime.datetime.fromtimestamp(good_until_ms / 1e3, datetime.UTC)
    async with identity.database.begin() as connection:
        return await AccessStore(connection).use_signature(_digest(request, signature), expires_at)


def _digest(request: Presented, signature: bytes) -> bytes:
    parts = (signature, request.method.encode(), request.raw_path, request.query_string, request.body or b"")
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(b"%d:" % len(part))
        hashed.update(part)
    return hashed.digest()


def _of(request: Presented) -> tuple[bytes, bytes]:
    given = request.given
    return given.get(b"x-auth-nonce", b"0"), given.get(b"x-auth-signature", b"")
