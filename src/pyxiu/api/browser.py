"""What browsers say about where a request comes from, and what they are told of who may read the answers.

Invariant: an origin that the operator has not listed gets no CORS header at all, and credentials are never combined
with `*`; a request that another site makes a browser send has no effect. Limit: clients that are no browsers send none
of these headers and are not concerned.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from pyxiu.api.asgi import Header

PREFLIGHT_AGE_S: Final = 3_600
METHODS: Final = b"GET, POST, PUT, PATCH, DELETE, OPTIONS"
_ALLOWED_HEADERS: Final = b"content-type, x-csrf-token, x-auth-apikey, x-auth-nonce, x-auth-signature, authorization"
_EXPOSED_HEADERS: Final = b"total, page, per-page, retry-after, x-server-time, x-pyxiu-lag"


def is_cross_site(headers: Iterable[Header], allowed: Sequence[str] = ()) -> bool:
    """Whether a browser says that a page of another site sends this."""
    given = dict(headers)
    origin = given.get(b"origin")
    if origin is None:
        # Without an origin, browsers that know this header say it where it matters.
        return given.get(b"sec-fetch-site") == b"cross-site"
    if origin.decode("latin-1") in allowed:
        return False
    return origin.partition(b"://")[2] != given.get(b"host", b"")


def cors_headers(headers: Iterable[Header], allowed: Sequence[str]) -> tuple[Header, ...]:
    """What an allowed origin is told; nothing for all others."""
    origin = next((value for name, value in headers if name == b"origin"), None)
    if origin is None or origin.decode("latin-1") not in allowed:
        return ()
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _EXPOSED_HEADERS),
        (b"vary", b"origin"),
    )


def preflight_headers(headers: Iterable[Header], allowed: Sequence[str]) -> tuple[Header, ...]:
    """The same before a request that is not simple."""
    found = cors_headers(headers, allowed)
    if not found:
        return ()
    return (
        *found,
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", _ALLOWED_HEADERS),
        (b"access-control-max-age", b"%d" % PREFLIGHT_AGE_S),
    )
