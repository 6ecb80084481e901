"""GET /coingecko/…: pairs, tickers, order book and trades in the shapes that CoinGecko collects."""

from typing import Annotated, Final

import msgspec

from pyxiu.api.aggregators.pairs import best_levels, listed_markets, market_of_pair
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.params import Choice, Integer, Query, Text
from pyxiu.api.public.market_data import TIME_S_MAX
from pyxiu.api.rules import MarketRules
from pyxiu.api.wire.market_data import Level, levels_texts
from pyxiu.api.wire.texts import Decimal, Number, number
from pyxiu.core.interface import Depth as Levels
from pyxiu.core.types import MarketId, Side
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.reads.trades import PublicTrade, public_trades

LIMIT_MAX: Final = 1_000
NS_PER_S: Final = 10**9
NS_PER_MS: Final = 10**6
MISSING: Final = "coingecko.ticker.missing_{name}"


class Pair(msgspec.Struct, frozen=True):
    ticker_id: Annotated[str, msgspec.Meta(examples=["BTC_USD"])]
    base: str
    target: str


class PairTicker(msgspec.Struct, frozen=True):
    ticker_id: str
    base_currency: str
    target_currency: str
    last_price: Decimal
    base_volume: Decimal
    target_volume: Decimal
    bid: Decimal
    ask: Decimal
    high: Decimal
    low: Decimal


class Book(msgspec.Struct, frozen=True):
    ticker_id: str
    timestamp: Annotated[int, msgspec.Meta(description="Unix time in milliseconds.")]
    asks: list[Level]
    bids: list[Level]


class HistoricalTrade(msgspec.Struct, frozen=True):
    trade_id: int
    price: Number
    base_volume: Number
    target_volume: Number
    trade_timestamp: Annotated[int, msgspec.Meta(description="Unix time in milliseconds.")]
    type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["buy", "sell"]})]


class HistoricalTrades(msgspec.Struct, frozen=True):
    """By what the taker did."""

    buy: list[HistoricalTrade]
    sell: list[HistoricalTrade]


TickerId = Annotated[str, Text("coingecko.ticker.invalid_ticker_id", "Base and target, such as BTC_USD.")]


class BookQuery(Query, frozen=True):
    ticker_id: TickerId
    depth: Annotated[
        int,
        Integer(
            0,
            LIMIT_MAX,
            "coingecko.orderbook.non_integer_depth",
            "coingecko.orderbook.invalid_depth",
            "Levels of both sides together; 0 is all.",
        ),
    ] = 0


class TradesQuery(Query, frozen=True):
    ticker_id: TickerId
    type: Annotated[
        str | None,
        Choice(("buy", "sell"), "coingecko.historical_trades.invalid_type", "Only what takers bought, or sold."),
    ] = None
    limit: Annotated[
        int,
        Integer(
            0,
            LIMIT_MAX,
            "coingecko.historical_trades.non_integer_limit",
            "coingecko.historical_trades.invalid_limit",
            "How many of the latest trades to look at; 0 is as many as there may be.",
        ),
    ] = 0
    start_time: Annotated[
        int | None,
        Integer(
            0,
            TIME_S_MAX,
            "coingecko.historical_trades.non_integer_start_time",
            "coingecko.historical_trades.invalid_start_time",
            "Only trades from here on, unix seconds.",
        ),
    ] = None
    end_time: Annotated[
        int | None,
        Integer(
            0,
            TIME_S_MAX,
            "coingecko.historical_trades.non_integer_end_time",
            "coingecko.historical_trades.invalid_end_time",
            "Only trades up to here, unix seconds.",
        ),
    ] = None


@endpoint("GET", "/coingecko/pairs", tag="CoinGecko", returns=list[Pair])
async def list_pairs(call: Call[NoQuery]) -> Reply:
    """All listed pairs."""
    return Reply(
        [
            Pair(listed.pair, listed.market.base_unit.upper(), listed.market.quote_unit.upper())
            for listed in await listed_markets(call.edge)
        ]
    )


@endpoint("GET", "/coingecko/tickers", tag="CoinGecko", returns=list[PairTicker])
async def list_gecko_tickers(call: Call[NoQuery]) -> Reply:
    """Price, volume and spread of all listed markets."""
    tickers = []
    for listed in await listed_markets(call.edge):
        market, rules, figures = listed
        bid, ask = best_levels(call.edge, rules)
        digits = rules.price_precision
        tickers.append(
            PairTicker(
                ticker_id=listed.pair,
                base_currency=market.base_unit.upper(),
                target_currency=market.quote_unit.upper(),
                last_price=format_decimal(figures.last, digits),
                base_volume=format_decimal(figures.volume, rules.amount_precision),
                target_volume=format_decimal(figures.quote_volume, rules.quote_decimals),
                bid=format_decimal(bid, digits),
                ask=format_decimal(ask, digits),
                high=format_decimal(figures.high, digits),
                low=format_decimal(figures.low, digits),
            )
        )
    return Reply(tickers)


@endpoint(
    "GET",
    "/coingecko/orderbook",
    tag="CoinGecko",
    query=BookQuery,
    returns=Book,
    missing=MISSING,
    errors={
        404: ("record.not_found",),
        422: (
            "coingecko.ticker.missing_ticker_id",
            "coingecko.orderbook.non_integer_depth",
            "coingecko.orderbook.invalid_depth",
        ),
    },
)
async def show_gecko_book(call: Call[BookQuery]) -> Reply:
    """A pair's price levels; half of `depth` from each side."""
    query, services = call.query, call.edge.services
    rules = await market_of_pair(call.edge, query.ticker_id)
    limit = max(1, query.depth // 2) if query.depth else LIMIT_MAX
    levels = services.book.depth(MarketId(rules.market), limit) or Levels([], [])
    now_ms = services.clock.now_ns() // NS_PER_MS
    asks, bids = levels_texts(levels.asks, rules), levels_texts(levels.bids, rules)
    return Reply(Book(f"{rules.base}_{rules.quote}".upper(), now_ms, asks, bids))


@endpoint(
    "GET",
    "/coingecko/historical_trades",
    tag="CoinGecko",
    query=TradesQuery,
    returns=HistoricalTrades,
    missing=MISSING,
    errors={
        404: ("record.not_found",),
        422: (
            "coingecko.ticker.missing_ticker_id",
            "coingecko.historical_trades.invalid_type",
            "coingecko.historical_trades.non_integer_limit",
            "coingecko.historical_trades.invalid_limit",
        ),
    },
)
async def list_historical_trades(call: Call[TradesQuery]) -> Reply:
    """A pair's latest trades, newest first, by what the taker did."""
    query = call.query
    rules = await market_of_pair(call.edge, query.ticker_id)
    found = await public_trades(call.edge.pool, MarketId(rules.market), query.limit or LIMIT_MAX)
    trades = [historical_trade(trade, rules) for trade in found if _within(trade, query)]
    return Reply(
        HistoricalTrades(
            buy=[trade for trade in trades if trade.type == "buy" and query.type != "sell"],
            sell=[trade for trade in trades if trade.type == "sell" and query.type != "buy"],
        )
    )


def historical_trade(trade: PublicTrade, rules: MarketRules) -> HistoricalTrade:
    return HistoricalTrade(
        trade_id=trade.trade_id,
        price=number(trade.price, rules.price_precision),
        base_volume=number(trade.quantity, rules.amount_precision),
        target_volume=number(trade.quote_amount, rules.quote_decimals),
        trade_timestamp=trade.executed_ns // NS_PER_MS,
        type="buy" if trade.taker_side is Side.BUY else "sell",
    )


def _within(trade: PublicTrade, query: TradesQuery) -> bool:
    at_s = trade.executed_ns // NS_PER_S
    return (query.start_time or 0) <= at_s <= (TIME_S_MAX if query.end_time is None else query.end_time)


ENDPOINTS: Final = (list_pairs, list_gecko_tickers, show_gecko_book, list_historical_trades)
