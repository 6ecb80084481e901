"""A tenant of an identity provider on this machine: it serves its keys over HTTP and makes tokens.

    with running_tenant(clock) as tenant:
        tokens = tenant.checker()
        claims = await tokens.verify(tenant.token(email="a@example.com"))

Everything about a token can be replaced, to forge what must be refused.
"""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from pyxiu.adapters.oidc.id_tokens import OidcTokens
from pyxiu.kit.clock import Clock

DOMAIN = "tenant.example.com"
ISSUER = f"https://{DOMAIN}/"
CLIENT_ID = "exchange-front-end"
_numbers = itertools.count(1)


@cache
def rsa_key(name: str, bits: int = 2_048) -> RSAPrivateKey:
    """Made once for a run, as that takes a moment."""
    return generate_private_key(65_537, bits)


def jwk_of(key: RSAPrivateKey, kid: str, **fields: Any) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": "RS256", **fields}


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Tenant:
    """`keys` is what its JWKS lists, `status` and `body` what is answered in place of that; `asked` counts."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.keys = [jwk_of(rsa_key("first"), "first")]
        self.status = 200
        self.body: bytes | None = None
        self.asked = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def checker(self) -> OidcTokens:
        url = f"http://127.0.0.1:{self.server.server_port}/.well-known/jwks.json"
        return OidcTokens(DOMAIN, CLIENT_ID, clock=self.clock, keys_url=url)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Of somebody new, unless said otherwise; a claim that is None is left out."""
        now_s = self.clock.now_ns() // 10**9
        number = next(_numbers)
        claims = {
            "iss": ISSUER,
            "sub": f"auth0|{number}",
            "aud": CLIENT_ID,
            "iat": now_s,
            "exp": now_s + 36_000,
            "nonce": f"nonce-{number}",
            "email": f"outside-{number}@example.com",
            "email_verified": True,
        }
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def token(self, *, key: Any = None, kid: str = "first", algorithm: str = "RS256", **claims: Any) -> str:
        key = rsa_key("first") if key is None else key
        return jwt.encode(self.claims(**claims), key, algorithm=algorithm, headers={"kid": kid})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        tenant = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                tenant.asked += 1
                self.send_response(tenant.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(msgspec.json.encode({"keys": tenant.keys}) if tenant.body is None else tenant.body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@contextmanager
def running_tenant(clock: Clock) -> Iterator[Tenant]:
    tenant = Tenant(clock)
    # Asked often whether to stop, so that tests need not wait for it.
    thread = threading.Thread(target=tenant.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield tenant
    finally:
        tenant.server.shutdown()
        thread.join()
        tenant.server.server_close()
