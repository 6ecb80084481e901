"""The order routes as the document shows them; `place_order.py`, `cancel_order.py` and `batch_orders.py` answer.

Limit: a declaration without a handler, because these requests are answered before the router is asked.
"""

from typing import Any, Final

from pyxiu.api import errors
from pyxiu.api.endpoint import Endpoint
from pyxiu.api.market.batch_orders import ITEMS_MAX, BatchItem, Envelope, ItemOutcome
from pyxiu.api.market.order_body import CLIENT_ORDER_ID, OrderBody
from pyxiu.api.wire.orders import SELF_TRADE_PREVENTIONS, TIMES_IN_FORCE, Order

_DECIMAL: Final = {
    "oneOf": [{"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}, {"type": "number", "exclusiveMinimum": 0}],
}
_OPTIONAL_DECIMAL: Final = {"oneOf": [*_DECIMAL["oneOf"], {"type": "null"}]}

ORDER_FIELDS: Final[dict[str, Any]] = {
    "market": {"type": "string", "description": "The market's id.", "examples": ["btcusd"]},
    "side": {"enum": ["buy", "sell"]},
    "volume": {
        **_DECIMAL,
        "description": "How much of the base currency. Digits beyond the market's precision are refused, not rounded.",
        "examples": ["0.1"],
    },
    "price": {
        **_OPTIONAL_DECIMAL,
        "description": "Limit orders need it, market orders must not have it.",
        "examples": ["20000.5"],
    },
    "ord_type": {"enum": ["limit", "market"], "default": "limit"},
    "time_in_force": {
        "enum": [*TIMES_IN_FORCE.values()],
        "default": "gtc",
        "description": "gtc rests until canceled, ioc cancels what does not trade at once, fok trades whole or not.",
    },
    "post_only": {"type": "boolean", "default": False, "description": "Refuse the order if it would trade at once."},
    "stp": {
        "enum": [*SELF_TRADE_PREVENTIONS.values()],
        "default": "cancel_newest",
        "description": "What happens when the order meets one of your own.",
    },
    "client_order_id": {
        "type": "string",
        "pattern": f"^{CLIENT_ORDER_ID.pattern}$",
        "description": (
            "Your name for the order. A second request with the same id and the same content is answered like the "
            "first and has no further effect; with other content it is refused."
        ),
        "examples": ["bot-7-000123"],
    },
    "quote_amount": {
        **_OPTIONAL_DECIMAL,
        "description": "Market orders only, in place of `volume`: how much quote currency to spend or to receive.",
    },
    "max_slippage": {
        **_OPTIONAL_DECIMAL,
        "description": "Market orders only: how far from the best price it may trade, 0.01 is 1 %. Default 0.1.",
    },
}
ORDER_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["market", "side"],
    "properties": ORDER_FIELDS,
    "examples": [{"market": "btcusd", "side": "buy", "volume": "0.1", "price": "20000.5", "ord_type": "limit"}],
}
#: How an order is named that is to be canceled.
CANCEL_FIELDS: Final[dict[str, Any]] = {
    "id": {"type": ["integer", "string"], "description": "The order's id or UUID."},
    "client_order_id": ORDER_FIELDS["client_order_id"],
}
_CANCEL_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["action"],
    "properties": {"action": {"const": "cancel"}, **CANCEL_FIELDS},
}
_PLACE_SCHEMA: Final[dict[str, Any]] = {
    **ORDER_SCHEMA,
    "properties": {"action": {"const": "place", "default": "place"}, **ORDER_FIELDS},
    "examples": [],
}
BATCH_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "items": {
            "type": "array",
            "minItems": 1,
            "maxItems": ITEMS_MAX,
            "items": {"anyOf": [_PLACE_SCHEMA, _CANCEL_SCHEMA]},
        }
    },
    "examples": [
        {
            "items": [
                {"action": "cancel", "id": 41},
                {
                    "market": "btcusd",
                    "side": "buy",
                    "volume": "0.1",
                    "price": "20000.5",
                    "client_order_id": "bot-7-124",
                },
            ]
        }
    ],
}

_NOTHING_DONE: Final = (errors.OVERLOADED.code, errors.ENGINE_UNAVAILABLE.code)
_NOBODY_KNOWS: Final = (errors.OUTCOME_UNKNOWN.code,)
_PLACE_ERRORS: Final = (
    "market.order.missing_market",
    "market.market.doesnt_exist_or_not_enabled",
    "market.order.missing_side",
    "market.order.invalid_side",
    "market.order.missing_volume",
    "market.order.non_decimal_volume",
    "market.order.non_positive_volume",
    "market.order.missing_price",
    "market.order.non_decimal_price",
    "market.order.non_positive_price",
    "market.order.market_order_price",
    "market.order.invalid_ord_type",
    "market.order.invalid_volume_or_price",
    "market.order.invalid_time_in_force",
    "market.order.invalid_post_only",
    "market.order.invalid_stp",
    "market.order.invalid_client_order_id",
    "market.order.client_order_id_reused",
    "market.order.contradicting_terms",
    "market.order.post_only_would_take",
    "market.order.fill_or_kill_unfillable",
    "market.order.insufficient_market_liquidity",
    "market.order.total_below_minimum",
    "market.order.market_is_post_only",
    "market.order.market_is_limit_only",
    "market.account.insufficient_balance",
    "market.order.create_error",
)

PLACE: Final = Endpoint(
    "POST",
    "/market/orders",
    tag="Market",
    summary="Place an order.",
    description=(
        "Answers the order as it is after matching, once it is durable. Fields may come as JSON, as a form, or in the "
        "query string; numbers as texts or as JSON numbers, whose digits are kept as they are."
    ),
    returns=Order,
    status=201,
    private=True,
    scope="trade",
    body=OrderBody,
    body_schema=ORDER_SCHEMA,
    errors={
        403: ("market.trade.not_permitted",),
        422: _PLACE_ERRORS,
        503: (*_NOTHING_DONE, "market.order.client_order_ids_exhausted"),
        504: _NOBODY_KNOWS,
    },
)
CANCEL: Final = Endpoint(
    "POST",
    "/market/orders/{id}/cancel",
    tag="Market",
    summary="Cancel an order.",
    description=(
        "Answers the order as it is after that, with state `cancel`: it is canceled and its funds are free, durably. "
        "The body may be empty, `null`, or anything else; the path names the order."
    ),
    returns=Order,
    status=201,
    private=True,
    scope="trade",
    errors={
        404: (errors.NOT_FOUND.code,),
        422: (errors.INVALID_ORDER_ID.code, errors.ORDER_NOT_OPEN.code),
        503: _NOTHING_DONE,
        504: _NOBODY_KNOWS,
    },
    path_parameters={"id": "The order's id or UUID."},
)
BATCH: Final = Endpoint(
    "POST",
    "/market/orders/batch",
    tag="Market",
    summary="Place and cancel up to 200 orders.",
    description=(
        "Every item gets its own outcome, at its place in the answer: `status` and `order` or `errors` as a request of "
        "its own would have got. Items are decided in order, but it is no transaction: those before a failing one stay."
    ),
    returns=list[ItemOutcome],
    status=201,
    private=True,
    scope="trade",
    body=Envelope,
    body_schema=BATCH_SCHEMA,
    errors={
        422: ("market.batch.invalid_items", "market.batch.empty_items", "market.batch.too_many_items"),
        503: _NOTHING_DONE,
        504: _NOBODY_KNOWS,
    },
)

ENDPOINTS: Final = (PLACE, CANCEL, BATCH)
assert set(ORDER_FIELDS) == set(OrderBody.__struct_fields__), "every field of an order is described"
assert set(BatchItem.__struct_fields__) - set(ORDER_FIELDS) == {"action", "id"}, "and every field of a batch item"
