"""Staff and members with a browser that is logged in, on an exchange that runs.

staff = await a_browser(exchange, role="admin")
response = await staff.post("/admin/users/update", uid=member.uid, state="banned", reason="…")
"""

from dataclasses import replace
from typing import Any

import httpx

from pyxiu.identity.access.model import VERBS
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.factors.store import enable_totp, put_pending_totp
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.open_session import open_session
from pyxiu.identity.tables.access import permissions
from tests.support.api import Exchange
from tests.support.identity import a_user, identity_settings

PREFIX = "/api/v2/barong"
USER_AGENT = "Firefox/140"
_CLIENT = Client("127.0.0.1", USER_AGENT)


class Browser:
    """A user with an open session; parameters go where the method has them."""

    def __init__(self, client: httpx.AsyncClient, user: User, cookie: str, csrf_token: str) -> None:
        self.user = user
        self._client = client
        self._headers = {"Cookie": cookie, "X-CSRF-Token": csrf_token, "User-Agent": USER_AGENT}

    @property
    def uid(self) -> str:
        return self.user.uid

    def at(self, client: httpx.AsyncClient) -> "Browser":
        """The same session, with another application."""
        return Browser(client, self.user, self._headers["Cookie"], self._headers["X-CSRF-Token"])

    async def call(self, method: str, path: str, /, **parameters: Any) -> httpx.Response:
        place = "params" if method in {"GET", "DELETE"} else "json"
        arguments: dict[str, Any] = {place: parameters}
        return await self._client.request(method, PREFIX + path, headers=self._headers, **arguments)

    async def get(self, path: str, /, **parameters: Any) -> httpx.Response:
        return await self.call("GET", path, **parameters)

    async def post(self, path: str, /, **parameters: Any) -> httpx.Response:
        return await self.call("POST", path, **parameters)

    async def put(self, path: str, /, **parameters: Any) -> httpx.Response:
        return await self.call("PUT", path, **parameters)

    async def delete(self, path: str, /, **parameters: Any) -> httpx.Response:
        return await self.call("DELETE", path, **parameters)


async def a_browser(exchange: Exchange, *, second_factor: bool = True, **fields: Any) -> Browser:
    """`fields` are those of a_user: role, level, email, …"""
    services = with_cheap_passwords(exchange.identity)
    user = await a_user(services, **fields)
    async with services.database.begin() as connection:
        if second_factor:
            await put_pending_totp(connection, user.id, b"sealed")
            await enable_totp(connection, user.id, 1)
        session = await open_session(connection, services, user, _CLIENT, factor="totp")
    cookie = f"{services.settings.cookie_name}={session.token}"
    return Browser(exchange.anyone, user, cookie, session.csrf_token)


def with_cheap_passwords(services: IdentityServices) -> IdentityServices:
    return replace(services, settings=identity_settings())


async def open_admin_paths(exchange: Exchange, *roles: str) -> None:
    """Let the permission table say yes to these roles for the whole group, so that abilities alone decide.

    To be called before the first request, because the API remembers the table for a moment.
    """
    path = "api/v2/barong/admin"
    async with exchange.staff.database.begin() as connection:
        await connection.execute(permissions.delete().where(permissions.c.path.startswith(path)))
        rows = [{"role": role, "verb": VERBS[-1], "path": path, "action": "ACCEPT"} for role in roles]
        await connection.execute(permissions.insert().values(rows))
        await announce(connection, Change.PERMISSIONS)
