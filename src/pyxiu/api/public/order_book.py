"""GET /public/markets/{market}/order-book and /depth: what is on offer, order by order and level by level.

Invariant: only committed orders are shown, and none of them can be traced to its owner. Limit: the book is read from
the projection, depth from the follower in memory; each is as fresh as its own cursor.
"""

from typing import Annotated, Final

from pyxiu.api.endpoint import Call, Reply, endpoint
from pyxiu.api.params import Integer, Query
from pyxiu.api.wire.market_data import Depth, OrderBook, book_order_entity, depth_entity
from pyxiu.core.interface import Depth as Levels
from pyxiu.core.types import MarketId, Side
from pyxiu.projections.reads.orders import book_orders

BOOK_LIMIT_MAX: Final = 200
DEPTH_LIMIT_MAX: Final = 1_000
MARKET_PATH: Final = {"market": "The market's id, such as btcusd."}


class OrderBookQuery(Query, frozen=True):
    asks_limit: Annotated[
        int,
        Integer(
            1,
            BOOK_LIMIT_MAX,
            "public.order_book.non_integer_ask_limit",
            "public.order_book.invalid_ask_limit",
            "How many asks.",
        ),
    ] = 20
    bids_limit: Annotated[
        int,
        Integer(
            1,
            BOOK_LIMIT_MAX,
            "public.order_book.non_integer_bid_limit",
            "public.order_book.invalid_bid_limit",
            "How many bids.",
        ),
    ] = 20


class DepthQuery(Query, frozen=True):
    limit: Annotated[
        int,
        Integer(
            1,
            DEPTH_LIMIT_MAX,
            "public.market_depth.non_integer_limit",
            "public.market_depth.invalid_limit",
            "How many levels a side.",
        ),
    ] = 300


@endpoint(
    "GET",
    "/public/markets/{market}/order-book",
    tag="Public",
    query=OrderBookQuery,
    returns=OrderBook,
    path_parameters=MARKET_PATH,
    errors={
        422: (
            "public.market.doesnt_exist",
            "public.order_book.non_integer_ask_limit",
            "public.order_book.invalid_ask_limit",
            "public.order_book.non_integer_bid_limit",
            "public.order_book.invalid_bid_limit",
        )
    },
)
async def show_order_book(call: Call[OrderBookQuery]) -> Reply:
    """The orders that stand in a market's book.

    `id`, `uuid` and the fees are null: the book is public, whose orders these are is not.
    """
    rules = await call.edge.readable_market(call.path["market"])
    market, pool = MarketId(rules.market), call.edge.pool
    asks = await book_orders(pool, market, Side.SELL, call.query.asks_limit)
    bids = await book_orders(pool, market, Side.BUY, call.query.bids_limit)
    return Reply(
        OrderBook(
            asks=[book_order_entity(order, rules) for order in asks],
            bids=[book_order_entity(order, rules) for order in bids],
        )
    )


@endpoint(
    "GET",
    "/public/markets/{market}/depth",
    tag="Public",
    query=DepthQuery,
    returns=Depth,
    path_parameters=MARKET_PATH,
    errors={
        422: (
            "public.market.doesnt_exist",
            "public.market_depth.non_integer_limit",
            "public.market_depth.invalid_limit",
        )
    },
)
async def show_depth(call: Call[DepthQuery]) -> Reply:
    """A market's price levels, both sides best first."""
    edge = call.edge
    rules = await edge.readable_market(call.path["market"])
    levels = edge.services.book.depth(MarketId(rules.market), call.query.limit) or Levels([], [])
    return Reply(depth_entity(levels, rules, edge.now_s()))


ENDPOINTS: Final = (show_order_book, show_depth)
