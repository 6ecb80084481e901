"""Cookies: what a handler asks for, what a request brought.

Invariant: every cookie of ours is HttpOnly, SameSite and for the whole site; `Secure` is added wherever the request
came over TLS. Limit: the first cookie of a name counts, values are opaque ASCII.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from pyxiu.api.asgi import Header

COOKIE_BYTES_MAX: Final = 8 * 1024


class Cookie(msgspec.Struct, frozen=True):
    """`max_age_s` 0 deletes it; None ends it with the browser."""

    name: str
    value: str
    max_age_s: int | None = None


def cookie_of(headers: Iterable[Header], name: str) -> str | None:
    """The value of a cookie that a request brought."""
    return cookie_in(headers, f"{name}=".encode())


def cookie_in(headers: Iterable[Header], prefix: bytes) -> str | None:
    """As `cookie_of`, for who asks often; `prefix` is the name with `=`."""
    for header, value in headers:
        if header != b"cookie" or prefix not in value or len(value) > COOKIE_BYTES_MAX:
            continue
        for pair in value.split(b";"):
            stripped = pair.strip()
            if stripped.startswith(prefix):
                return stripped[len(prefix) :].strip(b'"').decode("latin-1")
    return None


def set_cookie(cookie: Cookie, *, secure: bool) -> Header:
    """The header that makes a browser keep it."""
    words = [f"{cookie.name}={cookie.value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if cookie.max_age_s is not None:
        words.append(f"Max-Age={cookie.max_age_s}")
    if secure:
        words.append("Secure")
    return b"set-cookie", "; ".join(words).encode("latin-1")
