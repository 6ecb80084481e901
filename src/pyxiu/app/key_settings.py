"""What opens the key store: PYXIU_SIGNER_PASSPHRASE, or a file that PYXIU_SIGNER_PASSPHRASE_FILE names.

Invariant: the passphrase shows itself nowhere. Limit: the store itself is opened by `key_store.py`, where that may be.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from pyxiu.app.settings_error import SettingsError

PASSPHRASE: Final = "PYXIU_SIGNER_PASSPHRASE"  # noqa: S105 - a name
PASSPHRASE_FILE: Final = "PYXIU_SIGNER_PASSPHRASE_FILE"  # noqa: S105 - a name


class KeyChoice(msgspec.Struct, frozen=True):
    """`passphrase` and `passphrase_file` are not both set."""

    passphrase: str | None = None
    passphrase_file: Path | None = None

    def __repr__(self) -> str:
        return f"KeyChoice(passphrase_file={self.passphrase_file})"


def read_keys_choice(given: Mapping[str, str]) -> KeyChoice:
    """Raises SettingsError."""
    file = given.get(PASSPHRASE_FILE)
    if PASSPHRASE in given and file:
        raise SettingsError(f"{PASSPHRASE} and {PASSPHRASE_FILE} are both set: one of them")
    return KeyChoice(given.get(PASSPHRASE), Path(file).expanduser().absolute() if file else None)
