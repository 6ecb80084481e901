"""Routes of plugins at `/api/v2/ext/NAME/…`, behind everything that guards our own.

Invariant: a plugin's application hears a request only after restrictions, rates and, where somebody says who they are,
authentication and permissions; what another site makes a browser send, and what was signed once but came twice, does
not reach it. It may answer nonsense but not take the process along. Limit: HTTP, bodies up to BODY_BYTES_MAX, each
answer within TIMEOUT_S; API keys may read, for anything else a session or a token is needed.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, ASGIApp, Message, Receive, Scope, Send, read_body, send_answer
from pyxiu.api.auth import SAFE_METHODS
from pyxiu.api.auth_model import presented
from pyxiu.api.edge import Edge
from pyxiu.api.endpoint import BODY_BYTES_MAX
from pyxiu.api.failures import answer_of, answer_of_failure
from pyxiu.api.router import refusal_of

PREFIX: Final = "/api/v2/ext/"
#: Under this key a scope says who asks; None where nobody said who they are.
UID_KEY: Final = "pyxiu.uid"
TIMEOUT_S: Final = 30.0


class ExtraRoutes:
    """An ASGI application in front of another. `routes` are applications by name."""

    def __init__(self, inside: ASGIApp, routes: Mapping[str, ASGIApp], edge: Edge) -> None:
        self._inside = inside
        self._routes = routes
        self._edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._inside(scope, receive, send)
            return
        name, _, rest = scope["path"][len(PREFIX) :].partition("/")
        app = self._routes.get(name)
        scope["path_template"] = f"{PREFIX}{name if app is not None else '{name}'}/{{path}}"
        if app is None:
            await send_answer(send, answer_of(errors.NOT_FOUND))
            return
        body = await read_body(receive, BODY_BYTES_MAX)
        if body is None:
            await send_answer(send, answer_of(errors.BODY_TOO_LARGE))
            return
        uid = await self._caller(scope, body)
        if isinstance(uid, Answer):
            await send_answer(send, uid)
            return
        mounted = {**scope, "path": f"/{rest}", "root_path": f"{PREFIX}{name}", UID_KEY: uid}
        await _answered(app, mounted, body, send)

    async def _caller(self, scope: Scope, body: bytes) -> str | Answer | None:
        """The uid of who asks, None for who does not say, or why nothing is done."""
        asked = presented(scope, body)
        gate = self._edge.gate
        admitted = None
        if await self._edge.authenticator.member(asked, csrf=False) is not errors.NO_SESSION:
            key_scope = "read" if asked.method in SAFE_METHODS else None
            found = await gate.admit(asked, key_scope=key_scope)
            if isinstance(found, Answer):
                return found
            admitted = found
        refusal = await refusal_of(self._edge, asked, admitted)
        if refusal is not None:
            return answer_of(refusal)
        return None if admitted is None else admitted.member.uid


async def _answered(app: ASGIApp, scope: Scope, body: bytes, send: Send) -> None:
    began = False
    read = False

    async def receive_read() -> Message:
        nonlocal read
        if read:
            return {"type": "http.disconnect"}
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def noted_send(message: Message) -> None:
        nonlocal began
        began = began or message["type"] == "http.response.start"
        await send(message)

    try:
        async with asyncio.timeout(TIMEOUT_S):
            await app(scope, receive_read, noted_send)
        if not began:
            await send_answer(send, answer_of(errors.NOT_FOUND))
    except Exception as failure:  # noqa: BLE001 - whatever a plugin raises is not to end the connection without an answer
        answer = answer_of_failure(failure)
        if not began:
            await send_answer(send, answer)
