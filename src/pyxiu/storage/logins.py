"""A login for each module, whose only right is to be its role: for modules that run as processes of their own.

The password is as long as a key and stands in one file a module, `<folder>/<module>.url`, with the whole connection
string. Invariant: a file is for its owner only, and is written after the server knows its password. Limit: logins
belong to the whole server, so their names begin with the database's.
"""

import re
import secrets
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from pyxiu.kit.errors import PermanentError
from pyxiu.kit.private_files import write_private
from pyxiu.storage.database import Connection, close_quietly, connect
from pyxiu.storage.roles import MODULES, role_of

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")


def login_url(folder: Path, module: str) -> str | None:
    """How the module connects by a login of its own; None if it has none."""
    try:
        return _file(folder, module).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


async def make_logins(dsn: str, folder: Path, *, anew: bool = False) -> list[Path]:
    """Make the logins whose files are missing, all of them `anew`; the files that were written.

    Raises PermanentError where the roles are missing or the database's owner may not make logins.
    """
    connection = await connect(dsn, "pyxiu logins")
    try:
        database = await connection.fetchval("SELECT current_database()")
        there = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles WHERE rolcanlogin")}
        made = []
        for module in MODULES:
            login = f"{database}_{module}_login"
            # Also one whose file was restored from a backup and whose database was not.
            if anew or login not in there or not _file(folder, module).exists():
                made.append(await _make(connection, dsn, _file(folder, module), module, login))
        return made
    except (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError) as error:
        raise PermanentError(f"no logins for modules: {error}; see docs/operations/split.md") from error
    finally:
        await close_quietly(connection)


async def _make(connection: Connection, dsn: str, path: Path, module: str, login: str) -> Path:
    password = secrets.token_urlsafe(32)
    if not _NAME.fullmatch(login):
        raise PermanentError(f"{login!r} cannot be a login: name the database in small letters, digits and underscores")
    if connection.get_server_version().major >= 16:
        # A password that nobody can guess need not be slow to check.
        await connection.execute("SET scram_iterations = 1")
    async with connection.transaction():
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", login):
            await connection.execute(f"CREATE ROLE {login} LOGIN IN ROLE {role_of(module)}")
        await connection.execute(f"ALTER ROLE {login} PASSWORD '{password}'")
    write_private(path, _with_login(dsn, login, password).encode())
    return path


def _file(folder: Path, module: str) -> Path:
    return folder / f"{module}.url"


def _with_login(dsn: str, login: str, password: str) -> str:
    parts = urlsplit(dsn)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(login)}:{quote(password)}@{where}"))
