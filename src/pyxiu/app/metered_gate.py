"""Counts the processor time of being let in, order by order: what `pyxiu bench e2e` sets against the whole of an order.

Invariant: there only where PYXIU_BENCH and PYXIU_BENCH_GATE are 1; what is decided is the same. Limit: requests that
have to wait for a look-up are not counted, as they leave the thread; reading the clock is counted, some tenths of a
microsecond.
"""

from time import thread_time_ns
from typing import Final

from pyxiu.api.asgi import Answer, ASGIApp, Receive, Scope, Send, send_answer
from pyxiu.api.auth import Member
from pyxiu.api.errors import WireError
from pyxiu.api.market.order_request import Rest, at_once
from pyxiu.api.market.trading import OrderRequest, Trading

PATH: Final = "/bench/gate"


class MeteredGate:
    """Stands before a Trading's `admit` and `key_for`."""

    def __init__(self, trading: Trading) -> None:
        self._admit, self._key_for = trading.admit, trading.key_for
        self.ns = 0
        self.requests = 0

    async def admit(self, request: OrderRequest) -> Member | Answer:
        began_ns = thread_time_ns()
        found = at_once(self._admit(request))
        if isinstance(found, Rest):
            return await found
        self.ns += thread_time_ns() - began_ns
        self.requests += 1
        return found

    def key_for(self, request: OrderRequest, member: Member) -> str | WireError:
        began_ns = thread_time_ns()
        key = self._key_for(request, member)
        self.ns += thread_time_ns() - began_ns
        return key


def with_metered_gate(app: ASGIApp, trading: Trading) -> ASGIApp:
    """The application with a route in front that tells the figures, and begins anew."""
    metered = MeteredGate(trading)
    # A yardstick: what nobody but a benchmark asks for does not get a door in the class itself.
    vars(trading).update(admit=metered.admit, key_for=metered.key_for)

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await app(scope, receive, send)
            return
        body = b'{"requests":%d,"ns":%d}' % (metered.requests, metered.ns)
        metered.requests = metered.ns = 0
        await send_answer(send, Answer(200, body))

    return tell
