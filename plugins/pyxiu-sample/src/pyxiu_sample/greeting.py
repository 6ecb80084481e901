"""A route that greets: an ASGI application without a framework; any framework's application would do as well.

Invariant: it says nothing about anybody but the caller. Limit: one path, GET.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pyxiu.plugins.spec import Parts, Routes

Message = MutableMapping[str, Any]


def make_greeting(parts: Parts) -> Routes:
    async def greeting(
        scope: Message, _receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        body: dict[str, Any]
        status, body = 404, {"errors": ["sample.not_found"]}
        if scope["path"] == "/hello":
            status, body = 405, {"errors": ["sample.only_get"]}
            if scope["method"] == "GET":
                status, body = 200, {"hello": scope["pyxiu.uid"] or "stranger", "exchange": parts.exchange_name}
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    return greeting
