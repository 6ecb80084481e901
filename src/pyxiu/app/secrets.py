"""The instance's key files: `PYXIU_HOME/secret.key`, and `PYXIU_HOME/sealing-keys/NNNN.key` for those that followed.

Invariant: a key never leaves its file, which is for its owner only, and a file is whole or not there. Limit: processes
of one instance share the home; a key store of another kind comes in through a plugin.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from pyxiu.identity.sealing import FIRST_KEY, KEY_BYTES, KEYS_MAX, KeyRing, KeySource, SecretError
from pyxiu.kit.private_files import write_private

__all__ = ["KEY_BYTES", "KeyRing", "SecretBox", "SecretError", "add_key", "open_secret_box"]

FOLDER: Final = "sealing-keys"
SUFFIX: Final = ".key"


class SecretBox(KeyRing):
    """The ring of an instance, or of one key that somebody else keeps."""

    def __init__(self, keys: bytes | KeySource) -> None:
        super().__init__((lambda: {FIRST_KEY: keys}) if isinstance(keys, bytes) else keys)


def open_secret_box(home: Path) -> SecretBox:
    """The keys of an instance; the first one is made on first use."""
    return SecretBox(lambda: read_keys(home))


def read_keys(home: Path) -> dict[int, bytes]:
    """All keys by number. Raises SecretError for a file that is open to others or of another length."""
    paths = key_paths(home)
    if not paths:
        _make_key(first_path(home))
        paths = {FIRST_KEY: first_path(home)}
    return {number: _read_key(path) for number, path in paths.items()}


def add_key(home: Path) -> int:
    """Make the next key, which from then on everything is sealed with; its number."""
    number = max(read_keys(home)) + 1
    if number > KEYS_MAX:
        raise SecretError(f"{home / FOLDER}: expected at most {KEYS_MAX} keys in the life of an instance")
    path = home / FOLDER / f"{number:04}{SUFFIX}"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    _make_key(path)
    return number


def key_paths(home: Path) -> dict[int, Path]:
    """The files by the numbers of their keys."""
    paths = {FIRST_KEY: first_path(home)} if first_path(home).exists() else {}
    for path in sorted((home / FOLDER).glob(f"*{SUFFIX}")):
        if not (path.stem.isascii() and path.stem.isdecimal() and FIRST_KEY < int(path.stem) <= KEYS_MAX):
            raise SecretError(f"{path}: expected a key's number as name, as 0002{SUFFIX}")
        paths[int(path.stem)] = path
    return paths


def first_path(home: Path) -> Path:
    return home / "secret.key"


def _read_key(path: Path) -> bytes:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SecretError(
            f"{path}: expected a file for its owner only (mode 0600), found mode {mode:04o}: chmod 600 it"
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise SecretError(f"{path}: expected {KEY_BYTES} bytes, found {len(key)}: restore it from a backup")
    return key


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
