"""GET /public/markets/{market}/trades, /k-line, /tickers and /public/markets/tickers: what has happened.

Invariant: numbers in trades and candles carry the market's exact digits, though they are JSON numbers and not texts,
because the dialect has them so. Limit: tickers slide by the minute and are up to a second old.
"""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.params import Choice, Integer, IntegerChoice, Query
from pyxiu.api.public.markets import UNLISTED
from pyxiu.api.public.order_book import MARKET_PATH
from pyxiu.api.wire.market_data import Ticker, ticker_entity
from pyxiu.api.wire.texts import number
from pyxiu.api.wire.trades import PublicTrade, public_trade_entity
from pyxiu.core.types import MarketId
from pyxiu.projections.candles import PERIODS
from pyxiu.projections.reads.candles import CANDLES_MAX, CandleWindow, candles
from pyxiu.projections.reads.trades import public_trades

TRADES_LIMIT_MAX: Final = 1_000
#: The year 5138; times beyond are a mistake (milliseconds, most often).
TIME_S_MAX: Final = 99_999_999_999

Point = Annotated[
    list[Any],
    msgspec.Meta(
        description="Unix seconds, open, high, low, close, volume in base.",
        extra_json_schema={
            "type": "array",
            "items": {"type": "number"},
            "minItems": 6,
            "maxItems": 6,
            "examples": [[1620813600, 20000.0, 20010.5, 19990.0, 20005.0, 1.25]],
        },
    ),
]


class TradesQuery(Query, frozen=True):
    limit: Annotated[
        int,
        Integer(
            1, TRADES_LIMIT_MAX, "public.trade.non_integer_limit", "public.trade.invalid_limit", "How many trades."
        ),
    ] = 100
    timestamp: Annotated[
        int | None,
        Integer(
            0,
            TIME_S_MAX,
            "public.trade.non_integer_timestamp",
            "public.trade.non_integer_timestamp",
            "Checked but without effect, as always in this dialect.",
        ),
    ] = None
    order_by: Annotated[
        str,
        Choice(
            ("asc", "desc"),
            "public.trade.invalid_order_by",
            "Checked but without effect: the newest trade comes first, as always in this dialect.",
        ),
    ] = "desc"


class CandlesQuery(Query, frozen=True):
    period: Annotated[
        int,
        IntegerChoice(
            PERIODS,
            "public.k_line.non_integer_period",
            "public.k_line.invalid_period",
            "Length of a candle in minutes.",
        ),
    ] = 1
    time_from: Annotated[
        int | None,
        Integer(
            0,
            TIME_S_MAX,
            "public.k_line.non_integer_time_from",
            "public.k_line.invalid_time_from",
            "Candles from here on, unix seconds. Without `time_to` the first `limit` of them.",
            empty="public.k_line.empty_time_from",
        ),
    ] = None
    time_to: Annotated[
        int | None,
        Integer(
            0,
            TIME_S_MAX,
            "public.k_line.non_integer_time_to",
            "public.k_line.invalid_time_to",
            "Candles up to here, unix seconds. With `time_from`, `limit` does not count.",
            empty="public.k_line.empty_time_to",
        ),
    ] = None
    limit: Annotated[
        int,
        Integer(
            1,
            CANDLES_MAX,
            "public.k_line.non_integer_limit",
            "public.k_line.invalid_limit",
            "How many candles at most.",
        ),
    ] = 30


@endpoint(
    "GET",
    "/public/markets/{market}/trades",
    tag="Public",
    query=TradesQuery,
    returns=list[PublicTrade],
    path_parameters=MARKET_PATH,
    errors={
        422: (
            "public.market.doesnt_exist",
            "public.trade.non_integer_limit",
            "public.trade.invalid_limit",
            "public.trade.non_integer_timestamp",
            "public.trade.invalid_order_by",
        )
    },
)
async def list_public_trades(call: Call[TradesQuery]) -> Reply:
    """The latest trades of a market, newest first."""
    rules = await call.edge.readable_market(call.path["market"])
    trades = await public_trades(call.edge.pool, MarketId(rules.market), call.query.limit)
    return Reply([public_trade_entity(trade, rules) for trade in trades])


@endpoint(
    "GET",
    "/public/markets/{market}/k-line",
    tag="Public",
    query=CandlesQuery,
    returns=list[Point],
    path_parameters=MARKET_PATH,
    errors={
        422: (
            "public.market.doesnt_exist",
            "public.k_line.non_integer_period",
            "public.k_line.invalid_period",
            "public.k_line.non_integer_time_from",
            "public.k_line.empty_time_from",
            "public.k_line.non_integer_time_to",
            "public.k_line.empty_time_to",
            "public.k_line.non_integer_limit",
            "public.k_line.invalid_limit",
        )
    },
)
async def list_candles(call: Call[CandlesQuery]) -> Reply:
    """The candles of a market, oldest first.

    A candle is `[unix seconds, open, high, low, close, volume]`, all numbers. Idle intervals repeat the last close with
    volume 0. With both times all candles between them are given, with only `time_from` the first `limit`, otherwise the
    last `limit`. Intervals begin at multiples of the period since 1970 in UTC.
    """
    query = call.query
    rules = await call.edge.readable_market(call.path["market"])
    window = CandleWindow(query.time_from, query.time_to, query.limit)
    found = await candles(call.edge.pool, MarketId(rules.market), query.period, window, call.edge.now_s())
    prices, lots = rules.price_precision, rules.amount_precision
    return Reply(
        [
            [
                candle.start_s,
                number(candle.open, prices),
                number(candle.high, prices),
                number(candle.low, prices),
                number(candle.close, prices),
                number(candle.volume, lots),
            ]
            for candle in found
        ]
    )


@endpoint("GET", "/public/markets/tickers", tag="Public", returns=dict[str, Ticker])
async def list_tickers(call: Call[NoQuery]) -> Reply:
    """The tickers of all listed markets, by market."""
    edge = call.edge
    figures = await edge.tickers.all()
    rules = await edge.rulebook.rules()
    return Reply(
        {
            market.id: ticker_entity(figures.get(MarketId(market.id)) or edge.tickers.empty(), rules[market.id])
            for market in (await edge.catalog.markets()).values()
            if market.state not in UNLISTED
        }
    )


@endpoint(
    "GET",
    "/public/markets/{market}/tickers",
    tag="Public",
    returns=Ticker,
    path_parameters=MARKET_PATH,
    errors={422: ("public.market.doesnt_exist",)},
)
async def show_ticker(call: Call[NoQuery]) -> Reply:
    """The ticker of one market."""
    rules = await call.edge.readable_market(call.path["market"])
    figures = (await call.edge.tickers.all()).get(MarketId(rules.market))
    return Reply(ticker_entity(figures or call.edge.tickers.empty(), rules))


ENDPOINTS: Final = (list_public_trades, list_candles, list_tickers, show_ticker)
