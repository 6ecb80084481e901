"""Orders that come over the stream: read, judged and answered by what reads, judges and answers them over HTTP.

Invariant: the same body gets the same status and codes on both ways, and a command is handed to the engine before
anything is waited for, so that messages arrive in their order. Limit: a key of the caller's own choice is what makes a
retry harmless; the request itself has no nonce here.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec

from pyxiu.api import errors
from pyxiu.api.asgi import Answer
from pyxiu.api.auth import Member
from pyxiu.api.body import JSON_ERRORS
from pyxiu.api.errors import WireError
from pyxiu.api.market.batch_orders import ITEMS_MAX, BatchItem, Envelope, ItemOutcome, LooseEnvelope, plan, tell
from pyxiu.api.market.cancel_orders import CancelOrdersBody, cancel_all, cancel_command
from pyxiu.api.market.order_endpoints import BATCH, CANCEL, PLACE
from pyxiu.api.market.trading import Trading
from pyxiu.api.wire.orders import order_entity
from pyxiu.core.commands import CancelOrder, CancelOrders, PlaceOrder
from pyxiu.stream.ports import Action, Asked, Caller, Reply

S = TypeVar("S", bound=msgspec.Struct)

_CANCEL_ALL_PATH: Final = "/api/v2/peatio/market/orders/cancel"
#: The route of the HTTP API that a permission names.
_PATHS: Final = {
    Action.PLACE: PLACE.full_path,
    Action.CANCEL: CANCEL.full_path,
    Action.CANCEL_ALL: _CANCEL_ALL_PATH,
    Action.BATCH: BATCH.full_path,
}


class _Form:
    """Decoders of one encoding. `items` is what can be had of a batch whose items are odd."""

    def __init__(self, decoder: Callable[..., Any]) -> None:
        self.item = decoder(BatchItem).decode
        self.cancel_all = decoder(CancelOrdersBody).decode
        self.envelope = decoder(Envelope).decode
        self.loose_envelope = decoder(LooseEnvelope).decode


def _json_decoder(struct: type[S]) -> msgspec.json.Decoder[S]:
    return msgspec.json.Decoder(struct, float_hook=str)


_JSON: Final = _Form(_json_decoder)
_MSGPACK: Final = _Form(msgspec.msgpack.Decoder)


class ApiDesk:
    """`stream.ports.OrderDesk`."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading

    def items(self, asked: Asked) -> int:
        if asked.action is not Action.BATCH:
            return 1
        try:
            return max(1, len(_form(asked).loose_envelope(asked.data).items))
        except JSON_ERRORS:
            return 1

    async def begin(self, caller: Caller, asked: Asked) -> Reply | Awaitable[Reply]:
        member: Member = caller.member
        refusal = await self._refusal(member, asked.action)
        if refusal is not None:
            return _reply_of(refusal)
        match asked.action:
            case Action.BATCH:
                return await self._begin_batch(member, asked)
            case Action.CANCEL_ALL:
                return await self._begin_cancel_all(member, asked)
            case Action.PLACE | Action.CANCEL:
                return await self._begin_one(member, asked)

    async def _refusal(self, member: Member, action: Action) -> WireError | None:
        """Why this member may not ask for this."""
        if "trade" not in member.scopes and member.by_key:
            return errors.SCOPE_NOT_ALLOWED
        verdict = await self._trading.gate.decide(member.role, "POST", _PATHS[action])
        return None if verdict.allowed else errors.INVALID_PERMISSION

    async def _begin_one(self, member: Member, asked: Asked) -> Reply | Awaitable[Reply]:
        item = _decoded(_form(asked).item, asked)
        if item is None:
            return _reply_of(errors.INVALID_BODY)
        item.action = "place" if asked.action is Action.PLACE else "cancel"
        step = plan(item, await self._trading.rulebook.rules(), member, self._trading)
        return _reply_of_item(step) if isinstance(step, ItemOutcome) else self._one(member, step, packed=asked.packed)

    async def _one(self, member: Member, command: PlaceOrder | CancelOrder, *, packed: bool) -> Reply:
        outcome = await self._trading.submit(command, member)
        if isinstance(outcome, Answer):
            return _reply_of_answer(outcome, packed=packed)
        return _reply_of_item(await tell(self._trading, member, command, outcome))

    async def _begin_batch(self, member: Member, asked: Asked) -> Reply | Awaitable[Reply]:
        items = _items(asked)
        if isinstance(items, str):
            return _refused(items)
        markets = await self._trading.rulebook.rules()
        planned = [plan(item, markets, member, self._trading) for item in items]
        return self._batch(member, planned, packed=asked.packed)

    async def _batch(
        self, member: Member, planned: list[PlaceOrder | CancelOrder | ItemOutcome], *, packed: bool
    ) -> Reply:
        commands = [step for step in planned if not isinstance(step, ItemOutcome)]
        outcomes = await self._trading.submit_many(commands, member)
        if isinstance(outcomes, Answer):
            return _reply_of_answer(outcomes, packed=packed)
        told = iter([await tell(self._trading, member, *done) for done in zip(commands, outcomes, strict=True)])
        return Reply(201, [step if isinstance(step, ItemOutcome) else next(told) for step in planned])

    async def _begin_cancel_all(self, member: Member, asked: Asked) -> Reply | Awaitable[Reply]:
        body = _decoded(_form(asked).cancel_all, asked)
        if body is None:
            return _reply_of(errors.INVALID_BODY)
        command = await cancel_command(self._trading, body, member)
        return _refused(*command) if isinstance(command, list) else self._cancel_all(member, command, asked)

    async def _cancel_all(self, member: Member, command: CancelOrders, asked: Asked) -> Reply:
        canceled = await cancel_all(self._trading, command, member)
        if isinstance(canceled, Answer):
            return _reply_of_answer(canceled, packed=asked.packed)
        markets = await self._trading.rulebook.covering(order.market for order in canceled)
        return Reply(201, [order_entity(order, markets[order.market]) for order in canceled])


def _form(asked: Asked) -> _Form:
    return _MSGPACK if asked.packed else _JSON


def _decoded(decode: Callable[[bytes], S], asked: Asked) -> S | None:
    """The body of a message; an empty one where it has none, None where it is not an object."""
    try:
        return decode(asked.data or (b"\x80" if asked.packed else b"{}"))
    except JSON_ERRORS:
        return None


def _items(asked: Asked) -> list[BatchItem | None] | str:
    """As `batch_orders.decode_items`, for both encodings."""
    form = _form(asked)
    items: list[BatchItem | None]
    try:
        items = list(form.envelope(asked.data).items)
    except JSON_ERRORS:
        try:
            items = [_item(form, raw) for raw in form.loose_envelope(asked.data).items]
        except JSON_ERRORS:
            return "market.batch.invalid_items"
    if not items:
        return "market.batch.empty_items"
    return items if len(items) <= ITEMS_MAX else "market.batch.too_many_items"


def _item(form: _Form, raw: msgspec.Raw) -> BatchItem | None:
    try:
        item: BatchItem = form.item(raw)
    except JSON_ERRORS:
        return None
    return item


def _reply_of_item(outcome: ItemOutcome) -> Reply:
    return Reply(outcome.status, {"errors": outcome.errors} if outcome.order is None else outcome.order)


def _reply_of(error: WireError) -> Reply:
    return Reply(error.status, {"errors": [error.code]})


def _refused(*codes: str) -> Reply:
    return Reply(422, {"errors": codes})


def _reply_of_answer(answer: Answer, *, packed: bool) -> Reply:
    """What the HTTP API would say, with its body as it is where that is possible."""
    return Reply(answer.status, msgspec.json.decode(answer.body) if packed else msgspec.Raw(answer.body))
