"""The session cookie: where it comes from in a request, and how an answer sets or deletes it."""

from typing import Any

from pyxiu.api.cookies import Cookie, cookie_of
from pyxiu.api.endpoint import Call, Reply
from pyxiu.api.identity.user_entities import full_user
from pyxiu.identity.model import User
from pyxiu.identity.sessions.model import OpenedSession


def session_token(call: Call[Any]) -> str | None:
    """What the browser sent, unchecked."""
    return cookie_of(call.scope["headers"], call.identity.settings.cookie_name)


async def logged_in(call: Call[Any], user: User, session: OpenedSession | None, *, status: int) -> Reply:
    """The answer that opens a session: the account, its CSRF token, and the cookie."""
    if session is None:
        return Reply(await full_user(call.identity, user), status)
    settings = call.identity.settings
    cookie = Cookie(settings.cookie_name, session.token, settings.session_absolute_s)
    return Reply(await full_user(call.identity, user, csrf_token=session.csrf_token), status, cookies=(cookie,))


def logged_out(call: Call[Any], body: Any, *, status: int = 200) -> Reply:
    """The answer that deletes the cookie."""
    return Reply(body, status, cookies=(Cookie(call.identity.settings.cookie_name, "", 0),))
