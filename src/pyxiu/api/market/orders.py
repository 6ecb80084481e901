"""GET /market/orders, /market/orders/{id} and /market/orders/by_client_id/{client_order_id}: a member's orders.

Invariant: a member sees its own orders only, and what it was told has happened is in what it reads next. Limit: lists
go as deep as the projections allow; who needs older orders narrows the time.
"""

from typing import Annotated, Final
from uuid import UUID

from pyxiu.api import errors
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.market.cancel_order import order_id_from
from pyxiu.api.market.order_body import CLIENT_ORDER_ID
from pyxiu.api.market.ranges import From, To, ns_of
from pyxiu.api.pagination import PAGE_MAX, page_headers
from pyxiu.api.params import Choice, Integer, Query, Text, Words
from pyxiu.api.wire.orders import KINDS, SIDES, Order, order_entity, status_of
from pyxiu.api.wire.trades import trade_entity
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import AssetId, MarketId, MemberId, OrderStatus
from pyxiu.kit.ids import order_uuid
from pyxiu.projections.reads.orders import OrderFilter, order_by_client_id, order_by_id, orders_of_member
from pyxiu.projections.reads.paging import Page, PageTooDeepError
from pyxiu.projections.reads.trades import trades_of_order

ORDERS_LIMIT_MAX: Final = 1_000
UUID_DIGITS: Final = 32
STATES: Final = ("pending", "wait", "done", "cancel", "reject")
NO_MARKET: Final = WireError(422, "market.market.doesnt_exist")
PAGE_TOO_DEEP: Final = WireError(422, "pagination.page_too_deep")
INVALID_CLIENT_ORDER_ID: Final = WireError(422, "market.order.invalid_client_order_id")

_SIDES: Final = {word: side for side, word in SIDES.items()}
_KINDS: Final = {word: kind for kind, word in KINDS.items()}


class OrdersQuery(Query, frozen=True):
    market: Annotated[tuple[str, ...] | None, Words(NO_MARKET.code, "Only orders of this market, or of these.")] = None
    base_unit: Annotated[str | None, Text("market.market.doesnt_exist", "Only orders of markets with this base.")] = (
        None
    )
    quote_unit: Annotated[str | None, Text("market.market.doesnt_exist", "Only orders of markets with this quote.")] = (
        None
    )
    state: Annotated[
        tuple[str, ...] | None,
        Words("market.order.invalid_state", "Only orders in this state, or in these.", STATES),
    ] = None
    limit: Annotated[
        int,
        Integer(0, ORDERS_LIMIT_MAX, "market.order.non_integer_limit", "market.order.invalid_limit", "Rows on a page."),
    ] = 100
    page: Annotated[
        int, Integer(1, PAGE_MAX, "market.order.non_integer_page", "market.order.non_positive_page", "Which page.")
    ] = 1
    order_by: Annotated[
        str, Choice(("asc", "desc"), "market.order.invalid_order_by", "By last change: oldest or newest first.")
    ] = "desc"
    ord_type: Annotated[
        str | None, Choice(("limit", "market"), "market.order.invalid_ord_type", "Only orders of this kind.")
    ] = None
    type: Annotated[str | None, Choice(("buy", "sell"), "market.order.invalid_type", "Only orders of this side.")] = (
        None
    )
    time_from: From = None
    time_to: To = None


@endpoint(
    "GET",
    "/market/orders",
    tag="Market",
    private=True,
    query=OrdersQuery,
    returns=list[Order],
    headers=paginated(total=False),
    errors={
        422: (
            "market.market.doesnt_exist",
            "market.order.invalid_state",
            "market.order.non_integer_limit",
            "market.order.invalid_limit",
            "market.order.invalid_order_by",
            "market.order.invalid_ord_type",
            "market.order.invalid_type",
            "pagination.page_too_deep",
        )
    },
)
async def list_orders(call: Call[OrdersQuery]) -> Reply:
    """Your orders, the last changed first. There is no Total: ask for the next page to see whether there is one."""
    query = call.query
    markets = await call.edge.rulebook.rules()
    if not set(query.market or ()) <= markets.keys():
        raise refuse(NO_MARKET)
    page = Page(query.limit, query.page)
    try:
        found = await orders_of_member(
            call.edge.pool, MemberId(call.uid), _filter(query), page, newest_first=query.order_by == "desc"
        )
    except PageTooDeepError:
        raise refuse(PAGE_TOO_DEEP) from None
    markets = await call.edge.rulebook.covering(order.market for order in found)
    entities = [order_entity(order, markets[order.market]) for order in found]
    return Reply(entities, headers=page_headers(limit=query.limit, page=query.page))


@endpoint(
    "GET",
    "/market/orders/{id}",
    tag="Market",
    private=True,
    returns=Order,
    errors={404: ("record.not_found",), 422: (errors.INVALID_ORDER_ID.code,)},
    path_parameters={"id": "The order's id or UUID."},
)
async def show_order(call: Call[NoQuery]) -> Reply:
    """One of your orders, with its trades."""
    reference = call.path["id"]
    order_id = order_id_from(reference)
    if order_id is None:
        raise refuse(errors.INVALID_ORDER_ID)
    order = await order_by_id(call.edge.pool, order_id, MemberId(call.uid))
    is_uuid = len(reference) >= UUID_DIGITS
    if order is not None and is_uuid and UUID(reference) != order_uuid(order.order_id, order.created_ns):
        order = None
    return await _shown(call, order)


@endpoint(
    "GET",
    "/market/orders/by_client_id/{client_order_id}",
    tag="Market",
    private=True,
    returns=Order,
    errors={404: ("record.not_found",), 422: (INVALID_CLIENT_ORDER_ID.code,)},
    path_parameters={"client_order_id": "What you named the order."},
)
async def show_order_by_client_id(call: Call[NoQuery]) -> Reply:
    """Your latest order under a client order id, with its trades."""
    client_order_id = call.path["client_order_id"]
    if CLIENT_ORDER_ID.fullmatch(client_order_id) is None:
        raise refuse(INVALID_CLIENT_ORDER_ID)
    return await _shown(call, await order_by_client_id(call.edge.pool, MemberId(call.uid), client_order_id))


async def _shown(call: Call[NoQuery], order: OrderState | None) -> Reply:
    if order is None:
        raise refuse(errors.NOT_FOUND)
    rules = await call.edge.rulebook.of(order.market)
    trades = await trades_of_order(call.edge.pool, order.order_id)
    return Reply(order_entity(order, rules, [trade_entity(trade, rules) for trade in trades]))


def _filter(query: OrdersQuery) -> OrderFilter:
    statuses: tuple[OrderStatus, ...] | None = None
    if query.state is not None:
        statuses = tuple(status for state in query.state if (status := status_of(state)) is not None)
    return OrderFilter(
        markets=None if query.market is None else tuple(MarketId(market) for market in query.market),
        base=None if query.base_unit is None else AssetId(query.base_unit.lower()),
        quote=None if query.quote_unit is None else AssetId(query.quote_unit.lower()),
        statuses=statuses,
        kind=None if query.ord_type is None else _KINDS[query.ord_type],
        side=None if query.type is None else _SIDES[query.type],
        from_ns=ns_of(query.time_from),
        to_ns=ns_of(query.time_to),
    )


ENDPOINTS: Final = (list_orders, show_order, show_order_by_client_id)
