"""The token that tells a service behind us who asks: claims as existing services expect them.

Invariant: signed by the newest key of its purpose, good for TOKEN_LIFETIME_S at most, checked against issuer, audience
and purpose; the algorithm is the key's, never the token's; it names the API key or session that it was made for. Limit:
it says what was true when it was made; our own API asks what its origin is worth now.
"""

import secrets
from typing import Any, Final

import jwt
import msgspec

from pyxiu.identity.tokens.keyring import Keyring

TOKEN_LIFETIME_S: Final = 3_600
ISSUER: Final = "barong"
AUDIENCE: Final = ("peatio", "barong")
SUBJECT: Final = "session"
#: Our own claim beside those that services know: the origin.
ORIGIN_CLAIM: Final = "pyxiu_origin"
TOKEN_LENGTH_MAX: Final = 4_096
_JTI_BYTES: Final = 10


class KeyOrigin(msgspec.Struct, frozen=True, tag_field="kind", tag="api_key"):
    """The token was made for an API key, which had these scopes."""

    kid: str
    scopes: tuple[str, ...]


class SessionOrigin(msgspec.Struct, frozen=True, tag_field="kind", tag="session"):
    """The token was made for a session; `id` is that of its row, not what its cookie says."""

    id: int


Origin = KeyOrigin | SessionOrigin


class TokenSubject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom a token speaks for; a service account has neither user name nor referral."""

    uid: str
    email: str
    role: str
    level: int
    state: str
    username: str | None = None
    referral_id: int | None = None


class Checked(msgspec.Struct, frozen=True):
    """What a good token says: whose it is, until when, and what it was made for."""

    uid: str
    expires_s: int
    origin: Origin


def mint_session_token(
    keyring: Keyring, subject: TokenSubject, origin: Origin, now_s: int, *, of_user: bool = True
) -> str:
    key = keyring.newest
    claims: dict[str, Any] = {
        "iat": now_s,
        "exp": now_s + TOKEN_LIFETIME_S,
        "jti": secrets.token_hex(_JTI_BYTES),
        "sub": SUBJECT,
        "iss": ISSUER,
        "aud": list(AUDIENCE),
        "uid": subject.uid,
        "email": subject.email,
        "role": subject.role,
        "level": subject.level,
        "state": subject.state,
        ORIGIN_CLAIM: msgspec.to_builtins(origin),
    }
    if of_user:
        claims |= {"username": subject.username, "referral_id": subject.referral_id}
    return jwt.encode(claims, key.private_key, algorithm=key.algorithm.value, headers={"kid": key.kid})


def check_session_token(keyring: Keyring, token: str, now_s: int) -> Checked | None:
    """What it says, or None for a token that is not ours, not for this, or not good any more.

    Nor is one good that names no origin: nobody could take back what it allows before it expires.
    """
    if len(token) > TOKEN_LENGTH_MAX:
        return None
    try:
        key = keyring.find(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            return None
        claims = jwt.decode(
            token,
            key.private_key.public_key(),
            algorithms=[key.algorithm.value],
            audience=list(AUDIENCE),
            issuer=ISSUER,
            # Times are compared below, by the clock that was passed in.
            options={"require": ["exp", "iat", "jti", "sub"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    uid, expires_s = claims.get("uid"), claims["exp"]
    if claims["sub"] != SUBJECT or not isinstance(uid, str) or not isinstance(expires_s, int) or now_s >= expires_s:
        return None
    try:
        origin = msgspec.convert(claims.get(ORIGIN_CLAIM), KeyOrigin | SessionOrigin)
    except msgspec.ValidationError:
        return None
    return Checked(uid, expires_s, origin)
