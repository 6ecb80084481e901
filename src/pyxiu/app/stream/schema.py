"""The JSON Schema of everything that travels over the stream's WebSocket, both ways.

Invariant: payloads come from the types that frames are encoded from; where bytes are written by hand, and for what a
client may send, a test holds real messages against this. Limit: texts `ping` and `pong` are no JSON and not in it; a
message in MessagePack has the same shape.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from pyxiu.api.market.batch_orders import ItemOutcome
from pyxiu.api.market.cancel_orders import cancel_orders
from pyxiu.api.market.order_endpoints import BATCH_SCHEMA, CANCEL_FIELDS, ORDER_SCHEMA
from pyxiu.api.openapi import Errors
from pyxiu.api.wire.orders import Order
from pyxiu.api.wire.texts import to_json
from pyxiu.app.stream.events import (
    DepositAddressEvent,
    DepositEvent,
    OrderEvent,
    TickerEvent,
    TradeEvent,
    WithdrawEvent,
)
from pyxiu.stream import payloads
from pyxiu.stream.messages import NAMES_MAX, Failure, RequestId, Success
from pyxiu.stream.names import PERIODS, TICKERS, Kind, Private
from pyxiu.stream.ports import Action

STREAM_SCHEMA_PATH: Final = "/stream.schema.json"
REF: Final = "#/$defs/{name}"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

#: What a frame of a stream carries, by the stream's name.
_BY_NAME: Final[dict[str, tuple[Any, ...]]] = {
    TICKERS: (dict[str, TickerEvent],),
    Private.ORDER: (OrderEvent,),
    Private.ORDERS: (payloads.OpenOrders[OrderEvent],),
    Private.TRADE: (TradeEvent,),
    Private.BALANCE: (payloads.Balance,),
    Private.BALANCES: (payloads.Balances,),
    Private.DEPOSIT_ADDRESS: (DepositAddressEvent,),
    Private.DEPOSIT: (DepositEvent,),
    Private.WITHDRAW: (WithdrawEvent,),
}
#: The same for streams of a market, by what follows its id.
_OF_MARKET: Final[dict[str, tuple[Any, ...]]] = {
    Kind.TRADES: (payloads.PublicTrades,),
    Kind.UPDATE: (payloads.BookUpdate,),
    "ob-snap": (payloads.BookSnapshot,),
    Kind.BOOK: (payloads.BookChanges, payloads.AskChange, payloads.BidChange),
    **{f"{Kind.CANDLES}-{word}": (payloads.Candle,) for word in PERIODS},
}
#: What a reply carries: one order, those of a cancel_all, the outcomes of a batch, or codes.
_REPLIES: Final = (Order, list[Order], list[ItemOutcome], Errors)


def stream_schema() -> bytes:
    """The document in JSON."""
    return to_json(build_stream_schema())


def build_stream_schema() -> dict[str, Any]:
    kinds = [kind for table in (_BY_NAME, _OF_MARKET) for carried in table.values() for kind in carried]
    kinds += [*_REPLIES, RequestId, Success, Failure]
    schemas, definitions = msgspec.json.schema_components(kinds, ref_template=REF)
    by_type = {repr(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    definitions |= _server_messages(by_type) | _client_messages(by_type[repr(RequestId)])
    document = {
        "$schema": DIALECT,
        "title": "The stream",
        "description": "Every message in JSON over `/api/v2/ranger`, from the server and to it.",
        "anyOf": _refs(("ServerMessage", "ClientMessage")),
        "$defs": dict(sorted(definitions.items())),
    }
    # The name of a generic type is not one that a reader wants to see.
    text = msgspec.json.encode(document)
    for made in (b"OpenOrders_OrderEvent_", b"OpenOrders[OrderEvent]"):
        text = text.replace(made, b"OpenOrders")
    shown: dict[str, Any] = msgspec.json.decode(text)
    return shown


def _server_messages(by_type: dict[str, Any]) -> dict[str, Any]:
    def carried(kinds: tuple[Any, ...]) -> dict[str, Any]:
        return _any_of(by_type[repr(kind)] for kind in kinds)

    frame = {
        "type": "object",
        "description": "One key, the name of the stream, with what it tells.",
        "properties": {str(name): carried(kinds) for name, kinds in _BY_NAME.items()},
        "patternProperties": {rf"^.+\.{kind}$": carried(kinds) for kind, kinds in _OF_MARKET.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    told = {
        "id": by_type[repr(RequestId)],
        "status": {"type": "integer", "description": "As the HTTP API would answer."},
        "body": carried(_REPLIES),
    }
    return {
        "StreamFrame": frame,
        "Reply": _object({"reply": _object(told)}, "The answer to an order message."),
        "ServerMessage": {"anyOf": _refs(("Success", "Failure", "Reply", "StreamFrame"))},
    }


def _client_messages(request_id: dict[str, Any]) -> dict[str, Any]:
    streams = {
        "streams": {"type": "array", "items": {"type": "string"}, "maxItems": NAMES_MAX, "description": "Their names."}
    }
    data: dict[Action, dict[str, Any]] = {
        Action.PLACE: ORDER_SCHEMA,
        Action.CANCEL: {"type": "object", "properties": CANCEL_FIELDS, "minProperties": 1},
        Action.CANCEL_ALL: cancel_orders.body_schema or {},
        Action.BATCH: BATCH_SCHEMA,
    }
    names = {
        Action.PLACE: "PlaceOrder",
        Action.CANCEL: "CancelOrder",
        Action.CANCEL_ALL: "CancelOrders",
        Action.BATCH: "OrderBatch",
    }
    messages = {
        "Subscribe": _object({"event": {"const": "subscribe"}, **streams}, "Also tell these."),
        "Unsubscribe": _object({"event": {"const": "unsubscribe"}, **streams}, "Tell these no longer."),
    }
    for action, schema in data.items():
        fields = {"event": {"const": action.value}, "id": request_id, "data": schema}
        required = ["event"] if action is Action.CANCEL_ALL else ["event", "data"]
        messages[names[action]] = _object(fields, "The body of the HTTP API's request.", required)
    return {**messages, "ClientMessage": {"anyOf": _refs(messages)}}


def _object(properties: dict[str, Any], description: str = "", required: list[str] | None = None) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required or list(properties)}
    return {"description": description, **schema} if description else schema


def _any_of(schemas: Iterable[dict[str, Any]]) -> dict[str, Any]:
    options = list(schemas)
    return options[0] if len(options) == 1 else {"anyOf": options}


def _refs(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"$ref": REF.format(name=name)} for name in names]
