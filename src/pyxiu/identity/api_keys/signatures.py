"""How a request is signed with an API key: the messages, and what checks a signature of one. Pure.

Two schemes, told apart by the signature header:

    first    `<hex>`       HMAC-SHA256 of nonce and key id: the scheme existing clients know; signs no path, no body
    second   `v2=<hex>`    HMAC-SHA256 or Ed25519 over `canonical_message`: method, path, query and body are signed

Invariant: the message of the second scheme says what it is, so a signature of one scheme is never one of the other;
comparisons take constant time; a verifier shows no secret. Limit: no I/O, no clock and no memory here: windows, replays
and allow-lists are the authenticator's.
"""

import hashlib
import hmac
from enum import StrEnum
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PREFIX: Final = b"v2="
_DOMAIN: Final = b"pyxiu-request-2"
_NO_BODY: Final = hashlib.sha256(b"").hexdigest().encode()


class Algorithm(StrEnum):
    """Of a key. HS256 keys share a secret with us, of Ed25519 keys we have the public half only."""

    HS256 = "HS256"
    ED25519 = "Ed25519"


class Scheme(StrEnum):
    NONCE_HMAC = "nonce-hmac"
    HMAC = "hmac"
    ED25519 = "ed25519"


class Verifier(Protocol):
    """A key, prepared once for many signatures."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (hex, without prefix) is that of `message`."""


class HmacVerifier:
    """HMAC-SHA256 with one key, prepared once: a signature then costs three quarters of `hmac.digest`."""

    __slots__ = ("_prepared",)

    def __init__(self, secret: bytes) -> None:
        self._prepared = hmac.new(secret, digestmod="sha256")

    def sign(self, message: bytes) -> str:
        signing = self._prepared.copy()
        signing.update(message)
        return signing.hexdigest()

    def verify(self, message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(message).encode(), signature)


class Ed25519Verifier:
    __slots__ = ("_key",)

    def __init__(self, public_key: bytes) -> None:
        """Raises ValueError for what is not 32 bytes."""
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def verify(self, message: bytes, signature: bytes) -> bool:
        try:
            raw = bytes.fromhex(signature.decode("ascii"))
            self._key.verify(raw, message)
        except (InvalidSignature, ValueError):
            return False
        # One spelling: who remembers signatures against replays must not meet the same one in capitals.
        return raw.hex().encode() == signature


def verifier_of(algorithm: Algorithm, material: bytes) -> Verifier:
    """`material`: the secret of an HS256 key, the 32 bytes of an Ed25519 public key."""
    return HmacVerifier(material) if algorithm is Algorithm.HS256 else Ed25519Verifier(material)


def verify(scheme: Scheme, material: bytes, message: bytes, signature: bytes) -> bool:
    """One signature with a key that is used once; who has many prepares a verifier."""
    algorithm = Algorithm.ED25519 if scheme is Scheme.ED25519 else Algorithm.HS256
    return verifier_of(algorithm, material).verify(message, signature)


def nonce_message(nonce: bytes, kid: bytes) -> bytes:
    """What the first scheme signs."""
    return nonce + kid


def canonical_message(kid: bytes, timestamp: bytes, method: bytes, path: bytes, query: bytes, body: bytes) -> bytes:
    """What the second scheme signs: seven lines, joined by a line feed, none at the end.

    `path` and `query` are the bytes of the request line, percent-encoded as they were sent, without the `?` between
    them; `timestamp` is the text of the nonce header, `method` is in upper case.
    """
    digest = hashlib.sha256(body).hexdigest().encode() if body else _NO_BODY
    return b"\n".join((_DOMAIN, kid, timestamp, method, path, query, digest))
