"""POST /market/orders/cancel: end all open orders of a member, or those of a market or side.

Invariant: the answer lists the orders that this request has canceled, each as it is after that. Limit: the engine
cancels some hundreds per command and is asked again while there are more, ROUNDS_MAX times; whoever has more repeats
the request until the list is empty.
"""

from typing import Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.asgi import Answer
from pyxiu.api.auth import Member
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import ApiError
from pyxiu.api.failures import answer_of
from pyxiu.api.market.cancel_order import NOT_OPEN
from pyxiu.api.market.trading import RETRY_SHORTLY, Trading, rejected
from pyxiu.api.wire.orders import SIDES, Order, order_entity
from pyxiu.core.commands import CancelOrders
from pyxiu.core.outcomes import OrderState
from pyxiu.core.rejections import NO_REJECTION
from pyxiu.core.types import MarketId, MemberId, Side

ROUNDS_MAX: Final = 40

_SIDES: Final = {word: side for side, word in SIDES.items()}


class CancelOrdersBody(msgspec.Struct):
    """Both are optional; none means all open orders."""

    market: Any = None
    side: Any = None


@endpoint(
    "POST",
    "/market/orders/cancel",
    tag="Market",
    private=True,
    body=CancelOrdersBody,
    body_schema={
        "type": "object",
        "properties": {
            "market": {"type": ["string", "null"], "description": "Only orders of this market."},
            "side": {"enum": ["buy", "sell", None], "description": "Only orders of this side."},
        },
        "examples": [{"market": "btcusd", "side": "buy"}],
    },
    scope="trade",
    returns=list[Order],
    status=201,
    errors={
        422: ("market.market.doesnt_exist", "market.order.invalid_side"),
        503: (errors.OVERLOADED.code, errors.ENGINE_UNAVAILABLE.code),
        504: (errors.OUTCOME_UNKNOWN.code,),
    },
)
async def cancel_orders(call: Call[NoQuery]) -> Reply | Answer:
    """Cancel all your open orders, or those of a market or side.

    Answers the canceled orders. At most 20,000 are canceled by one request; repeat it until the list is empty.
    """
    trading, member = call.edge.trading, call.known_member
    command = await cancel_command(trading, call.body, member)
    if isinstance(command, list):
        raise ApiError(422, command)
    canceled = await cancel_all(trading, command, member)
    if isinstance(canceled, Answer):
        return canceled
    markets = await trading.rulebook.covering(order.market for order in canceled)
    return Reply([order_entity(order, markets[order.market]) for order in canceled], status=201)


async def cancel_all(trading: Trading, command: CancelOrders, member: Member) -> list[OrderState] | Answer:
    """The orders that were canceled, as they are after it, or the answer if the engine did not say."""
    canceled: list[OrderState] = []
    for _ in range(ROUNDS_MAX):
        outcome = await trading.submit(command, member)
        if isinstance(outcome, Answer):
            # After the first round "nothing was done" would not be true.
            return answer_of(errors.OUTCOME_UNKNOWN, RETRY_SHORTLY) if canceled else outcome
        if outcome.rejection in NOT_OPEN:
            break
        if outcome.rejection is not NO_REJECTION:
            return rejected(outcome.rejection)
        canceled += outcome.orders
        if not outcome.more:
            break
    return canceled


async def cancel_command(trading: Trading, body: CancelOrdersBody, member: Member) -> CancelOrders | list[str]:
    """The command that a body asks for, or the codes of what is wrong with it."""
    codes: list[str] = []
    market: MarketId | None = None
    side: Side | None = None
    if body.market not in (None, ""):
        markets = await trading.rulebook.rules()
        rules = markets.get(body.market) if isinstance(body.market, str) else None
        if rules is None:
            codes.append("market.market.doesnt_exist")
        else:
            market = MarketId(rules.market)
    if body.side not in (None, ""):
        side = _SIDES.get(body.side.lower()) if isinstance(body.side, str) else None
        if side is None:
            codes.append("market.order.invalid_side")
    return codes or CancelOrders(MemberId(member.uid), market, side)


ENDPOINTS: Final = (cancel_orders,)
