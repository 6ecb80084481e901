"""Orders straight from the HTTP parser: what place and cancel cost above reading and writing bytes is the order itself.

uvicorn gives each request an ASGI scope, a cycle, an event, a task and two sends, which is most of what a request
costs. A plain POST to an order route gets none of them: when its body is complete it is decided what to ask the
engine, the engine's future calls back, and the answer is one write. Everything that is not plain - another path, an
`Expect`, an upgrade, HTTP/1.0, a request behind one that is not answered - goes uvicorn's way, to the same answers.

Invariant: answers leave in the order of their requests. An exchange under way stands where uvicorn keeps its cycle, so
that its pipelining, its shutdown and its lost connections work with it as with one of their own; whatever fails in
here, the client gets an answer and the engine does not notice. Limit: relies on the names that HttpToolsProtocol uses
inside; `tests/unit/api/test_order_protocol.py` holds them.
"""

import asyncio
import re
from collections.abc import Awaitable, Coroutine
from time import perf_counter_ns
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from pyxiu.api.asgi import JSON, NO_SNIFF, Answer, Header
from pyxiu.api.bounded_protocol import BoundedHttpProtocol
from pyxiu.api.failures import answer_of_failure
from pyxiu.api.hot_routes import Found, HotRoutes
from pyxiu.api.market.order_request import BODY_BYTES_MAX, Asked, Rest, answer_asked, at_once
from pyxiu.api.market.trading import OrderRequest, in_flight, nothing_done
from pyxiu.core.outcomes import Outcome
from pyxiu.kit.errors import TransientError

#: A target that is nothing but a path, and means what it says.
_PLAIN_PATH: Final = re.compile(rb"[A-Za-z0-9/_-]+")
#: In the place of uvicorn's scope for a request that went the short way: its headers are complete.
_SHORT: Final = {"method": "POST"}
_ENDING: Final = b"".join(b"%b: %b\r\n" % header for header in (JSON, NO_SNIFF))


class NoEvent:
    """Nobody waits for the parts of an exchange, so nobody is woken."""

    def set(self) -> None:
        """Nothing to do."""


_NO_EVENT: Final = NoEvent()


class Exchange:
    """One request for one order, from its headers to its answer; to uvicorn it looks like a cycle of its own."""

    __slots__ = (
        "_asked",
        "_began_ns",
        "_found",
        "_protocol",
        "_trading",
        "body",
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
    )

    def __init__(self, protocol: "OrderProtocol", found: Found) -> None:
        self._began_ns = perf_counter_ns()
        self._protocol = protocol
        self._trading = protocol.orders.trading
        self._found = found
        self._asked: Asked | None = None
        self.body = b""
        self.more_body = True
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NO_EVENT

    @property
    def reference(self) -> str:
        """The order that the path names."""
        return self._found.reference

    def begin(self, request: OrderRequest) -> None:
        """The request is complete: ask the engine, or answer."""
        answer = self._ask(request)
        if answer is not None:
            self._answer(answer)

    def _ask(self, request: OrderRequest) -> Answer | None:
        trading = self._trading
        try:
            asked = at_once(self._found.route.ask(trading, request))
            if isinstance(asked, Answer):
                return asked
            if isinstance(asked, Rest):
                self._protocol.run_task(self._finish(self._asked_late(asked)))
                return None
            self._asked = asked
            trading.send(asked.command).add_done_callback(self._decided)
        except TransientError as refusal:
            return nothing_done(refusal)
        except Exception as failure:  # noqa: BLE001 - the last net: whatever it is, the client gets an answer
            return answer_of_failure(failure)
        return None

    async def _asked_late(self, rest: Rest[Asked | Answer]) -> Answer:
        return await answer_asked(self._trading, self._found.route, await rest)

    def _decided(self, future: asyncio.Future[Outcome]) -> None:
        answer = self._tell(future)
        if answer is not None:
            self._answer(answer)

    def _tell(self, future: asyncio.Future[Outcome]) -> Answer | None:
        asked, trading = self._asked, self._trading
        assert asked is not None, "decided without being asked"
        try:
            outcome = future.result()
        except TransientError as failure:
            return in_flight(failure, asked.command)
        except Exception as failure:  # noqa: BLE001 - the last net
            return answer_of_failure(failure)
        try:
            trading.told(asked.member, outcome)
            answer = at_once(self._found.route.tell(trading, asked, outcome))
        except Exception as failure:  # noqa: BLE001 - the last net
            return answer_of_failure(failure)
        if isinstance(answer, Rest):
            self._protocol.run_task(self._finish(answer))
            return None
        return answer

    async def _finish(self, waiting: Awaitable[Answer]) -> None:
        try:
            answer = await waiting
        except Exception as failure:  # noqa: BLE001 - the last net
            answer = answer_of_failure(failure)
        self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        self.response_complete = True
        self._protocol.write_answer(answer, keep_alive=self.keep_alive)
        self._found.series.observe(answer.status, perf_counter_ns() - self._began_ns)


class Heads:
    """How answers begin, by status; made anew each second, because they tell the date."""

    def __init__(self) -> None:
        self._default_headers: list[Header] = []
        self._heads: dict[int, bytes] = {}

    def with_body(self, answer: Answer, default_headers: list[Header], *, keep_alive: bool) -> bytes:
        """A whole answer. `default_headers` are the server's own, a new list whenever they change."""
        status, body, extra = answer
        if default_headers is not self._default_headers:
            self._default_headers, self._heads = default_headers, {}
        head = self._heads.get(status)
        if head is None:
            own = b"".join(b"%b: %b\r\n" % header for header in default_headers)
            head = self._heads[status] = STATUS_LINE[status] + own + _ENDING
        if extra:
            head += b"".join(b"%b: %b\r\n" % header for header in extra)
        if not keep_alive:
            head += b"connection: close\r\n"
        return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)


_heads: Final = Heads()


class OrderProtocol(BoundedHttpProtocol):
    """uvicorn's protocol with a short way for orders."""

    #: None before the first request, and without a method until its headers are complete; its own type says neither.
    scope: Any
    cycle: Any

    def __init__(self, orders: HotRoutes, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.orders = orders
        self._exchange: Exchange | None = None
        self._idle_since = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None

    # What the parser calls

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self.scope = {}
        self._exchange = None

    def on_headers_complete(self) -> None:
        found = self._short_way()
        if found is not None:
            self._exchange = self.cycle = Exchange(self, found)
            self.scope = _SHORT
            return
        url, headers, expect_100_continue = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect_100_continue
        self.headers += headers
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            super().on_body(body)
        elif len(exchange.body) <= BODY_BYTES_MAX:
            exchange.body += body

    def on_message_complete(self) -> None:
        exchange = self._exchange
        if exchange is None:
            super().on_message_complete()
        else:
            exchange.begin(self._order_request(exchange))

    def _short_way(self) -> Found | None:
        """The order route that a plain request is for."""
        parser, cycle = self.parser, self.cycle
        if parser.get_method() != b"POST" or self.expect_100_continue or parser.should_upgrade():
            return None
        if cycle is not None and not cycle.response_complete:
            return None
        if not parser.should_keep_alive() or parser.get_http_version() != "1.1":
            return None
        if not _PLAIN_PATH.fullmatch(self.url):
            return None
        return self.orders.find(self.url.decode("ascii"))

    def _order_request(self, exchange: Exchange) -> OrderRequest:
        body = exchange.body if len(exchange.body) <= BODY_BYTES_MAX else None
        peer = self.client[0] if self.client else ""
        path = self.url.decode("ascii")
        headers = self.headers
        return OrderRequest("POST", path, self.url, b"", headers, dict(headers), body, peer, exchange.reference)

    # What an exchange calls

    def write_answer(self, answer: Answer, *, keep_alive: bool) -> None:
        """Send it whole, and go on with what the client has sent meanwhile."""
        transport = self.transport
        if transport.is_closing():
            return
        transport.write(_heads.with_body(answer, self.server_state.default_headers, keep_alive=keep_alive))
        if not keep_alive:
            transport.close()
        elif self.pipeline:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._idle()

    def run_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # Keep-alive: one timer for the life of the connection, set anew when it fires, instead of one for each request

    def _idle(self) -> None:
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._idle_too_long)

    def _idle_too_long(self) -> None:
        """Close the connection if nothing has come since its last answer for as long as that is allowed."""
        self._idle_timer = None
        rest_s = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if rest_s > 0:
            self._idle_timer = self.loop.call_later(rest_s, self._idle_too_long)
        elif self.cycle.response_complete and self.scope is _SHORT:
            self.timeout_keep_alive_handler()

    # A client that does not read its answers is not read from either

    def pause_writing(self) -> None:
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.pipeline:
            self.flow.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        super().connection_lost(exc)
