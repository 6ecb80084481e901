"""The order routes as bare ASGI: place, cancel, batch. They stand before the router, because each microsecond counts.

Invariant: whatever happens, the client gets an answer, and an unforeseen failure is logged and told as 500 without its
text. Limit: POST only; everything else, and every other path, is the router's.
"""

from collections.abc import Callable, Coroutine
from time import perf_counter_ns
from typing import Any

from pyxiu.api.asgi import Answer, ASGIApp, ClientGoneError, Receive, Scope, Send, send_answer
from pyxiu.api.failures import answer_of_failure
from pyxiu.api.market.batch_orders import batch_orders
from pyxiu.api.market.cancel_order import cancel_order
from pyxiu.api.market.order_endpoints import BATCH, CANCEL, PLACE
from pyxiu.api.market.place_order import place_order
from pyxiu.api.market.trading import Trading
from pyxiu.api.metrics import RequestMetrics, Series

_CANCEL_PREFIX, _CANCEL_SUFFIX = CANCEL.full_path.split("{id}")

Handler = Callable[[Trading, Scope, Receive], Coroutine[Any, Any, Answer]]


class HotRoutes:
    """An ASGI application in front of another."""

    def __init__(self, trading: Trading, metrics: RequestMetrics, router: ASGIApp) -> None:
        self._trading = trading
        self._router = router
        self._exact: dict[str, tuple[Handler, Series]] = {
            PLACE.full_path: (place_order, metrics.series(PLACE.method, PLACE.full_path)),
            BATCH.full_path: (batch_orders, metrics.series(BATCH.method, BATCH.full_path)),
        }
        self._cancel = (cancel_order, metrics.series(CANCEL.method, CANCEL.full_path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route(scope)
        if route is None:
            await self._router(scope, receive, send)
            return
        began_ns = perf_counter_ns()
        handler, series = route
        try:
            answer = await handler(self._trading, scope, receive)
        except ClientGoneError:
            return
        except Exception as failure:  # noqa: BLE001 - the last net: whatever it is, the client gets an answer
            answer = answer_of_failure(failure)
        await send_answer(send, answer)
        series.observe(answer.status, perf_counter_ns() - began_ns)

    def _route(self, scope: Scope) -> tuple[Handler, Series] | None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        path: str = scope["path"]
        route = self._exact.get(path)
        if route is None and path.startswith(_CANCEL_PREFIX) and path.endswith(_CANCEL_SUFFIX):
            reference = path[len(_CANCEL_PREFIX) : -len(_CANCEL_SUFFIX)]
            if reference and "/" not in reference:
                scope["path_params"] = {"id": reference}
                return self._cancel
        return route
