"""The key store of this instance: PYXIU_HOME/keys, opened by the signer and by the operator who makes keys.

The passphrase comes from PYXIU_SIGNER_PASSPHRASE or the file that PYXIU_SIGNER_PASSPHRASE_FILE names. Without either,
one is made beside the keys, which is good enough for a demo and nothing else: the log says so at every opening.
Invariant: the passphrase shows itself nowhere. Limit: read when the store is opened, not before.
"""

import secrets
from pathlib import Path
from typing import Final

import structlog

from pyxiu.adapters.keys.local_file import FOLDER, LocalKeys, open_local_keys
from pyxiu.app.key_settings import KeyChoice
from pyxiu.app.settings_error import SettingsError
from pyxiu.kit.private_files import write_private

#: Beside the keys, for demos.
OWN_FILE: Final = "passphrase"

_log = structlog.stdlib.get_logger("pyxiu.keys")


def open_key_store(home: Path, choice: KeyChoice) -> LocalKeys:
    """Takes some tenths of a second. Raises PermanentError."""
    return open_local_keys(home / FOLDER, _passphrase(home, choice))


def _passphrase(home: Path, choice: KeyChoice) -> str:
    if choice.passphrase is not None:
        return choice.passphrase
    if choice.passphrase_file is not None:
        return _read(choice.passphrase_file)
    own = home / FOLDER / OWN_FILE
    _log.warning("the keys' passphrase lies beside the keys: set PYXIU_SIGNER_PASSPHRASE_FILE", file=str(own))
    if not own.exists():
        own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(own, secrets.token_urlsafe(32).encode())
    return _read(own)


def _read(file: Path) -> str:
    try:
        if file.stat().st_mode & 0o077:
            raise SettingsError(f"{file}: a passphrase for its owner only: chmod 600 it")
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: the passphrase cannot be read: {type(error).__name__}") from error
