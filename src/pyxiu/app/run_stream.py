"""The stream as a module of its own, for a process that serves nothing else.

Invariant: it serves what the api's process serves on the same paths, from books and an authentication of its own.
Limit: beside the stream it answers `/metrics`, and 404.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from prometheus_client import make_asgi_app

from pyxiu.api.asgi import Receive, Scope, Send, send_answer
from pyxiu.api.edge import Edge
from pyxiu.api.errors import NOT_FOUND
from pyxiu.api.failures import answer_of
from pyxiu.api.services import ApiServices
from pyxiu.app.context import Context
from pyxiu.app.run_api import Http, first_of, serving


@asynccontextmanager
async def stream(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    """Nothing to do where the api of this process serves the stream already."""
    if context.serves_stream:
        yield None
        return
    async with serving(context, _http) as tasks:
        yield first_of(tasks)


def _http(services: ApiServices) -> Http:
    """What answers requests that are no WebSockets."""
    metrics = make_asgi_app(services.registry)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].rstrip("/") == "/metrics":
            await metrics(scope, receive, send)
        else:
            await send_answer(send, answer_of(NOT_FOUND))

    return Http(answer, Edge(services).trading, lifespan="off")
