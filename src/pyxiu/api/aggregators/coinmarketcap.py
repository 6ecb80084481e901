"""GET /coinmarketcap/…: summary, assets, ticker, order book and trades in the shapes that CoinMarketCap collects."""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.aggregators.pairs import PAIR_PATH, best_levels, listed_markets, market_of_pair
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.params import Integer, Query
from pyxiu.api.wire.market_data import Level, change_percent, levels_texts
from pyxiu.api.wire.texts import Decimal, Number, number
from pyxiu.catalog.model import MarketStatus, plain
from pyxiu.core.interface import Depth as Levels
from pyxiu.core.types import MarketId, Side
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.reads.trades import public_trades

DEPTH_MAX: Final = 500
#: Depth 0 is all; a side of a book is bounded all the same.
SIDE_LEVELS_MAX: Final = 1_000
TRADES_LIMIT: Final = 1_000
NS_PER_MS: Final = 1_000_000


class Summary(msgspec.Struct, frozen=True):
    trading_pairs: str
    base_currency: str
    quote_currency: str
    last_price: Decimal
    lowest_ask: Decimal
    highest_bid: Decimal
    base_volume: Decimal
    quote_volume: Decimal
    price_change_percent_24h: Annotated[str, msgspec.Meta(examples=["+1.23%"])]
    highest_price_24h: Decimal
    lowest_price_24h: Decimal


class Asset(msgspec.Struct, frozen=True):
    name: str
    can_withdraw: bool
    can_deposit: bool
    min_withdraw: Decimal
    unified_cryptoasset_id: int | UnsetType = UNSET


class PairTicker(msgspec.Struct, frozen=True):
    last_price: Decimal
    base_volume: Decimal
    quote_volume: Decimal
    isFrozen: Annotated[int, msgspec.Meta(description="1 while the market takes no orders.")]  # noqa: N815
    base_id: int | UnsetType = UNSET
    quote_id: int | UnsetType = UNSET


class Book(msgspec.Struct, frozen=True):
    timestamp: Annotated[int, msgspec.Meta(description="Unix time in milliseconds.")]
    asks: list[Level]
    bids: list[Level]


class PairTrade(msgspec.Struct, frozen=True):
    trade_id: int
    price: Number
    base_volume: Number
    quote_volume: Number
    timestamp: Annotated[int, msgspec.Meta(description="Unix time in milliseconds.")]
    type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["buy", "sell"]})]


class DepthQuery(Query, frozen=True):
    depth: Annotated[
        int,
        Integer(
            0,
            DEPTH_MAX,
            "coinmarketcap.orderbook.non_integer_depth",
            "coinmarketcap.orderbook.invalid_depth",
            "Levels of both sides together; 0 is all.",
        ),
    ] = 0


@endpoint("GET", "/coinmarketcap/summary", tag="CoinMarketCap", returns=list[Summary])
async def show_summary(call: Call[NoQuery]) -> Reply:
    """All listed markets at a glance."""
    summaries = []
    for market, rules, figures in await listed_markets(call.edge):
        bid, ask = best_levels(call.edge, rules)
        digits = rules.price_precision
        summaries.append(
            Summary(
                trading_pairs=f"{market.base_unit}_{market.quote_unit}".upper(),
                base_currency=market.base_unit.upper(),
                quote_currency=market.quote_unit.upper(),
                last_price=format_decimal(figures.last, digits),
                lowest_ask=format_decimal(ask, digits),
                highest_bid=format_decimal(bid, digits),
                base_volume=format_decimal(figures.volume, rules.amount_precision),
                quote_volume=format_decimal(figures.quote_volume, rules.quote_decimals),
                price_change_percent_24h=change_percent(figures.open, figures.last),
                highest_price_24h=format_decimal(figures.high, digits),
                lowest_price_24h=format_decimal(figures.low, digits),
            )
        )
    return Reply(summaries)


@endpoint("GET", "/coinmarketcap/assets", tag="CoinMarketCap", returns=dict[str, Asset])
async def list_assets(call: Call[NoQuery]) -> Reply:
    """All visible currencies, by code."""
    currencies = (await call.edge.catalog.currencies()).values()
    return Reply(
        {
            currency.id.upper(): Asset(
                name=currency.name,
                can_withdraw=currency.can_withdraw,
                can_deposit=currency.can_deposit,
                min_withdraw=plain(currency.first_network.min_withdraw_amount),
            )
            for currency in currencies
            if currency.visible
        }
    )


@endpoint("GET", "/coinmarketcap/ticker", tag="CoinMarketCap", returns=dict[str, PairTicker])
async def list_pair_tickers(call: Call[NoQuery]) -> Reply:
    """Price and volume of all listed markets, by pair."""
    return Reply(
        {
            listed.pair: PairTicker(
                last_price=format_decimal(listed.figures.last, listed.rules.price_precision),
                base_volume=format_decimal(listed.figures.volume, listed.rules.amount_precision),
                quote_volume=format_decimal(listed.figures.quote_volume, listed.rules.quote_decimals),
                isFrozen=0 if listed.market.state is MarketStatus.ENABLED else 1,
            )
            for listed in await listed_markets(call.edge)
        }
    )


@endpoint(
    "GET",
    "/coinmarketcap/orderbook/{market_pair}",
    tag="CoinMarketCap",
    query=DepthQuery,
    returns=Book,
    path_parameters=PAIR_PATH,
    errors={
        404: ("record.not_found",),
        422: ("coinmarketcap.orderbook.non_integer_depth", "coinmarketcap.orderbook.invalid_depth"),
    },
)
async def show_pair_book(call: Call[DepthQuery]) -> Reply:
    """A pair's price levels; half of `depth` from each side."""
    rules = await market_of_pair(call.edge, call.path["market_pair"])
    services = call.edge.services
    limit = max(1, call.query.depth // 2) if call.query.depth else SIDE_LEVELS_MAX
    levels = services.book.depth(MarketId(rules.market), limit) or Levels([], [])
    now_ms = services.clock.now_ns() // NS_PER_MS
    return Reply(Book(now_ms, levels_texts(levels.asks, rules), levels_texts(levels.bids, rules)))


@endpoint(
    "GET",
    "/coinmarketcap/trades/{market_pair}",
    tag="CoinMarketCap",
    returns=list[PairTrade],
    path_parameters=PAIR_PATH,
    errors={404: ("record.not_found",)},
)
async def list_pair_trades(call: Call[NoQuery]) -> Reply:
    """A pair's latest trades, newest first."""
    rules = await market_of_pair(call.edge, call.path["market_pair"])
    return Reply(
        [
            PairTrade(
                trade_id=trade.trade_id,
                price=number(trade.price, rules.price_precision),
                base_volume=number(trade.quantity, rules.amount_precision),
                quote_volume=number(trade.quote_amount, rules.quote_decimals),
                timestamp=trade.executed_ns // NS_PER_MS,
                type="buy" if trade.taker_side is Side.BUY else "sell",
            )
            for trade in await public_trades(call.edge.pool, MarketId(rules.market), TRADES_LIMIT)
        ]
    )


ENDPOINTS: Final = (show_summary, list_assets, list_pair_tickers, show_pair_book, list_pair_trades)
