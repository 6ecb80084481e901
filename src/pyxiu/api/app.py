"""The API as one ASGI application: the order routes in front, the router behind, a last net and headers around it.

Invariant: every answer carries the security headers and is counted, and no failure leaves a request without an answer;
whatever looks at a path sees the one that the router takes. Limit: HTTP; the router handles the lifespan, websockets
come elsewhere.
"""

import re
from time import perf_counter_ns
from typing import Final, NamedTuple

from pyxiu.api.asgi import ASGIApp, Header, Message, Receive, Scope, Send, send_answer
from pyxiu.api.door import Door
from pyxiu.api.edge import Edge
from pyxiu.api.extra_routes import ExtraRoutes
from pyxiu.api.failures import answer_of_failure
from pyxiu.api.hot_routes import HotRoutes
from pyxiu.api.market.trading import Trading
from pyxiu.api.metrics import RequestMetrics
from pyxiu.api.router import build_router
from pyxiu.api.services import ApiServices
from pyxiu.api.web import POLICY_KEY, Web

#: For everything but the terminal, which has its own (`web.py`).
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
UNMATCHED: Final = "unmatched"
#: A path below which nothing is.
NOWHERE: Final = "/api/v2/nowhere"
_SLASHES: Final = re.compile("//+")


def create_app(services: ApiServices) -> HotRoutes:
    """The whole API; run it with one uvicorn worker (`server.py` has the settings)."""
    edge = Edge(services)
    metrics = RequestMetrics(services.registry)
    router = ExtraRoutes(build_router(edge), services.extra_routes, edge)
    return HotRoutes(edge.trading, metrics, Surround(Web(Door(router, edge)), metrics))


class StaffApp(NamedTuple):
    """What answers staff, and the gate that its answers pass."""

    app: ASGIApp
    trading: Trading


def create_staff_app(services: ApiServices) -> StaffApp:
    """For the audience of staff: no orders, no terminal, no plugin's routes."""
    edge = Edge(services)
    app = Surround(Door(build_router(edge), edge), RequestMetrics(services.registry))
    return StaffApp(app, edge.trading)


class Surround:
    """Adds the security headers, counts, and answers where the application inside fails altogether."""

    def __init__(self, inside: ASGIApp, metrics: RequestMetrics) -> None:
        self._inside = inside
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        began_ns = perf_counter_ns()
        status = 0
        _set_path(scope)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                policy = (b"content-security-policy", scope.get(POLICY_KEY, POLICY))
                message["headers"] = [*message.get("headers", ()), policy, *SECURITY_HEADERS]
            await send(message)

        try:
            await self._inside(scope, receive, send_with_headers)
        except Exception as failure:  # noqa: BLE001 - the last net
            answer = answer_of_failure(failure)
            if not status:
                await send_answer(send_with_headers, answer)
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        route = scope.get("path_template") or UNMATCHED
        self._metrics.series(method, route).observe(status, perf_counter_ns() - began_ns)


def _set_path(scope: Scope) -> None:
    """The router takes several slashes for one and so must restrictions, rates and permissions. No name has a NUL."""
    path: str = scope["path"]
    if "//" in path:
        scope["path"] = _SLASHES.sub("/", path)
    if "\0" in path:
        scope["path"] = NOWHERE
