"""The order routes: place, cancel, batch. They stand before the router, because each microsecond counts.

Place and cancel are served by `order_protocol.py` straight from the parser; what it leaves to ASGI (a chunk of an odd
request, a test's own server) comes here and is answered the same. Invariant: whatever happens, the client gets an
answer, and an unforeseen failure is logged and told as 500 without its text. Limit: POST only; everything else, and
every other path, is the router's.
"""

from time import perf_counter_ns
from typing import NamedTuple

from pyxiu.api.asgi import Answer, ASGIApp, ClientGoneError, Receive, Scope, Send, read_body, send_answer
from pyxiu.api.failures import answer_of_failure
from pyxiu.api.market.batch_orders import batch_orders
from pyxiu.api.market.cancel_order import CANCEL_ORDER
from pyxiu.api.market.order_endpoints import BATCH, CANCEL, PLACE
from pyxiu.api.market.order_request import BODY_BYTES_MAX, OrderRoute, answer_order_request
from pyxiu.api.market.place_order import PLACE_ORDER
from pyxiu.api.market.trading import Trading, request_of
from pyxiu.api.metrics import RequestMetrics, Series

_PLACE, _BATCH = PLACE.full_path, BATCH.full_path
_CANCEL_PREFIX, _CANCEL_SUFFIX = CANCEL.full_path.split("{id}")


class Found(NamedTuple):
    """An order route, where its requests are counted, and which order the path names."""

    route: OrderRoute
    series: Series
    reference: str = ""


class HotRoutes:
    """An ASGI application in front of another."""

    def __init__(self, trading: Trading, metrics: RequestMetrics, router: ASGIApp) -> None:
        self.trading = trading
        #: What a follower of identity's changes is to call with each.
        self.forget = trading.gate.forget
        self._router = router
        self._place = Found(PLACE_ORDER, metrics.series(PLACE.method, _PLACE))
        self._cancels = metrics.series(CANCEL.method, CANCEL.full_path)
        self._batches = metrics.series(BATCH.method, _BATCH)

    def find(self, path: str) -> Found | None:
        """The route of a POST to this path, if it takes one order."""
        if path == _PLACE:
            return self._place
        if path.startswith(_CANCEL_PREFIX) and path.endswith(_CANCEL_SUFFIX):
            reference = path[len(_CANCEL_PREFIX) : -len(_CANCEL_SUFFIX)]
            if reference and "/" not in reference:
                return Found(CANCEL_ORDER, self._cancels, reference)
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._router(scope, receive, send)
            return
        began_ns = perf_counter_ns()
        path: str = scope["path"]
        if path == _BATCH:
            series, answering = self._batches, batch_orders(self.trading, scope, receive)
        elif (found := self.find(path)) is not None:
            series, answering = found.series, self._one_order(found, scope, receive)
        else:
            await self._router(scope, receive, send)
            return
        try:
            answer = await answering
        except ClientGoneError:
            return
        except Exception as failure:  # noqa: BLE001 - the last net: whatever it is, the client gets an answer
            answer = answer_of_failure(failure)
        await send_answer(send, answer)
        series.observe(answer.status, perf_counter_ns() - began_ns)

    async def _one_order(self, found: Found, scope: Scope, receive: Receive) -> Answer:
        body = await read_body(receive, BODY_BYTES_MAX)
        request = request_of(scope, body, found.reference)
        return await answer_order_request(self.trading, found.route, request)
