"""POST /market/orders/batch: up to ITEMS_MAX orders and cancels in one request, one frame to the engine, in order.

Invariant: every item gets its own outcome, at its own place in the answer, and none is held back by another; the engine
takes the whole frame into its inbox or nothing of it. Limit: not a transaction: items before a failing one stay done.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, Receive, Scope, read_body
from pyxiu.api.auth import Member
from pyxiu.api.body import JSON_ERRORS, text_of
from pyxiu.api.errors import REJECTIONS, WireError
from pyxiu.api.failures import answer_of
from pyxiu.api.market.cancel_order import NOT_OPEN, order_id_from, why_not_open
from pyxiu.api.market.order_body import CLIENT_ORDER_ID, OrderBody, parse_order
from pyxiu.api.market.trading import NOT_PERMITTED, Trading, refused, request_of
from pyxiu.api.replays import MADE_KEY_PREFIX
from pyxiu.api.rules import MarketRules
from pyxiu.api.wire.orders import Order, order_entity
from pyxiu.api.wire.texts import to_json
from pyxiu.core.commands import CancelOrder, PlaceOrder
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import NO_REJECTION
from pyxiu.core.types import MemberId, OrderId

ITEMS_MAX: Final = 200
BODY_BYTES_MAX: Final = 256 * 1024


class BatchItem(OrderBody):
    """An order (`action` place, or none), or `action` cancel with `id` or `client_order_id`."""

    action: Any = None
    id: Any = None


class Envelope(msgspec.Struct):
    items: list[BatchItem]


class LooseEnvelope(msgspec.Struct):
    items: list[msgspec.Raw]


class ItemOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one item: `order` where the status is 201, else `errors`."""

    status: int
    order: Order | None = None
    errors: tuple[str, ...] = ()


_decode: Final = msgspec.json.Decoder(Envelope, float_hook=str).decode
_decode_loosely: Final = msgspec.json.Decoder(LooseEnvelope).decode
_decode_item: Final = msgspec.json.Decoder(BatchItem, float_hook=str).decode
_NOT_AN_OBJECT: Final = ItemOutcome(422, errors=("market.batch.invalid_item",))


async def batch_orders(trading: Trading, scope: Scope, receive: Receive) -> Answer:
    body = await read_body(receive, BODY_BYTES_MAX)
    request = request_of(scope, body)
    member = await trading.admit(request)
    if isinstance(member, Answer):
        return member
    if body is None:
        return answer_of(errors.BODY_TOO_LARGE)
    items = decode_items(body)
    if isinstance(items, str):
        return refused([items])
    markets = await trading.rulebook.rules()
    planned = [plan(item, markets, member, trading) for item in items]
    commands = [step for step in planned if not isinstance(step, ItemOutcome)]
    if any(isinstance(command, PlaceOrder) and not command.key for command in commands):
        key = trading.key_for(request, member)
        if isinstance(key, WireError):
            return answer_of(key)
        commands = [_keyed(command, key, position) for position, command in enumerate(commands)]
    outcomes = await trading.submit_many(commands, member)
    if isinstance(outcomes, Answer):
        return outcomes
    told = iter([await tell(trading, member, *done) for done in zip(commands, outcomes, strict=True)])
    return Answer(201, to_json([step if isinstance(step, ItemOutcome) else next(told) for step in planned]))


def _keyed(command: PlaceOrder | CancelOrder, key: str, position: int) -> PlaceOrder | CancelOrder:
    """With a client order id made of the request's, where it has none and needs one."""
    if not key or command.key or isinstance(command, CancelOrder):
        return command
    return msgspec.structs.replace(command, key=f"{key}.{position}")


def decode_items(body: bytes) -> list[BatchItem | None] | str:
    """The items, None for one that is not an object; or the code of what is wrong with the envelope."""
    items: list[BatchItem | None]
    try:
        items = list(_decode(body).items)
    except JSON_ERRORS:
        try:
            items = [_decode_loose(raw) for raw in _decode_loosely(body).items]
        except JSON_ERRORS:
            return "market.batch.invalid_items"
    if not items:
        return "market.batch.empty_items"
    return items if len(items) <= ITEMS_MAX else "market.batch.too_many_items"


def _decode_loose(raw: msgspec.Raw) -> BatchItem | None:
    try:
        return _decode_item(raw)
    except JSON_ERRORS:
        return None


def plan(
    item: BatchItem | None, markets: Mapping[str, MarketRules], member: Member, trading: Trading
) -> PlaceOrder | CancelOrder | ItemOutcome:
    """The command of an item, or why there is none."""
    if item is None:
        return _NOT_AN_OBJECT
    action = "place" if item.action is None else text_of(item.action)
    if action == "cancel":
        return _plan_cancel(item, member)
    if action != "place":
        return ItemOutcome(422, errors=("market.batch.invalid_action",))
    command = parse_order(item, markets, member.uid)
    if isinstance(command, list):
        return ItemOutcome(422, errors=tuple(command))
    return command if trading.may_place(member) else _outcome_of(NOT_PERMITTED)


def _plan_cancel(item: BatchItem, member: Member) -> CancelOrder | ItemOutcome:
    if item.id is not None:
        order_id = order_id_from(text_of(item.id) or "")
        if order_id is None:
            return _outcome_of(errors.INVALID_ORDER_ID)
        return CancelOrder(MemberId(member.uid), order_id)
    key = text_of(item.client_order_id)
    if key is None:
        return ItemOutcome(422, errors=("market.order.missing_id",))
    if CLIENT_ORDER_ID.fullmatch(key) is None:
        return ItemOutcome(422, errors=("market.order.invalid_client_order_id",))
    return CancelOrder(MemberId(member.uid), OrderId(0), key)


async def tell(trading: Trading, member: Member, command: PlaceOrder | CancelOrder, outcome: Outcome) -> ItemOutcome:
    """What the engine's outcome means for the item."""
    if outcome.replayed and command.key.startswith(MADE_KEY_PREFIX):
        return _outcome_of(errors.REQUEST_REPLAYED)
    if outcome.rejection is NO_REJECTION:
        assert outcome.order is not None, "an accepted or canceled order has a state"
        rules = await trading.rulebook.of(outcome.order.market)
        return ItemOutcome(201, order_entity(outcome.order, rules))
    if isinstance(command, CancelOrder) and outcome.rejection in NOT_OPEN:
        return _outcome_of(await why_not_open(trading, member, command.order_id, command.key))
    return _outcome_of(REJECTIONS[outcome.rejection])


def _outcome_of(error: WireError) -> ItemOutcome:
    return ItemOutcome(error.status, errors=(error.code,))
