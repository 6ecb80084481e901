"""GET /market/trades: the trades that a member was part of, as that member's half of them."""

from typing import Annotated, Final

from pyxiu.api.endpoint import Call, Reply, endpoint, paginated
from pyxiu.api.errors import refuse
from pyxiu.api.market.orders import NO_MARKET, PAGE_TOO_DEEP
from pyxiu.api.market.ranges import TradesFrom, TradesTo, ns_of
from pyxiu.api.pagination import PAGE_MAX, page_headers
from pyxiu.api.params import Choice, Integer, Query, Words
from pyxiu.api.wire.orders import SIDES
from pyxiu.api.wire.trades import Trade, trade_entity
from pyxiu.core.types import MarketId, MemberId
from pyxiu.projections.reads.paging import Page, PageTooDeepError
from pyxiu.projections.reads.trades import TradeFilter, trades_of_member

TRADES_LIMIT_MAX: Final = 1_000

_SIDES: Final = {word: side for side, word in SIDES.items()}


class TradesQuery(Query, frozen=True):
    market: Annotated[tuple[str, ...] | None, Words(NO_MARKET.code, "Only trades of this market, or of these.")] = None
    type: Annotated[
        str | None, Choice(("buy", "sell"), "market.trade.invalid_type", "Only trades in which you bought, or sold.")
    ] = None
    limit: Annotated[
        int,
        Integer(1, TRADES_LIMIT_MAX, "market.trade.non_integer_limit", "market.trade.invalid_limit", "Rows on a page."),
    ] = 100
    page: Annotated[
        int, Integer(1, PAGE_MAX, "market.trade.non_integer_page", "market.trade.non_positive_page", "Which page.")
    ] = 1
    time_from: TradesFrom = None
    time_to: TradesTo = None
    order_by: Annotated[str, Choice(("asc", "desc"), "market.trade.invalid_order_by", "Oldest or newest first.")] = (
        "desc"
    )


@endpoint(
    "GET",
    "/market/trades",
    tag="Market",
    private=True,
    query=TradesQuery,
    returns=list[Trade],
    headers=paginated(total=False),
    errors={
        422: (
            "market.market.doesnt_exist",
            "market.trade.invalid_type",
            "market.trade.non_integer_limit",
            "market.trade.invalid_limit",
            "market.trade.invalid_order_by",
            "pagination.page_too_deep",
        )
    },
)
async def list_trades(call: Call[TradesQuery]) -> Reply:
    """Your trades, newest first."""
    query = call.query
    markets = await call.edge.rulebook.rules()
    if not set(query.market or ()) <= markets.keys():
        raise refuse(NO_MARKET)
    wanted = TradeFilter(
        markets=None if query.market is None else tuple(MarketId(market) for market in query.market),
        side=None if query.type is None else _SIDES[query.type],
        from_ns=ns_of(query.time_from),
        to_ns=ns_of(query.time_to),
    )
    page = Page(query.limit, query.page)
    try:
        found = await trades_of_member(
            call.edge.pool, MemberId(call.uid), wanted, page, newest_first=query.order_by == "desc"
        )
    except PageTooDeepError:
        raise refuse(PAGE_TOO_DEEP) from None
    markets = await call.edge.rulebook.covering(trade.market for trade in found)
    entities = [trade_entity(trade, markets[trade.market]) for trade in found]
    return Reply(entities, headers=page_headers(limit=query.limit, page=query.page))


ENDPOINTS: Final = (list_trades,)
