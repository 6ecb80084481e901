"""Requests as real clients send them: without content types, as forms, with bodies where none belongs, in any case."""

import pytest

from tests.support.api import PREFIX, Exchange, Trader

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON_BODY = b'{"market":"btcusd","side":"buy","volume":"0.01","price":"100"}'


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (JSON_BODY, None),
        (JSON_BODY, "application/json"),
        (JSON_BODY, "text/plain"),
        (JSON_BODY, "application/x-www-form-urlencoded"),
        (b"  \n" + JSON_BODY + b"\n", "application/json; charset=utf-8"),
        (b"market=btcusd&side=buy&volume=0.01&price=100", "application/x-www-form-urlencoded"),
        (b"market=btcusd&side=buy&volume=0.01&price=100", None),
        (b"market=btcusd&side=buy&volume=0.01&price=100&ord_type=limit", "application/json"),
        (b'{"market":"BTCUSD","side":"BUY","volume":0.01,"price":100,"ord_type":"Limit","foo":[{}]}', None),
        (b'{"market":"btcusd","side":"sell","side":"buy","volume":1.0e-2,"price":1e2}', None),
    ],
)
async def test_an_order_in_many_shapes(exchange: Exchange, content: bytes, content_type: str | None) -> None:
    alice = await exchange.member(usd="1000")
    headers = {"Content-Type": content_type} if content_type else {}
    response = await alice.post("/market/orders", content=content, headers=headers)
    assert response.status_code == 201, response.text
    order = response.json()
    assert (order["market"], order["side"], order["origin_volume"], order["price"]) == (
        "btcusd",
        "buy",
        "0.01",
        "100.0",
    )


async def test_an_order_in_the_query_string(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    response = await alice.post("/market/orders?market=btcusd&side=buy&volume=0.01&price=100")
    assert response.status_code == 201
    mixed = await alice.post("/market/orders?market=btcusd&side=sell", json={"side": "buy", "volume": 1, "price": 100})
    assert (mixed.status_code, mixed.json()["side"]) == (201, "buy")


@pytest.mark.parametrize("content", [b"garbage", b"[1]", b"{", b"\xff\xfe", b'"text"', b"[" * 10_000])
async def test_what_cannot_be_read_is_400(exchange: Exchange, content: bytes) -> None:
    alice = await exchange.member(usd="1000")
    response = await alice.post("/market/orders", content=content)
    assert (response.status_code, response.json()["errors"]) == (400, ["server.method.invalid_message_body"])
    response = await alice.post("/market/orders/cancel", content=content)
    assert (response.status_code, response.json()["errors"]) == (400, ["server.method.invalid_message_body"])


async def order_of(alice: Trader) -> str:
    return str((await alice.place(side="buy", volume="0.01", price="100"))["id"])


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", None),
        (b"", "application/json"),
        (b"null", "application/json"),
        (b"{}", "application/json"),
        (b'{"id":1}', "application/json"),
        (b"id=1", "application/x-www-form-urlencoded"),
        (b"whatever", "text/plain"),
    ],
)
async def test_a_cancel_with_any_body(exchange: Exchange, content: bytes, content_type: str | None) -> None:
    alice = await exchange.member(usd="1000")
    headers = {"Content-Type": content_type} if content_type else {}
    response = await alice.post(f"/market/orders/{await order_of(alice)}/cancel", content=content, headers=headers)
    assert (response.status_code, response.json()["state"]) == (201, "cancel")
    await order_of(alice)
    if content in {b"", b"null", b"{}"}:
        everything = await alice.post("/market/orders/cancel", content=content, headers=headers)
        assert (everything.status_code, len(everything.json())) == (201, 1)


async def test_a_get_with_a_body_is_a_get(exchange: Exchange) -> None:
    async def pieces() -> object:
        yield b""
        yield b"{}"

    response = await exchange.anyone.request("GET", f"{PREFIX}/public/markets", content=pieces())  # type: ignore[arg-type]
    assert response.status_code == 200
    empty = await exchange.anyone.request("GET", f"{PREFIX}/public/markets", content=b"null")
    assert empty.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/public/currencies/BTC",
        "/public/markets/BTCUSD/depth",
        "/public/markets/BTCUSD/tickers",
        "/public/markets?base_unit=BTC&ordering=ASC",
        "/public/currencies?type=COIN",
        "/coinmarketcap/orderbook/btc_usd",
        "/coingecko/orderbook?ticker_id=btc_usd",
    ],
)
async def test_ids_come_in_upper_and_lower_case(exchange: Exchange, path: str) -> None:
    assert (await exchange.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "record.not_found"),
        ("GET", "/public", 404, "record.not_found"),
        ("GET", "/public/markets/btcusd/depth/more", 404, "record.not_found"),
        ("GET", "/public/markets/%2e%2e/depth", 422, "public.market.doesnt_exist"),
        ("GET", "/public/markets/%00/depth", 404, "record.not_found"),
        ("GET", "/public/markets/%ff/depth", 422, "public.market.doesnt_exist"),
        ("GET", "/public/markets/%zz/depth", 422, "public.market.doesnt_exist"),
        ("GET", "/public/currencies/%F0%9F%92%A9", 422, "public.currency.doesnt_exist"),
        ("POST", "/public/markets", 405, "server.method_not_allowed"),
        ("DELETE", "/market/orders", 405, "server.method_not_allowed"),
        ("PUT", "/market/orders/1/cancel", 405, "server.method_not_allowed"),
        ("PATCH", "/market/orders/batch", 405, "server.method_not_allowed"),
        ("HEAD", "/public/markets", 405, None),
    ],
)
async def test_paths_and_methods_that_are_none(
    exchange: Exchange, method: str, path: str, status: int, code: str | None
) -> None:
    response = await exchange.anyone.request(method, PREFIX + path)
    assert response.status_code == status
    if code is not None:
        assert response.json() == {"errors": [code]}
    if status == 405:
        assert response.headers["allow"]


async def test_the_wrong_method_is_told_the_right_ones(exchange: Exchange) -> None:
    response = await exchange.anyone.delete(f"{PREFIX}/market/orders")
    assert response.headers["allow"] == "GET, OPTIONS, POST"
    options = await exchange.anyone.options(f"{PREFIX}/public/markets")
    assert options.status_code == 204


async def test_more_parameters_than_anyone_needs_are_400(exchange: Exchange) -> None:
    query = "&".join(f"a{number}=1" for number in range(200))
    response = await exchange.get(f"/public/markets?{query}")
    assert (response.status_code, response.json()["errors"]) == (400, ["server.method.invalid_query"])


async def test_a_body_that_is_too_large_is_413(exchange: Exchange) -> None:
    alice = await exchange.member()
    for path in ("/market/orders", "/market/orders/1/cancel", "/market/orders/cancel", "/market/orders/batch"):
        response = await alice.post(path, content=b"x" * 1_000_000)
        assert (response.status_code, response.json()["errors"]) == (413, ["server.request.body_too_large"])


@pytest.mark.parametrize("path", ["public/markets/%00/depth", "market/orders/%00", "account/withdraws/a%00b"])
async def test_a_name_with_a_nul_is_nobodys(exchange: Exchange, path: str) -> None:
    alice = await exchange.member()
    response = await alice.get(f"/{path}")
    assert (response.status_code, response.json()) == (404, {"errors": ["record.not_found"]})


@pytest.mark.parametrize("path", ["resource/labels/%00", "resource/users/activity/%00"])
async def test_a_label_with_a_nul_is_nobodys(exchange: Exchange, path: str) -> None:
    browser = await exchange.browser()
    response = await browser.request("GET", f"/api/v2/barong/{path}")
    assert (response.status_code, response.json()) == (404, {"errors": ["record.not_found"]})
