"""Keys of an instance and what is sealed with them before it goes into the database.

A sealed value is `version ∥ key number ∥ nonce ∥ ciphertext`; AES-256-GCM under a key that HKDF derives from the master
key for the purpose's kind, the part before the first `:`; the whole purpose and the number are authenticated.
Invariant: a value says which key it needs and opens only for the purpose it was sealed for, so neither rows nor columns
can be swapped; new values are always sealed with the newest key. Limit: some 2^32 values a key and kind, then rotate;
whoever has both the key files and the database has the secrets.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pyxiu.kit.errors import PermanentError

KEY_BYTES: Final = 32
FINGERPRINT_BYTES: Final = 32
#: The key that instances begin with; the only one that values of the first version can have.
FIRST_KEY: Final = 1
KEYS_MAX: Final = 0xFFFF
#: A process notices within this time that another one has added a key.
RELOAD_S: Final = 1.0
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
#: Sealed with the first master key itself; still opened, never made any more.
_VERSION_1: Final = b"\x01"
_VERSION_2: Final = b"\x02"
_NUMBER_BYTES: Final = 2

#: Gives all master keys by number.
KeySource = Callable[[], Mapping[int, bytes]]

log = structlog.get_logger(__name__)


class SecretError(PermanentError):
    """A key is missing, open to others, or not the one that a value was sealed with."""


class KeyRing:
    """Implements the port `Sealer` over the master keys that `source` gives."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._keys: dict[int, bytes] = {}
        self._derived: dict[tuple[int, str], bytes] = {}
        self._loaded_s = float("-inf")
        self._take(source())

    @property
    def current(self) -> int:
        """The number of the key that new values are sealed with."""
        self._refresh()
        return max(self._keys)

    @property
    def numbers(self) -> tuple[int, ...]:
        """All keys, the newest first."""
        self._refresh()
        return tuple(sorted(self._keys, reverse=True))

    def seal(self, secret: bytes, purpose: str) -> bytes:
        number = self.current
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(self._key(number, f"seal {_kind(purpose)}"))
        prefix = prefix_of(number)
        return prefix + nonce + cipher.encrypt(nonce, secret, prefix + purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises SecretError if it was sealed with another key or for another purpose, or changed since."""
        try:
            return self._open(sealed, purpose)
        except InvalidTag:
            raise SecretError(f"{purpose}: sealed with another key than this instance has, or damaged") from None

    def fingerprint(self, value: bytes, purpose: str) -> bytes:
        """A keyed hash under the newest key: to find equal values again, or to sign. 32 bytes."""
        return self._fingerprint(self.current, value, purpose)

    def fingerprints(self, value: bytes, purpose: str) -> tuple[bytes, ...]:
        """The same under every key, the newest first: what an older row may have."""
        return tuple(self._fingerprint(number, value, purpose) for number in self.numbers)

    def _fingerprint(self, number: int, value: bytes, purpose: str) -> bytes:
        key = self._key(number, f"fingerprint {_kind(purpose)}")
        return hmac.digest(key, purpose.encode() + b"\0" + value, sha256)

    def _open(self, sealed: bytes, purpose: str) -> bytes:
        number = number_of(sealed)
        if number is None:
            raise InvalidTag
        if number not in self._keys:
            self._refresh(at_once=True)
        if number not in self._keys:
            raise SecretError(f"{purpose}: sealed with key {number}, which this instance does not have: restore it")
        if sealed[:1] == _VERSION_1:
            key, prefix, bound = self._keys[number], _VERSION_1, b""
        else:
            key, prefix = self._key(number, f"seal {_kind(purpose)}"), prefix_of(number)
            bound = prefix
        nonce, ciphertext = sealed[len(prefix) :][:_NONCE_BYTES], sealed[len(prefix) + _NONCE_BYTES :]
        return AESGCM(key).decrypt(nonce, ciphertext, bound + purpose.encode())

    def _key(self, number: int, info: str) -> bytes:
        derived = self._derived.get((number, info))
        if derived is None:
            hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"pyxiu {info}".encode())
            derived = self._derived[number, info] = hkdf.derive(self._keys[number])
        return derived

    def _refresh(self, *, at_once: bool = False) -> None:
        if not at_once and time.monotonic() - self._loaded_s < RELOAD_S:
            return
        try:
            self._take(self._source())
        except (SecretError, OSError) as error:
            # What was loaded is still right; whoever starts next is told loudly.
            log.exception("keys_not_reloaded", error=str(error))
            self._loaded_s = time.monotonic()

    def _take(self, keys: Mapping[int, bytes]) -> None:
        assert keys, "an instance has at least one key"
        assert all(len(key) == KEY_BYTES for key in keys.values()), "key of another length"
        if keys != self._keys:
            self._keys, self._derived = dict(keys), {}
        self._loaded_s = time.monotonic()


def number_of(sealed: bytes) -> int | None:
    """The key that a sealed value needs; None if it is no sealed value."""
    if sealed[:1] == _VERSION_1 and len(sealed) >= 1 + _NONCE_BYTES + _TAG_BYTES:
        return FIRST_KEY
    if sealed[:1] == _VERSION_2 and len(sealed) >= 1 + _NUMBER_BYTES + _NONCE_BYTES + _TAG_BYTES:
        return int.from_bytes(sealed[1 : 1 + _NUMBER_BYTES], "big")
    return None


def prefix_of(number: int) -> bytes:
    """What every value that is sealed with this key begins with."""
    return _VERSION_2 + number.to_bytes(_NUMBER_BYTES, "big")


def _kind(purpose: str) -> str:
    return purpose.partition(":")[0]
