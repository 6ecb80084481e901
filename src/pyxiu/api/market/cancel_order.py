"""POST /market/orders/{id}/cancel: end one open order.

Invariant: 201 means that the order is canceled and its funds are free, durably; it is answered as it is after that,
with state `cancel`. (The reference answers the still waiting order and may lose the cancel.) Limit: an order
that has ended before is told apart from one that never was by looking at the projection, on failure only.
"""

import asyncio
import re
from typing import Final
from uuid import UUID

from pyxiu.api import errors
from pyxiu.api.asgi import Answer
from pyxiu.api.auth import Member
from pyxiu.api.errors import WireError
from pyxiu.api.failures import answer_of
from pyxiu.api.market.order_request import Asked, OrderRoute
from pyxiu.api.market.trading import OrderRequest, Trading, rejected
from pyxiu.api.wire.orders import order_entity
from pyxiu.api.wire.texts import to_json
from pyxiu.core.commands import CancelOrder
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import NO_REJECTION, Rejection
from pyxiu.core.types import MemberId, OrderId
from pyxiu.kit.ids import ORDER_ID_MAX, order_id_of
from pyxiu.projections.reads.orders import order_by_client_id, order_by_id

#: A member the engine does not know yet has no orders either.
NOT_OPEN: Final = frozenset({Rejection.ORDER_UNKNOWN, Rejection.MEMBER_UNKNOWN})
_DECIMAL: Final = re.compile(r"[0-9]{1,19}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


async def ask(trading: Trading, request: OrderRequest) -> Asked | Answer:
    member = await trading.admit(request)
    if isinstance(member, Answer):
        return member
    # Clients send nothing, null, {} or the id once more; whatever it is, the path names the order.
    if request.body is None:
        return answer_of(errors.BODY_TOO_LARGE)
    order_id = order_id_from(request.reference)
    if order_id is None:
        return answer_of(errors.INVALID_ORDER_ID)
    return Asked(CancelOrder(MemberId(member.uid), order_id), member)


async def tell(trading: Trading, asked: Asked, outcome: Outcome) -> Answer:
    if outcome.rejection in NOT_OPEN:
        assert isinstance(asked.command, CancelOrder), asked.command
        waiting = why_not_open(trading, asked.member, asked.command.order_id)
        return answer_of(await asyncio.create_task(waiting))
    if outcome.rejection is not NO_REJECTION:
        return rejected(outcome.rejection)
    assert outcome.order is not None, "a canceled order has a state"
    rules = await trading.rulebook.of(outcome.order.market)
    return Answer(201, to_json(order_entity(outcome.order, rules)))


CANCEL_ORDER: Final = OrderRoute(ask, tell)


async def why_not_open(trading: Trading, member: Member, order_id: OrderId, key: str = "") -> WireError:
    """Whether the member's order has ended before, or there is none of that id or client order id."""
    # The engine knows that the order has ended; what it has committed by now must be read, here and by the member.
    trading.freshness.told(member.uid, trading.services.engine.status().seq)
    await trading.freshness.caught_up(member.uid)
    pool, uid = trading.services.pool, MemberId(member.uid)
    if order_id == 0 and key:
        order = await order_by_client_id(pool, uid, key)
    else:
        order = await order_by_id(pool, order_id, uid)
    return errors.NOT_FOUND if order is None else errors.ORDER_NOT_OPEN


def order_id_from(reference: str) -> OrderId | None:
    """The order id of a decimal number or a UUID; 0 for one that no order can have; None for anything else.

    A UUID's time is not compared before a cancel: the orders that it could hit are the member's own.
    """
    if _DECIMAL.fullmatch(reference):
        number = int(reference)
        return OrderId(number if number <= ORDER_ID_MAX else 0)
    if _UUID.fullmatch(reference):
        return OrderId(order_id_of(UUID(reference)) or 0)
    return None
