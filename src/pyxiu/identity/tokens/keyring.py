"""Keys that tokens are signed with: for one purpose each, named by a kid, replaced by rotation.

Invariant: the newest key signs, older ones only check what they have signed; a kid follows from the public key, so it
is never given twice. Limit: keys in memory; where they lie is `app/token_keys.py`'s business.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

RSA_BITS: Final = 2_048
RSA_EXPONENT: Final = 65_537
KID_LENGTH: Final = 16

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


class TokenAlgorithm(StrEnum):
    RS256 = "RS256"
    EDDSA = "EdDSA"


class Purpose(StrEnum):
    """A key signs for one of these, and is trusted for no other."""

    SESSION = "session"
    #: The Event API's messages.
    EVENTS = "events"


class SigningKey(msgspec.Struct, frozen=True):
    """A private key. Never to be logged, so it does not show itself."""

    kid: str
    algorithm: TokenAlgorithm
    private_key: PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r}, algorithm={self.algorithm.value!r})"


class Keyring:
    """The keys of one purpose, newest first."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        assert keys, "a key to sign with"
        self._keys = {key.kid: key for key in keys}
        self.newest = keys[0]

    def find(self, kid: str) -> SigningKey | None:
        return self._keys.get(kid)

    def jwks(self) -> list[dict[str, Any]]:
        """The public halves as JSON web keys."""
        return [public_jwk(key) for key in self._keys.values()]


def make_key(algorithm: TokenAlgorithm) -> SigningKey:
    """A new key; RSA takes some tenths of a second."""
    private: PrivateKey
    if algorithm is TokenAlgorithm.RS256:
        private = generate_private_key(RSA_EXPONENT, RSA_BITS)
    else:
        private = Ed25519PrivateKey.generate()
    return _signing_key(private)


def to_pem(key: SigningKey) -> bytes:
    """The private key in the clear, for a file that only its owner reads."""
    return key.private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def from_pem(pem: bytes) -> SigningKey:
    """Raises ValueError for what is neither an RSA nor an Ed25519 key."""
    private = serialization.load_pem_private_key(pem, None)
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("expected an RSA or Ed25519 private key")  # noqa: TRY004 - the file's content is wrong
    return _signing_key(private)


def public_jwk(key: SigningKey) -> dict[str, Any]:
    return {**_jwk(key.private_key), "kid": key.kid, "use": "sig", "alg": key.algorithm.value}


def _signing_key(private: PrivateKey) -> SigningKey:
    algorithm = TokenAlgorithm.RS256 if isinstance(private, RSAPrivateKey) else TokenAlgorithm.EDDSA
    # As RFC 7638 has it: what names a key are its own required members, in order, without blanks.
    required = {name: value for name, value in _jwk(private).items() if name in {"crv", "e", "kty", "n", "x"}}
    digest = hashlib.sha256(json.dumps(required, sort_keys=True, separators=(",", ":")).encode()).digest()
    return SigningKey(base64.urlsafe_b64encode(digest).decode()[:KID_LENGTH], algorithm, private)


def _jwk(private: PrivateKey) -> dict[str, Any]:
    if isinstance(private, RSAPrivateKey):
        jwk: dict[str, Any] = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        jwk = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwk.pop("key_ops", None)
    return jwk
