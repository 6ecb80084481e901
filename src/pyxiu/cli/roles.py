"""`pyxiu roles`: the database's roles of the modules, and logins for modules that run as processes of their own."""

from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, run, settings_for, tell
from pyxiu.storage.database import close_quietly, connect
from pyxiu.storage.grant_roles import ROLES
from pyxiu.storage.logins import make_logins
from pyxiu.storage.roles import MODULES, role_of


def roles(*, logins: bool = False, anew: bool = False, home: Home = None) -> int:
    """Bring the roles and their rights up to date, and say which there are.

    Parameters
    ----------
    logins
        Make a login for each module as well, in a file for each below PYXIU_HOME/logins: the value of
        PYXIU_DATABASE_URL_API for the machine of the API, and so on.
    anew
        With --logins: new passwords for all of them; the old ones stop to work at once.
    """
    settings = settings_for(home)
    return run(lambda: _roles(settings, logins=logins, anew=anew))


async def _roles(settings: Settings, *, logins: bool, anew: bool) -> int:
    async with database_session(settings, migrate=True) as context:
        there = await _there(context.dsn)
        for module in MODULES:
            print(f"{module}  {role_of(module)}{'' if role_of(module) in there else '  missing'}")
        if len(there) < len(ROLES):
            tell("the database's owner may not make roles: docs/operations/split.md says what its administrator does")
            return EXIT_FAILED
        if logins:
            for path in await make_logins(context.dsn, settings.logins_folder, anew=anew):
                print(path)
    return EXIT_OK


async def _there(dsn: str) -> set[str]:
    connection = await connect(dsn, "pyxiu roles")
    try:
        rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", list(ROLES))
        return {row["rolname"] for row in rows}
    finally:
        await close_quietly(connection)
