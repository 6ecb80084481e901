"""The keys that a provider signs with, as its JWKS publishes them.

Invariants: they come over TLS from the configured host and from nowhere else; an unknown key id makes us ask again,
but no oftener than every ASK_AGAIN_S, whatever strangers send; keys outlive an outage of the provider for STALE_S and a
withdrawn one is trusted for FRESH_S at most while the provider answers. Limit: RSA keys of RSA_BITS_MIN and more, since
nothing but RS256 is taken; each process has its own copy.
"""

import asyncio
import ipaddress
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from pyxiu.kit.clock import Clock
from pyxiu.kit.errors import PermanentError, TransientError

FRESH_S: Final = 3_600
STALE_S: Final = 24 * 3_600
ASK_AGAIN_S: Final = 30
TIMEOUT_S: Final = 5.0
BYTES_MAX: Final = 256 * 1_024
KEYS_MAX: Final = 32
RSA_BITS_MIN: Final = 2_048
#: Beyond this a signature costs a stranger nothing and us much.
RSA_BITS_MAX: Final = 8_192
_NS_PER_S: Final = 1_000_000_000

log = structlog.get_logger(__name__)


class _Jwk(msgspec.Struct, frozen=True):
    """What counts of a JSON web key; others are passed over."""

    kty: str
    kid: str
    n: str
    e: str
    use: str = "sig"
    alg: str = "RS256"


class _Jwks(msgspec.Struct, frozen=True):
    keys: list[Any]


class TenantKeys:
    """`url` is https; http is for this machine only."""

    def __init__(self, url: str, clock: Clock) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
            raise PermanentError(f"keys of an identity provider: expected https://…, found {url!r}")
        self._url = url
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched_s: int | None = None
        self._asked_s: int | None = None
        self._asking = asyncio.Lock()

    async def find(self, kid: str) -> RSAPublicKey | None:
        """The key of this id; None if the provider has none. Raises TransientError if it does not answer."""
        if not self._answers(kid):
            async with self._asking:
                # Whoever waited here finds what the one before has fetched.
                if not self._answers(kid) and not self._within(self._asked_s, ASK_AGAIN_S):
                    await self._fetch()
        if kid in self._keys and self._within(self._fetched_s, STALE_S):
            return self._keys[kid]
        if self._fetched_s is None or self._asked_s != self._fetched_s:
            raise TransientError("the identity provider's keys cannot be fetched")
        return None

    def _answers(self, kid: str) -> bool:
        return kid in self._keys and self._within(self._fetched_s, FRESH_S)

    def _within(self, moment_s: int | None, seconds: int) -> bool:
        return moment_s is not None and 0 <= self._now_s() - moment_s < seconds

    async def _fetch(self) -> None:
        asked_s = self._asked_s = self._now_s()
        try:
            keys = _usable(await self._download())
        except (httpx.HTTPError, TimeoutError, msgspec.MsgspecError, RecursionError, ValueError) as error:
            log.warning("identity_provider_keys_not_fetched", url=self._url, error=repr(error))
            return
        self._keys, self._fetched_s = keys, asked_s

    async def _download(self) -> bytes:
        """Raises ValueError for anything but a short 200; redirects are not followed."""
        body = b""
        # Uncompressed, so that few bytes do not become many.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with (
            asyncio.timeout(2 * TIMEOUT_S),
            httpx.AsyncClient(timeout=TIMEOUT_S) as http,
            http.stream("GET", self._url, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"expected status 200, found {response.status_code}")
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > BYTES_MAX:
                    raise ValueError(f"expected at most {BYTES_MAX} bytes")
        return body

    def _now_s(self) -> int:
        return self._clock.now_ns() // _NS_PER_S


def _usable(body: bytes) -> dict[str, RSAPublicKey]:
    """By key id. A key of a kind that we do not take does no harm to the others."""
    found = {}
    for entry in msgspec.json.decode(body, type=_Jwks).keys[:KEYS_MAX]:
        try:
            jwk = msgspec.convert(entry, _Jwk)
        except msgspec.ValidationError:
            continue
        key = _public_key(jwk) if (jwk.kty, jwk.use, jwk.alg) == ("RSA", "sig", "RS256") else None
        if key is not None:
            found[jwk.kid] = key
    return found


def _public_key(jwk: _Jwk) -> RSAPublicKey | None:
    try:
        # Of an entry with a private half, which nobody should publish, only the public one is read.
        key = RSAAlgorithm.from_jwk({"kty": jwk.kty, "n": jwk.n, "e": jwk.e})
    except (InvalidKeyError, ValueError):
        return None
    if not isinstance(key, RSAPublicKey) or not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
        return None
    return key


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
