"""The instance's own key, and the box that seals small secrets with it before they go into the database.

Invariant: the key never leaves `PYXIU_HOME/secret.key`, a file for its owner only; a sealed value opens only for
the purpose it was sealed for, so rows cannot be swapped. Limit: whoever has both the file and the database has the
secrets; a key store of another kind comes in through a plugin.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pyxiu.kit.errors import PermanentError

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"


class SecretError(PermanentError):
    """The instance's key is missing, open to others, or not the one that a value was sealed with."""


class SecretBox:
    """AES-256-GCM; what comes out is version, nonce and ciphertext."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_BYTES, len(key)
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, purpose: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises SecretError if it was sealed with another key or for another purpose, or changed since."""
        version, nonce, ciphertext = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if version != _VERSION or len(nonce) != _NONCE_BYTES:
                raise InvalidTag
            return self._cipher.decrypt(nonce, ciphertext, purpose.encode())
        except InvalidTag:
            raise SecretError(
                f"{purpose}: sealed with another key than this instance's secret.key, or damaged"
            ) from None


def open_secret_box(home: Path) -> SecretBox:
    """The box of an instance; its key is made on first use."""
    path = home / "secret.key"
    if not path.exists():
        _make_key(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SecretError(
            f"{path}: expected a file for its owner only (mode 0600), found mode {mode:04o}: chmod 600 it"
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise SecretError(f"{path}: expected {KEY_BYTES} bytes, found {len(key)}: restore it from a backup")
    return SecretBox(key)


def write_private(path: Path, content: bytes) -> None:
    """Write a file for its owner only: whole or not at all, durable, replacing an older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, so that the mode holds from the start
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def _make_key(path: Path) -> None:
    """Two processes may start at once: the first link wins, and both then read the same key."""
    candidate = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    write_private(candidate, secrets.token_bytes(KEY_BYTES))
    try:
        os.link(candidate, path)
    except FileExistsError:
        pass
    finally:
        candidate.unlink()
