"""POST /market/orders: the hot path. Authenticate, parse, submit, tell.

Invariant: 201 with the order as committed, or an error that says what was not done; a known client order id is answered
with the same bytes as the first time. Limit: one order a request; `batch_orders.py` takes more.
"""

from typing import Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.asgi import Answer
from pyxiu.api.errors import WireError
from pyxiu.api.failures import answer_of
from pyxiu.api.market.order_body import order_bodies, parse_order
from pyxiu.api.market.order_request import Asked, OrderRoute
from pyxiu.api.market.trading import NOT_PERMITTED, OrderRequest, Trading, refused, rejected
from pyxiu.api.replays import MADE_KEY_PREFIX
from pyxiu.api.wire.orders import order_entity
from pyxiu.api.wire.texts import to_json
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import NO_REJECTION


async def ask(trading: Trading, request: OrderRequest) -> Asked | Answer:
    member = await trading.admit(request)
    if isinstance(member, Answer):
        return member
    if request.body is None:
        return answer_of(errors.BODY_TOO_LARGE)
    fields = order_bodies.decode(request.body, request.query_string)
    if fields is None:
        return answer_of(errors.INVALID_BODY)
    command = parse_order(fields, trading.rulebook.at_once() or await trading.rulebook.rules(), member.uid)
    if isinstance(command, list):
        return refused(command)
    if not trading.may_place(member):
        return answer_of(NOT_PERMITTED)
    if not command.key:
        key = trading.key_for(request, member)
        if isinstance(key, WireError):
            return answer_of(key)
        if key:
            command = msgspec.structs.replace(command, key=key)
    return Asked(command, member)


async def tell(trading: Trading, asked: Asked, outcome: Outcome) -> Answer:
    if outcome.replayed and asked.command.key.startswith(MADE_KEY_PREFIX):
        return answer_of(errors.REQUEST_REPLAYED)
    if outcome.rejection is not NO_REJECTION:
        return rejected(outcome.rejection)
    assert outcome.order is not None, "an accepted order has a state"
    rules = await trading.rulebook.of(outcome.order.market)
    return Answer(201, to_json(order_entity(outcome.order, rules)))


PLACE_ORDER: Final = OrderRoute(ask, tell)
