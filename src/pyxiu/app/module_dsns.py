"""How each module of this process connects: by a login of its own if it has one, and always as its own role.

Invariant: where the role is there and the login may use it, a module has no other rights than its role's, also in the
single process; an api that answers staff too does that as the admin. Limit: where it is not (a database whose owner may
not make roles), the module has its login's rights, and the log says so.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import structlog

from pyxiu.app.context import OWNER
from pyxiu.app.settings import Settings
from pyxiu.kit.errors import PermanentError
from pyxiu.storage.database import as_role, close_quietly, connect
from pyxiu.storage.roles import MODULES, role_of

#: The module whose role may do what staff does.
STAFF: Final = "admin"
_USABLE: Final = """
    SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND pg_has_role(current_user, oid,
        CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)
"""
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_log = structlog.stdlib.get_logger("pyxiu.database")


async def module_dsns(settings: Settings, owner_dsn: str, logins_made: Mapping[str, str] = _NONE) -> dict[str, str]:
    """For each module, and for the owner of the tables, whom commands act as. `logins_made`: those of this home."""
    given = {**logins_made, **settings.module_urls}
    logins = {module: given.get(module, owner_dsn) for module in MODULES}
    usable = {dsn: await _usable(dsn) for dsn in set(logins.values())}
    dsns = {OWNER: owner_dsn}
    without = []
    for module, dsn in logins.items():
        role = role_of(module)
        if role in usable[dsn]:
            dsns[module] = as_role(dsn, role)
            continue
        dsns[module] = dsn
        if module in settings.module_urls or dsn == settings.database_url:
            without.append(module)
    if without:
        _log.warning("no database role for these modules, they have all rights of their login", modules=without)
    return dsns


def check_staff_login(settings: Settings) -> None:
    """Raises PermanentError where other modules have logins and nothing can be the admin."""
    if settings.database_url is None and settings.module_urls and STAFF not in settings.module_urls:
        raise PermanentError(
            "PYXIU_DATABASE_URL_ADMIN: expected, because this api answers staff too; "
            "set it, or PYXIU_API_AUDIENCE=public and `pyxiu run admin` elsewhere"
        )


async def _usable(dsn: str) -> set[str]:
    connection = await connect(dsn, "pyxiu roles")
    try:
        return {row["rolname"] for row in await connection.fetch(_USABLE, [role_of(module) for module in MODULES])}
    finally:
        await close_quietly(connection)
