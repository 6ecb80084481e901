"""A route that reads a request and answers nothing of substance: what `pyxiu bench e2e` measures orders against.

Invariant: there only where PYXIU_BENCH=1. Limit: bare ASGI, so it shows what the server itself costs and nothing else.
"""

from typing import Final

from pyxiu.api.asgi import ASGIApp, Receive, Scope, Send

PATH: Final = "/bench/noop"
BODY: Final = b'{"done":"nothing"}'
HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


def with_noop(app: ASGIApp) -> ASGIApp:
    """The application with that route in front."""

    async def noop(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await app(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})

    return noop
