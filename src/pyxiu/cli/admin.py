"""`pyxiu admin …`: who runs the exchange. Passwords are typed or come by standard input, never as an argument."""

import asyncio
import getpass
import sys
from typing import Final

from pyxiu.app.identity_services import identity_services
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, run, settings_for, tell
from pyxiu.identity.access.model import Permission
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.accounts.bootstrap import known_account, new_bootstrap_token, put_staff
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices

#: Where staff's actions from the command line come from.
OPERATOR: Final = Client("127.0.0.1", "pyxiu admin")
PASSWORD_LENGTH_MAX: Final = 1024


def create(email: str, /, *, role: str = "superadmin", home: Home = None) -> int:
    """Make an account for staff, or give a role to one that is there.

    The password of a new account is asked for, or read from standard input: the first line of it.

    Parameters
    ----------
    email
        Its address; it counts as confirmed.
    role
        One of those that the permissions name, as admin, support, accountant.
    """
    settings = settings_for(home)
    return run(lambda: _create(settings, email, role))


def token(*, home: Home = None) -> int:
    """Print a new token by which the first superadmin can be made over the API. Earlier ones stop working."""
    settings = settings_for(home)
    return run(lambda: _token(settings))


async def _create(settings: Settings, email: str, role: str) -> int:
    async with database_session(settings, migrate=True) as context:
        services = identity_services(context, open_secret_box(settings.home))
        roles = await _roles(services)
        if role not in roles:
            tell(f"no role {role!r}; there are {', '.join(sorted(roles))}")
            return EXIT_FAILED
        known = await known_account(services, email)
        password = None if known else await asyncio.to_thread(_password)
        made = await put_staff(services, email=email, password=password, role=role, client=OPERATOR)
    if isinstance(made, Refused):
        tell(f"refused: {', '.join(made.codes)}{_hint(services, made)}")
        return EXIT_FAILED
    print(_told(made, known))
    return EXIT_OK


async def _token(settings: Settings) -> int:
    async with database_session(settings, migrate=True) as context:
        made = await new_bootstrap_token(identity_services(context, open_secret_box(settings.home)))
    if made is None:
        tell("there is a superadmin already; `pyxiu admin create` makes another")
        return EXIT_FAILED
    print(made)
    return EXIT_OK


async def _roles(services: IdentityServices) -> set[str]:
    async with services.database.connect() as connection:
        return {permission.role for permission in await AccessStore(connection).rules(Permission)}


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(PASSWORD_LENGTH_MAX).rstrip("\r\n")
    first = getpass.getpass("Password: ")
    return first if getpass.getpass("Once more: ") == first else ""


def _hint(services: IdentityServices, refused: Refused) -> str:
    if not any(code.startswith("password.") for code in refused.codes):
        return ""
    settings = services.settings
    return (
        f" (at least {settings.password_min_length} characters and {settings.password_min_entropy} bits, "
        "twice the same)"
    )


def _told(made: User, known: User | None) -> str:
    if known is None:
        return f"{made.email} is {made.role} ({made.uid}) and can log in"
    return f"{made.email} ({made.uid}) was {known.role} and is {made.role}; other sessions of it have ended"
