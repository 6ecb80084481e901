"""API keys: three headers, two schemes, one answer to who asks.

    X-Auth-Apikey     the key's id
    X-Auth-Nonce      unix time in milliseconds, within the window around the server's time
    X-Auth-Signature  `<hex>` over nonce and key id (keys that allow it), or `v2=<hex>` over the whole request

Invariant: signatures are compared in constant time; what is wrong with a key is told only to who has its secret; a key
that changes is asked for anew within a second. Limit: whether the same request came before is `replays.py`'s business.
"""

import ipaddress
from collections.abc import Mapping
from typing import Final

from pyxiu.api.auth_model import Member, Presented
from pyxiu.api.client_address import ClientAddress
from pyxiu.api.credentials import Credential, CredentialStore
from pyxiu.api.errors import (
    ADDRESS_NOT_ALLOWED,
    INVALID_KEY_HEADERS,
    INVALID_SIGNATURE,
    KEY_EXPIRED,
    NONCE_EXPIRED,
    NONCE_NOT_A_TIMESTAMP,
    SCHEME_NOT_ALLOWED,
    UNKNOWN_KEY,
    WireError,
)
from pyxiu.api.remembered import Remembered, Vouching
from pyxiu.identity.api_keys.signatures import PREFIX, canonical_message, nonce_message
from pyxiu.kit.clock import Clock

NONCE_WINDOW_MS: Final = 5_000
KEY_ID_LENGTH_MAX: Final = 64
NONCE_LENGTH_MAX: Final = 16
_NS_PER_MS: Final = 1_000_000


class Known:
    """What is remembered of a key id: the key, or that there is none."""

    __slots__ = ("credential",)

    def __init__(self, credential: Credential | None) -> None:
        self.credential = credential


class KeyAuthenticator:
    def __init__(
        self,
        store: CredentialStore,
        clock: Clock,
        clients: ClientAddress,
        vouching: Vouching,
        *,
        window_ms: int = NONCE_WINDOW_MS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._clients = clients
        self._window_ms = window_ms
        self._uses: dict[str, int] = {}
        self.known: Remembered[bytes, Known] = Remembered(self._look_up, vouching, tags=_tags)

    async def member(self, request: Presented) -> Member | WireError:
        """Of a request with one of the three headers at least."""
        found = self.at_once(request)
        if found is not None:
            return found
        given = request.given
        kid = given[b"x-auth-apikey"]
        if len(kid) > KEY_ID_LENGTH_MAX or not kid.isalnum():
            return UNKNOWN_KEY
        known = await self.known.find(kid)
        return self._decide(known.credential, request, given, self._clock.now_ns())

    def at_once(self, request: Presented, now_s: float | None = None) -> Member | WireError | None:
        """The same; None where the key has to be looked up first. `now_s` is the monotonic time, if it is known."""
        given = request.given
        kid, nonce = given.get(b"x-auth-apikey"), given.get(b"x-auth-nonce")
        if not (kid and nonce and given.get(b"x-auth-signature")):
            return INVALID_KEY_HEADERS
        now_ns = self._clock.now_ns()
        refusal = self._refusal_of_nonce(nonce, now_ns)
        if refusal is not None:
            return refusal
        known = self.known.fresh(kid, now_s)
        return None if known is None else self._decide(known.credential, request, given, now_ns)

    def _decide(
        self, credential: Credential | None, request: Presented, given: Mapping[bytes, bytes], now_ns: int
    ) -> Member | WireError:
        if credential is None:
            return UNKNOWN_KEY
        kid, nonce, signature = given[b"x-auth-apikey"], given[b"x-auth-nonce"], given[b"x-auth-signature"]
        if signature.startswith(PREFIX):
            signed = canonical_message(
                kid, nonce, request.method.encode(), request.raw_path, request.query_string, request.body or b""
            )
            if not credential.verifier.verify(signed, signature[len(PREFIX) :]):
                return INVALID_SIGNATURE
        elif not credential.verifier.verify(nonce_message(nonce, kid), signature):
            return INVALID_SIGNATURE
        elif not credential.legacy:
            return SCHEME_NOT_ALLOWED
        return self._permitted(credential, request, now_ns)

    async def member_of_token(self, kid: str, request: Presented) -> Member | WireError:
        """The key's member, where a token that was made for the key is used as the key might be."""
        known = await self.known.find(kid.encode())
        if known.credential is None:
            return UNKNOWN_KEY
        return self._permitted(known.credential, request, self._clock.now_ns())

    def expires_ns(self, kid: str) -> int | None:
        """Of a key that is remembered; None for one that does not expire."""
        known = self.known.fresh(kid.encode())
        return None if known is None or known.credential is None else known.credential.expires_ns

    def _permitted(self, credential: Credential, request: Presented, now_ns: int) -> Member | WireError:
        if credential.refusal is not None:
            return credential.refusal
        if credential.expires_ns is not None and now_ns >= credential.expires_ns:
            return KEY_EXPIRED
        if credential.networks and not self._is_allowed(credential, request):
            return ADDRESS_NOT_ALLOWED
        self._uses[credential.kid] = now_ns
        return credential.member

    def take_uses(self) -> dict[str, int]:
        """When each key was used last (ns), of those that were used since this was asked before."""
        uses, self._uses = self._uses, {}
        return uses

    def _is_allowed(self, credential: Credential, request: Presented) -> bool:
        address = ipaddress.ip_address(self._clients.ip_of(request.peer, request.headers))
        return any(address.version == network.version and address in network for network in credential.networks)

    def _refusal_of_nonce(self, nonce: bytes, now_ns: int) -> WireError | None:
        if len(nonce) > NONCE_LENGTH_MAX or not nonce.isdigit():
            return NONCE_NOT_A_TIMESTAMP
        nonce_ms = int(nonce)
        if nonce_ms == 0:
            return NONCE_NOT_A_TIMESTAMP
        skew_ms = now_ns // _NS_PER_MS - nonce_ms
        return None if -self._window_ms < skew_ms < self._window_ms else NONCE_EXPIRED

    async def _look_up(self, kid: bytes) -> Known:
        return Known(await self._store.find(kid.decode("ascii")))


def _tags(kid: bytes, known: Known) -> list[str]:
    tags = [f"api_key:{kid.decode()}"]
    if known.credential is not None:
        tags += [f"user:{uid}" for uid in {known.credential.member.uid, known.credential.owner_uid}]
    return tags
