"""POST /market/orders: the hot path. Authenticate, parse, submit, tell.

Invariant: 201 with the order as committed, or an error that says what was not done; a known client order id is answered
with the same bytes as the first time. Limit: one order a request; `batch_orders.py` takes more.
"""

from typing import Final

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, Receive, Scope, read_body
from pyxiu.api.errors import WireError
from pyxiu.api.market.order_body import order_bodies, parse_order
from pyxiu.api.market.trading import NOT_PERMITTED, Trading, answer_of, refused, rejected
from pyxiu.api.wire.orders import order_entity
from pyxiu.api.wire.texts import to_json
from pyxiu.core.rejections import NO_REJECTION

BODY_BYTES_MAX: Final = 16 * 1024


async def place_order(trading: Trading, scope: Scope, receive: Receive) -> Answer:
    member = await trading.authenticator.member(scope["headers"])
    if isinstance(member, WireError):
        return trading.unauthenticated(member)
    body = await read_body(receive, BODY_BYTES_MAX)
    if body is None:
        return answer_of(errors.BODY_TOO_LARGE)
    fields = order_bodies.decode(body, scope["query_string"])
    if fields is None:
        return answer_of(errors.INVALID_BODY)
    markets = await trading.rulebook.rules()
    command = parse_order(fields, markets, member.uid)
    if isinstance(command, list):
        return refused(command)
    if not trading.may_place(member):
        return answer_of(NOT_PERMITTED)
    if not command.key and not trading.first_time(scope, body):
        return answer_of(errors.REQUEST_REPLAYED)
    outcome = await trading.submit(command, member)
    if isinstance(outcome, Answer):
        return outcome
    if outcome.rejection is not NO_REJECTION:
        return rejected(outcome.rejection)
    assert outcome.order is not None, "an accepted order has a state"
    return Answer(201, to_json(order_entity(outcome.order, markets[command.market])))
