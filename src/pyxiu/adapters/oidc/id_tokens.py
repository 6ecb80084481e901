"""Identity tokens of an Auth0 tenant, or of another OpenID Connect provider that names itself `https://<domain>/`.

Invariants: RS256 by a key of the tenant and nothing else, whatever the token's header says; made by this issuer, for
this client, and in the last AGE_MAX_S. Limit: a `nonce` is between the browser and the provider, we never saw it;
against a second use there is the fingerprint. What the claims may open is decided by identity.
"""

import hashlib
from typing import Any, Final

import jwt

from pyxiu.adapters.oidc.tenant_keys import TenantKeys
from pyxiu.identity.ports import IdentityClaims
from pyxiu.kit.clock import Clock, SystemClock

ALGORITHM: Final = "RS256"
#: A token opens a session right after it was made; one that lay about since does not.
AGE_MAX_S: Final = 600
#: How far the provider's clock may be from ours.
LEEWAY_S: Final = 60
TOKEN_LENGTH_MAX: Final = 8_192
TEXT_LENGTH_MAX: Final = 255
_NS_PER_S: Final = 1_000_000_000
# Times are compared below, by the clock that was passed in.
_OPTIONS: Final[Any] = {
    "require": ["iss", "sub", "aud", "exp", "iat"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class OidcTokens:
    """Implements the port `IdentityTokens`. `keys_url` is for tests: by default the keys are the domain's."""

    def __init__(self, domain: str, client_id: str, *, clock: Clock | None = None, keys_url: str | None = None) -> None:
        self.domain = domain
        self.client_id = client_id
        self._clock = clock or SystemClock()
        self._issuer = f"https://{domain}/"
        self._keys = TenantKeys(keys_url or f"{self._issuer}.well-known/jwks.json", self._clock)

    async def verify(self, id_token: str) -> IdentityClaims | None:
        kid = _key_id(id_token)
        key = None if kid is None else await self._keys.find(kid)
        if key is None:
            return None
        try:
            claims = jwt.decode(
                id_token,
                key,
                algorithms=[ALGORITHM],
                audience=self.client_id,
                issuer=self._issuer,
                options=_OPTIONS,
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return None
        expires_s = self._good_until(claims)
        subject, email = _text(claims["sub"]), _text(claims.get("email"))
        if expires_s is None or subject is None or email is None or not self._is_for_us(claims):
            return None
        return IdentityClaims(
            issuer=self._issuer,
            subject=subject,
            email=email,
            email_verified=claims.get("email_verified") is True,
            # The signature's text has more than one spelling; what is signed has one.
            fingerprint=hashlib.sha256(id_token.rpartition(".")[0].encode()).digest(),
            expires_s=expires_s,
        )

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        """Of a token for several clients we must be the one that it was given to."""
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        return bool(claims.get("azp", None if several else self.client_id) == self.client_id)

    def _good_until(self, claims: dict[str, Any]) -> int | None:
        """When it ends, a leeway included; None if it is not good now."""
        exp, iat, nbf = claims["exp"], claims["iat"], claims.get("nbf", 0)
        if not all(isinstance(moment, int) and not isinstance(moment, bool) for moment in (exp, iat, nbf)):
            return None
        now_s = self._clock.now_ns() // _NS_PER_S
        if max(iat, nbf) > now_s + LEEWAY_S or now_s >= exp or now_s - iat > AGE_MAX_S:
            return None
        return int(min(exp, iat + AGE_MAX_S)) + LEEWAY_S


def _key_id(id_token: str) -> str | None:
    """Which key it says it is signed with; None for what cannot be a token that we take."""
    if len(id_token) > TOKEN_LENGTH_MAX or not id_token.isascii():
        return None
    try:
        header = jwt.get_unverified_header(id_token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    # `crit` names extensions that must be understood; we understand none.
    return None if header.get("alg") != ALGORITHM or "crit" in header else _text(header.get("kid"))


def _text(value: Any) -> str | None:
    """A text that a column can hold."""
    return value if isinstance(value, str) and 0 < len(value) <= TEXT_LENGTH_MAX and value.isprintable() else None
