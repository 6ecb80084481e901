"""Settings from a file that `PYXIU_CONFIG` names, a variable a line, as systemd and Docker read them.

    # comments and empty lines
    PYXIU_PORT=9000
    PYXIU_EXCHANGE_NAME="Our exchange"

Invariant: the environment wins over the file; a file that holds a secret is for its owner only. Limit: no expansion,
one line a value.
"""

import re
import stat
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

from pyxiu.app.setting_names import URLS, is_secret
from pyxiu.app.settings_error import SettingsError

CONFIG: Final = "PYXIU_CONFIG"
_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")


class SettingsFileError(SettingsError):
    """The file cannot be used; the text names the line and never a value."""


def add_settings_of_file(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Put the file's variables into the environment where they are not set; those that were put there."""
    named = environment.get(CONFIG)
    if not named:
        return {}
    read = _read(Path(named).expanduser())
    added = {name: value for name, value in read.items() if not environment.get(name)}
    environment.update(added)
    return added


def _read(path: Path) -> dict[str, str]:
    try:
        text, mode = path.read_text(encoding="utf-8"), stat.S_IMODE(path.stat().st_mode)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileError(f"{CONFIG}: {path} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise SettingsFileError(f"{path}, line {number}: expected NAME=value")
        found[match[1]] = _unquoted(match[2].strip())
    if any(is_secret(name) or name in URLS for name in found) and mode & 0o077:
        raise SettingsFileError(f"{path} holds secrets and others may read it (mode {mode:04o}): chmod 600 it")
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
