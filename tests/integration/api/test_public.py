"""What anyone may ask: lists, entities, errors and headers of the public group."""

import asyncio
import re
from typing import Any

import msgspec
import pytest

from tests.support.api import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")


async def answer(exchange: Exchange, path: str, **params: Any) -> Any:
    response = await exchange.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


async def test_currencies_are_listed_in_order_without_the_invisible(exchange: Exchange) -> None:
    response = await exchange.get("/public/currencies")
    currencies = response.json()
    assert [currency["id"] for currency in currencies] == ["btc", "eth", "trst", "usd"]
    assert (response.headers["total"], response.headers["page"], response.headers["per-page"]) == ("4", "1", "100")
    btc, eth, trst, usd = currencies
    assert (btc["explorer_transaction"], btc["min_confirmations"]) == ("https://chain.example/tx/#{txid}", 3)
    assert (btc["base_factor"], btc["precision"], btc["position"], btc["price"]) == (100_000_000, 8, 1, "20000.0")
    assert eth["icon_url"] == "/eth.svg"
    assert trst["parent_id"] == "eth"
    assert "icon_url" not in trst
    assert "parent_id" not in btc
    assert not {"explorer_transaction", "explorer_address", "min_confirmations"} & set(usd)
    for name in ("deposit_fee", "withdraw_fee", "min_deposit_amount", "withdraw_limit_24h", "withdraw_limit_72h"):
        assert DECIMAL.fullmatch(btc[name]), name


async def test_currencies_are_filtered_and_paged(exchange: Exchange) -> None:
    async def ids(**params: Any) -> list[str]:
        return [currency["id"] for currency in await answer(exchange, "/public/currencies", **params)]

    assert await ids(type="fiat") == ["usd"]
    assert await ids(type="coin") == ["btc", "eth", "trst"]
    assert await ids(limit=2) == ["btc", "eth"]
    assert await ids(limit=2, page=2) == ["trst", "usd"]
    assert await ids(limit=2, page=3) == []
    assert await ids(**{"search[code]": "T"}) == ["btc", "eth", "trst"]
    assert await ids(**{"search[name]": "trust"}) == ["trst"]
    assert await ids(search='{"code":"t","name":"bit"}') == ["btc"]
    response = await exchange.get("/public/currencies", params={"limit": 2, "page": 3})
    assert (response.headers["total"], response.headers["page"], response.headers["per-page"]) == ("4", "3", "2")


@pytest.mark.parametrize("code", ["btc", "BTC", "Btc"])
async def test_a_currency_by_its_code(exchange: Exchange, code: str) -> None:
    assert (await answer(exchange, f"/public/currencies/{code}"))["id"] == "btc"


async def test_markets_are_listed_in_order_without_the_hidden(exchange: Exchange) -> None:
    response = await exchange.get("/public/markets")
    markets = response.json()
    assert [market["id"] for market in markets] == ["btcusd", "ethusd", "ethbtc"]
    assert response.headers["total"] == "3"
    assert markets[0] == {
        "id": "btcusd",
        "name": "BTC/USD",
        "base_unit": "btc",
        "quote_unit": "usd",
        "min_price": "0.01",
        "max_price": "1000000.0",
        "min_amount": "0.0001",
        "amount_precision": 6,
        "price_precision": 2,
        "state": "enabled",
    }


async def test_markets_are_filtered_sorted_and_paged(exchange: Exchange) -> None:
    async def ids(**params: Any) -> list[str]:
        return [market["id"] for market in await answer(exchange, "/public/markets", **params)]

    assert await ids(base_unit="ETH") == ["ethusd", "ethbtc"]
    assert await ids(base_unit="eth", quote_unit="btc") == ["ethbtc"]
    assert await ids(ordering="desc") == ["ethbtc", "ethusd", "btcusd"]
    assert await ids(order_by="id") == ["btcusd", "ethbtc", "ethusd"]
    assert await ids(**{"search[base_code]": "bt"}) == ["btcusd"]
    assert await ids(**{"search[quote_name]": "dollar"}) == ["btcusd", "ethusd"]
    assert await ids(search='{"base_name":"ether","quote_code":"BTC"}') == ["ethbtc"]
    assert await ids(limit=1, page=2) == ["ethusd"]


async def test_a_hidden_market_is_readable_and_tradable(exchange: Exchange) -> None:
    alice = await exchange.member(usd="10")
    order = await alice.place(market="trstusd", side="buy", volume="1", price="0.5")
    await exchange.projected()
    assert (await answer(exchange, "/public/markets/trstusd/depth"))["bids"] == [["0.5", "1.0"]]
    assert "trstusd" not in await answer(exchange, "/public/markets/tickers")
    await alice.post(f"/market/orders/{order['id']}/cancel")


async def test_a_disabled_market_is_neither(exchange: Exchange) -> None:
    alice = await exchange.member(eth="10")
    body = {"market": "trsteth", "side": "buy", "volume": "1", "price": "0.5"}
    response = await alice.post("/market/orders", json=body)
    assert response.json()["errors"] == ["market.market.doesnt_exist_or_not_enabled"]
    response = await exchange.get("/public/markets/trsteth/depth")
    assert (response.status_code, response.json()["errors"]) == (422, ["public.market.doesnt_exist"])


async def test_depth_and_book_show_both_sides_best_first(exchange: Exchange) -> None:
    alice = await exchange.member(usd="10000", btc="2")
    for price in ("100", "102", "101", "102"):
        await alice.place(side="buy", volume="0.1", price=price)
    for price in ("205", "203", "204.5"):
        await alice.place(side="sell", volume="0.2", price=price)
    await exchange.projected()
    depth = await answer(exchange, "/public/markets/btcusd/depth")
    assert depth["bids"] == [["102.0", "0.2"], ["101.0", "0.1"], ["100.0", "0.1"]]
    assert depth["asks"] == [["203.0", "0.2"], ["204.5", "0.2"], ["205.0", "0.2"]]
    assert isinstance(depth["timestamp"], int)
    assert (await answer(exchange, "/public/markets/btcusd/depth", limit=1))["asks"] == [["203.0", "0.2"]]
    book = await answer(exchange, "/public/markets/btcusd/order-book", asks_limit=2, bids_limit=1)
    assert [order["price"] for order in book["asks"]] == ["203.0", "204.5"]
    assert [order["price"] for order in book["bids"]] == ["102.0"]


async def test_the_public_book_tells_nobodys_ids(exchange: Exchange) -> None:
    """S9 of the reference: there it gives away id and uuid of every order."""
    alice = await exchange.member(usd="10000")
    order = await alice.place(side="buy", volume="0.1", price="100", client_order_id="private-name")
    await exchange.projected()
    response = await exchange.get("/public/markets/btcusd/order-book")
    (shown,) = response.json()["bids"]
    assert shown["id"] is None
    assert shown["uuid"] is None
    assert order["uuid"] not in response.text
    assert "private-name" not in response.text
    assert alice.uid not in response.text


async def test_trades_candles_and_tickers_tell_what_happened(exchange: Exchange) -> None:
    seller, buyer = await exchange.member(eth="10"), await exchange.member(usd="10000")
    for price in ("100", "110.5", "90", "105"):
        await seller.place(market="ethusd", side="sell", volume="0.5", price=price)
        await buyer.place(market="ethusd", side="buy", volume="0.5", price=price)
    await exchange.projected()
    response = await exchange.get("/public/markets/ethusd/trades")
    newest, *_, oldest = response.json()
    assert (newest["price"], newest["amount"], newest["total"]) == (105.0, 0.5, 52.5)
    assert (oldest["price"], oldest["taker_type"], oldest["market"]) == (100.0, "buy", "ethusd")
    assert isinstance(newest["created_at"], int)
    assert '"price":110.5,' in response.text, "numbers, with the market's digits"
    assert len(await answer(exchange, "/public/markets/ethusd/trades", limit=2, order_by="asc", timestamp=5)) == 2
    ticker = await until_traded(exchange, "ethusd")
    assert (ticker["open"], ticker["high"], ticker["low"], ticker["last"]) == ("100.0", "110.5", "90.0", "105.0")
    assert (ticker["amount"], ticker["volume"], ticker["vol"]) == ("2.0", "202.75", "202.75")
    assert (ticker["avg_price"], ticker["price_change_percent"]) == ("101.37", "+5.00%")
    assert isinstance(ticker["at"], str)
    (*_, candle) = await answer(exchange, "/public/markets/ethusd/k-line", period=10080)
    assert candle[1:] == [100.0, 110.5, 90.0, 105.0, 2.0]
    assert candle[0] % (10080 * 60) == 0
    assert all(isinstance(number, int | float) for number in candle)


async def until_traded(exchange: Exchange, market: str) -> Any:
    """The ticker, as soon as the one that is remembered is old enough to be asked for anew."""
    async with asyncio.timeout(10):
        while True:
            ticker = (await answer(exchange, f"/public/markets/{market}/tickers"))["ticker"]
            if ticker["last"] != "0.0":
                return ticker
            await asyncio.sleep(0.05)


async def test_candles_follow_the_rules_for_times_and_limit(exchange: Exchange) -> None:
    seller, buyer = await exchange.member(eth="10"), await exchange.member(btc="10")
    await seller.place(market="ethbtc", side="sell", volume="1", price="0.07")
    await buyer.place(market="ethbtc", side="buy", volume="1", price="0.07")
    await exchange.projected()
    path = "/public/markets/ethbtc/k-line"
    ((start, *_),) = await answer(exchange, path, limit=1)
    assert await answer(exchange, path, time_from=start, time_to=start) == [[start, 0.07, 0.07, 0.07, 0.07, 1.0]]
    assert (await answer(exchange, path, time_from=start))[0][0] == start
    assert await answer(exchange, path, time_to=start - 60) == []
    assert await answer(exchange, path, time_from=4_000_000_000) == []


async def test_a_market_without_trades_has_zeroes(exchange: Exchange) -> None:
    ticker = (await answer(exchange, "/public/markets/trstusd/tickers"))["ticker"]
    assert {ticker[name] for name in ("open", "high", "low", "last", "volume", "amount", "vol", "avg_price")} == {"0.0"}
    assert ticker["price_change_percent"] == "+0.00%"
    assert await answer(exchange, "/public/markets/trstusd/trades") == []
    assert await answer(exchange, "/public/markets/trstusd/k-line") == []


async def test_fees_limits_and_levels(exchange: Exchange) -> None:
    fees = await answer(exchange, "/public/trading_fees")
    assert [(fee["group"], fee["market_id"], fee["maker"], fee["taker"]) for fee in fees] == [
        ("any", "any", "0.002", "0.002"),
        ("vip-0", "any", "0.001", "0.002"),
        ("vip-0", "ethbtc", "0.0", "0.0015"),
    ]
    assert [fee["id"] for fee in await answer(exchange, "/public/trading_fees", group="vip-0", ordering="desc")] == [
        3,
        2,
    ]
    assert [fee["id"] for fee in await answer(exchange, "/public/trading_fees", market_id="ethbtc")] == [3]
    assert len(await answer(exchange, "/public/trading_fees", market_id="any", order_by="taker")) == 2
    limits = await answer(exchange, "/public/withdraw_limits", kyc_level="3")
    assert [(limit["limit_24_hour"], limit["limit_1_month"]) for limit in limits] == [("1000.0", "10000.5")]
    assert len(await answer(exchange, "/public/withdraw_limits", group="any")) == 1
    levels = await answer(exchange, "/public/member-levels")
    assert levels == {name: {"minimum_level": 3} for name in ("deposit", "withdraw", "trading")}


async def test_time_and_version(exchange: Exchange) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", await answer(exchange, "/public/timestamp"))
    assert (await answer(exchange, "/public/version"))["version"] == "0.0.0"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/public/currencies?type=metal", "public.currency.invalid_type"),
        ("/public/currencies?limit=0", "pagination.invalid_limit"),
        ("/public/currencies?limit=x", "pagination.non_integer_limit"),
        ("/public/currencies?page=0", "pagination.non_positive_page"),
        ("/public/currencies?page=1.5", "pagination.non_integer_page"),
        ("/public/currencies?search=[", "public.currency.invalid_search"),
        ("/public/currencies/xyz", "public.currency.doesnt_exist"),
        ("/public/currencies/old", "public.currency.doesnt_exist"),
        ("/public/markets?ordering=up", "public.markets.invalid_ordering"),
        ("/public/markets?order_by=name", "public.markets.invalid_order_by"),
        ("/public/markets?base_unit=xyz", "public.markets.base_unit_doesnt_exist"),
        ("/public/markets?quote_unit=old", "public.markets.quote_unit_doesnt_exist"),
        ("/public/markets/xyz/order-book", "public.market.doesnt_exist"),
        ("/public/markets/btcusd/order-book?asks_limit=201", "public.order_book.invalid_ask_limit"),
        ("/public/markets/btcusd/order-book?bids_limit=x", "public.order_book.non_integer_bid_limit"),
        ("/public/markets/btcusd/trades?limit=1001", "public.trade.invalid_limit"),
        ("/public/markets/btcusd/trades?limit=", "public.trade.non_integer_limit"),
        ("/public/markets/btcusd/trades?timestamp=now", "public.trade.non_integer_timestamp"),
        ("/public/markets/btcusd/trades?order_by=id", "public.trade.invalid_order_by"),
        ("/public/markets/btcusd/depth?limit=0", "public.market_depth.invalid_limit"),
        ("/public/markets/btcusd/depth?limit=9223372036854775808", "public.market_depth.invalid_limit"),
        ("/public/markets/btcusd/k-line?period=2", "public.k_line.invalid_period"),
        ("/public/markets/btcusd/k-line?period=x", "public.k_line.non_integer_period"),
        ("/public/markets/btcusd/k-line?limit=10001", "public.k_line.invalid_limit"),
        ("/public/markets/btcusd/k-line?time_from=", "public.k_line.empty_time_from"),
        ("/public/markets/btcusd/k-line?time_to=x", "public.k_line.non_integer_time_to"),
        ("/public/markets/xyz/tickers", "public.market.doesnt_exist"),
        ("/public/trading_fees?market_id=xyz", "public.trading_fee.market_doesnt_exist"),
        ("/public/trading_fees?ordering=up", "pagination.invalid_ordering"),
        ("/public/trading_fees?order_by=secret", "pagination.invalid_order_by"),
        ("/public/withdraw_limits?order_by=", "pagination.invalid_order_by"),
    ],
)
async def test_what_is_wrong_has_its_code(exchange: Exchange, path: str, code: str) -> None:
    response = await exchange.get(path)
    assert (response.status_code, response.json()["errors"]) == (422, [code])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("bitgo/deposit", "public.webhook.cannot_perfom_bitgo_deposit"),
        ("ow-hdwallet/withdraw", "public.webhook.cannot_perfom_ow-hdwallet_withdraw"),
        ("bitgo/generic", "public.webhook.cannot_perfom_bitgo_generic"),
        ("bitgo/refund", "public.webhook.invalid_event"),
        ("%3Cb%3E/deposit", "public.webhook.invalid_adapter"),
    ],
)
async def test_no_adapter_takes_webhooks_and_none_pretends_to(exchange: Exchange, path: str, code: str) -> None:
    response = await exchange.anyone.post(f"/api/v2/peatio/public/webhooks/{path}", json={"hash": "x"})
    assert (response.status_code, response.json()["errors"]) == (422, [code])


async def test_candles_of_ten_thousand_intervals_are_answered(exchange: Exchange) -> None:
    response = await exchange.get("/public/markets/ethusd/k-line", params={"limit": 10_000})
    assert response.status_code == 200
    assert isinstance(msgspec.json.decode(response.content), list)
