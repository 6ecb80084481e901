"""An authenticator in software: makes and uses passkeys as a browser with a device does, with `cryptography` alone.

device = Authenticator()
credential = device.create(options)            # what navigator.credentials.create() gives
assertion = device.get(options)                # what navigator.credentials.get() gives
thief = device.copy()                          # a clone, counter and all
"""

import base64
import copy
import hashlib
import json
import secrets
import struct
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey on one device. `counts` False: as those that have no counter and always say 0."""

    def __init__(self, *, counts: bool = True, verifies: bool = True) -> None:
        self._key: EllipticCurvePrivateKey = generate_private_key(SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.counter = 0
        self.user_handle = b""
        self._counts = counts
        self._verifies = verifies

    def copy(self) -> "Authenticator":
        return copy.copy(self)

    def create(self, options: dict[str, Any], *, origin: str = ORIGIN, rp_id: str | None = None) -> dict[str, Any]:
        self.user_handle = _decoded(options["user"]["id"])
        client_data = _client_data("webauthn.create", options["challenge"], origin)
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + self._cose_key()
        data = self._authenticator_data(rp_id or options["rp"]["id"], _ATTESTED) + attested
        attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData" + _cbor_bytes(data)
        return self._credential(
            {
                "clientDataJSON": _encoded(client_data),
                "attestationObject": _encoded(attestation),
                "transports": ["internal"],
            }
        )

    def get(self, options: dict[str, Any], *, origin: str = ORIGIN, rp_id: str | None = None) -> dict[str, Any]:
        if self._counts:
            self.counter += 1
        client_data = _client_data("webauthn.get", options["challenge"], origin)
        data = self._authenticator_data(rp_id or options["rpId"], 0)
        signature = self._key.sign(data + hashlib.sha256(client_data).digest(), ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": _encoded(client_data),
                "authenticatorData": _encoded(data),
                "signature": _encoded(signature),
                "userHandle": _encoded(self.user_handle),
            }
        )

    def _authenticator_data(self, rp_id: str, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self._verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _cose_key(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        # A map of five: an elliptic curve key, ES256, on P-256, and its two coordinates.
        return b"\xa5\x01\x02\x03\x26\x20\x01\x21" + _cbor_bytes(x) + b"\x22" + _cbor_bytes(y)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        number = _encoded(self.credential_id)
        return {"id": number, "rawId": number, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def _cbor_bytes(data: bytes) -> bytes:
    return (b"\x58" + bytes([len(data)]) if len(data) < 256 else b"\x59" + struct.pack(">H", len(data))) + data


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
