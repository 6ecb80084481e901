"""What a route that sends one command to the engine is made of: a question, the engine, an answer.

`ask` turns a request into a command, or answers; `tell` turns the engine's outcome into the answer. In between nothing
of the request waits on a stack, so that whoever serves it may do so with a task (`answer_order_request`) or without one
(`order_protocol.py`). Invariant: each runs once, whether it has to wait or not (`at_once`). Limit: one command a
request; what `ask` and `tell` wait for runs in tasks of its own, because they may begin outside of one.
"""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pyxiu.api.asgi import Answer
from pyxiu.api.auth import Member
from pyxiu.api.market.trading import OrderRequest, Trading
from pyxiu.core.commands import CancelOrder, PlaceOrder
from pyxiu.core.outcomes import Outcome

BODY_BYTES_MAX: Final = 16 * 1024

T = TypeVar("T")


class Asked(NamedTuple):
    """A command for the engine, and whose it is."""

    command: PlaceOrder | CancelOrder
    member: Member


class OrderRoute(NamedTuple):
    ask: Callable[[Trading, OrderRequest], Coroutine[Any, Any, Asked | Answer]]
    tell: Callable[[Trading, Asked, Outcome], Coroutine[Any, Any, Answer]]


async def answer_order_request(trading: Trading, route: OrderRoute, request: OrderRequest) -> Answer:
    """All three steps, waiting wherever it takes time."""
    return await answer_asked(trading, route, await route.ask(trading, request))


async def answer_asked(trading: Trading, route: OrderRoute, asked: Asked | Answer) -> Answer:
    """The two that follow `ask`."""
    if isinstance(asked, Answer):
        return asked
    outcome = await trading.submit(asked.command, asked.member)
    return outcome if isinstance(outcome, Answer) else await route.tell(trading, asked, outcome)


def at_once(coroutine: Coroutine[Any, Any, T]) -> "T | Rest[T]":
    """What a coroutine returns if it need not wait for anything, without a task; its rest, for one, if it must."""
    try:
        waits_for = coroutine.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    return Rest(coroutine, waits_for)


class Rest(Generic[T]):
    """A coroutine that has begun and waits; whoever awaits this goes on with it."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, T], waits_for: object) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            yield self._waits_for  # a future, which the awaiting task takes as if it had just been asked to wait for it
        except BaseException:
            self._coroutine.close()
            raise
        return (yield from self._coroutine.__await__())
