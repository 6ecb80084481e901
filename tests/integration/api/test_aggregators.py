"""Market data in the shapes of CoinMarketCap and CoinGecko."""

from typing import Any

import pytest
import pytest_asyncio

from tests.support.api import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def answer(exchange: Exchange, path: str, **params: Any) -> Any:
    response = await exchange.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def traded(exchange: Exchange, empty_books: None) -> None:
    """Two trades, a bid and two asks."""
    alice, bob = await exchange.member(btc="10"), await exchange.member(usd="100000")
    for price in ("100", "110"):
        await alice.place(side="sell", volume="1", price=price)
    await bob.place(side="buy", volume="2", price="110")
    await bob.place(side="buy", volume="1", price="90")
    for price in ("120", "130"):
        await alice.place(side="sell", volume="1", price=price)
    await exchange.projected()


async def test_coinmarketcap_summary(exchange: Exchange) -> None:
    summaries = await answer(exchange, "/coinmarketcap/summary")
    assert [summary["trading_pairs"] for summary in summaries] == ["BTC_USD", "ETH_USD", "ETH_BTC"]
    assert (summaries[0]["lowest_ask"], summaries[0]["highest_bid"]) == ("120.0", "90.0")
    assert summaries[1]["lowest_ask"] == "0.0"


async def test_coinmarketcap_assets_and_ticker(exchange: Exchange) -> None:
    assets = await answer(exchange, "/coinmarketcap/assets")
    assert assets["BTC"] == {"name": "Bitcoin", "can_withdraw": True, "can_deposit": True, "min_withdraw": "0.002"}
    assert "OLD" not in assets
    tickers = await answer(exchange, "/coinmarketcap/ticker")
    assert set(tickers) == {"BTC_USD", "ETH_USD", "ETH_BTC"}
    assert tickers["ETH_BTC"]["isFrozen"] == 0


async def test_coinmarketcap_order_book_gives_half_the_depth_of_each_side(exchange: Exchange) -> None:
    book = await answer(exchange, "/coinmarketcap/orderbook/BTC_USD")
    assert (book["bids"], book["asks"]) == ([["90.0", "1.0"]], [["120.0", "1.0"], ["130.0", "1.0"]])
    assert book["timestamp"] > 10**12
    assert len((await answer(exchange, "/coinmarketcap/orderbook/BTC_USD", depth=2))["asks"]) == 1
    assert len((await answer(exchange, "/coinmarketcap/orderbook/btc_usd", depth=0))["asks"]) == 2


async def test_coinmarketcap_trades(exchange: Exchange) -> None:
    newest, second, *_ = await answer(exchange, "/coinmarketcap/trades/BTC_USD")
    assert (newest["price"], newest["base_volume"], newest["quote_volume"], newest["type"]) == (
        110.0,
        1.0,
        110.0,
        "buy",
    )
    assert second["price"] == 100.0
    assert newest["timestamp"] > 10**12


async def test_coingecko_pairs_and_tickers(exchange: Exchange) -> None:
    assert {"ticker_id": "BTC_USD", "base": "BTC", "target": "USD"} in await answer(exchange, "/coingecko/pairs")
    ticker = (await answer(exchange, "/coingecko/tickers"))[0]
    assert (ticker["ticker_id"], ticker["bid"], ticker["ask"]) == ("BTC_USD", "90.0", "120.0")


async def test_coingecko_order_book_and_trades(exchange: Exchange) -> None:
    book = await answer(exchange, "/coingecko/orderbook", ticker_id="btc_usd", depth=2)
    assert (book["ticker_id"], book["bids"], book["asks"]) == ("BTC_USD", [["90.0", "1.0"]], [["120.0", "1.0"]])
    trades = await answer(exchange, "/coingecko/historical_trades", ticker_id="BTC_USD", limit=2)
    assert [trade["price"] for trade in trades["buy"]] == [110.0, 100.0]
    assert trades["sell"] == []
    assert (await answer(exchange, "/coingecko/historical_trades", ticker_id="BTC_USD", type="sell"))["buy"] == []
    old = await answer(exchange, "/coingecko/historical_trades", ticker_id="BTC_USD", end_time=1)
    assert old == {"buy": [], "sell": []}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/coinmarketcap/orderbook/XXX_YYY", 404, "record.not_found"),
        ("/coinmarketcap/orderbook/BTCUSD", 404, "record.not_found"),
        ("/coinmarketcap/trades/TRST_USD", 404, "record.not_found"),
        ("/coinmarketcap/orderbook/BTC_USD?depth=501", 422, "coinmarketcap.orderbook.invalid_depth"),
        ("/coinmarketcap/orderbook/BTC_USD?depth=x", 422, "coinmarketcap.orderbook.non_integer_depth"),
        ("/coingecko/orderbook", 422, "coingecko.ticker.missing_ticker_id"),
        ("/coingecko/orderbook?ticker_id=X_Y", 404, "record.not_found"),
        ("/coingecko/orderbook?ticker_id=BTC_USD&depth=1001", 422, "coingecko.orderbook.invalid_depth"),
        ("/coingecko/historical_trades?ticker_id=BTC_USD&type=x", 422, "coingecko.historical_trades.invalid_type"),
        ("/coingecko/historical_trades?ticker_id=%00", 422, "coingecko.ticker.invalid_ticker_id"),
    ],
)
async def test_what_is_wrong_has_its_code(exchange: Exchange, path: str, status: int, code: str) -> None:
    response = await exchange.get(path)
    assert (response.status_code, response.json()["errors"]) == (status, [code])
