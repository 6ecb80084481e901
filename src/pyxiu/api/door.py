"""What every request of the router passes first: CORS, restrictions, rates; and the authorisation endpoint.

Invariant: whoever is stopped here costs no more than this. Limit: `/api/` only; pages, metrics and websockets pass.
"""

from typing import Final

from pyxiu.api.asgi import Answer, ASGIApp, Message, Receive, Scope, Send, send_answer
from pyxiu.api.auth_model import presented
from pyxiu.api.browser import cors_headers, preflight_headers
from pyxiu.api.edge import Edge
from pyxiu.api.identity.auth_gateway import GATEWAY_PREFIX, authorize

API_PREFIX: Final = "/api/"


class Door:
    """An ASGI application in front of another."""

    def __init__(self, inside: ASGIApp, edge: Edge) -> None:
        self._inside = inside
        self._edge = edge
        self._origins = edge.services.settings.cors_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API_PREFIX):
            await self._inside(scope, receive, send)
            return
        asked = presented(scope, None)
        if asked.path.startswith(GATEWAY_PREFIX):
            scope["path_template"] = f"{GATEWAY_PREFIX}{{path}}"
            await send_answer(send, await authorize(self._edge, asked))
            return
        if self._origins:
            extra = cors_headers(asked.headers, self._origins)
            if extra and asked.method == "OPTIONS":
                await send_answer(send, Answer(204, b"", preflight_headers(asked.headers, self._origins)))
                return
            send = _adding(send, extra) if extra else send
        stopped = await self._edge.gate.at_the_door(asked)
        if stopped is None:
            await self._inside(scope, receive, send)
        else:
            await send_answer(send, stopped)


def _adding(send: Send, extra: tuple[tuple[bytes, bytes], ...]) -> Send:
    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *extra]
        await send(message)

    return send_with
