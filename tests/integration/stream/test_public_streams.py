"""The public streams over real sockets."""

import asyncio
from typing import Any

import pytest

from pyxiu.stream.names import PERIOD_WORDS
from tests.support.api import Exchange, running_exchange
from tests.support.frames import BookClient
from tests.support.sockets import receive, say, serving_stream, until

BROKEN: list[tuple[str | bytes, str]] = [
    ("", "stream.invalid_message"),
    ("null", "stream.invalid_message"),
    ("[]", "stream.invalid_message"),
    ("{", "stream.invalid_message"),
    ('{"event":7}', "stream.invalid_message"),
    ('{"event":"order.place","id":[1]}', "stream.invalid_message"),
    ("[" * 3000, "stream.invalid_message"),
    (b"\xc1", "stream.invalid_message"),
    (b"", "stream.invalid_message"),
    ("{}", "stream.unknown_event"),
    ('{"event":"dance"}', "stream.unknown_event"),
    ('{"event":"subscribe"}', "stream.missing_streams"),
    ('{"event":"subscribe","streams":null}', "stream.missing_streams"),
    ('{"event":"unsubscribe","streams":null}', "stream.missing_streams"),
    ('{"event":"subscribe","streams":"btcusd.trades"}', "stream.invalid_streams"),
    ('{"event":"subscribe","streams":[null]}', "stream.invalid_streams"),
    ('{"event":"subscribe","streams":["btcusd.trades",1]}', "stream.invalid_streams"),
    ('{"event":"unsubscribe","streams":[{}]}', "stream.invalid_streams"),
    ('{"event":"subscribe","streams":[""]}', "stream.unknown_stream"),
    ('{"event":"subscribe","streams":["."]}', "stream.unknown_stream"),
    ('{"event":"subscribe","streams":["btcusd.ob-snap"]}', "stream.unknown_stream"),
    ('{"event":"subscribe","streams":["btcusd.kline-2m"]}', "stream.unknown_stream"),
    ('{"event":"subscribe","streams":["nosuch.trades"]}', "stream.unknown_stream"),
    ('{"event":"subscribe","streams":["a.b.c"]}', "stream.unknown_stream"),
    ('{"event":"subscribe","streams":["order"]}', "stream.authentication_required"),
]


async def test_a_connection_is_answered_with_its_streams_and_told_one_key_a_frame(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange) as stream,
        stream.connect("/public/?stream=btcusd.ob-inc,btcusd.trades&stream=global.tickers") as socket,
    ):
        names = ["btcusd.ob-inc", "btcusd.trades", "global.tickers"]
        assert await receive(socket) == {"success": {"message": "subscribed", "streams": names}}
        assert list(await receive(socket)) == ["btcusd.ob-snap"]
        tickers = await until(socket, "global.tickers")
        assert tickers.keys() == (await exchange.get("/public/markets/tickers")).json().keys()
        assert tickers["btcusd"]["price_change_percent"] == "+0.00%"

        await socket.send("ping")
        assert await socket.recv() == "pong"
        await say(socket, event="unsubscribe", streams=names[1:])
        assert await until(socket, "success") == {"message": "unsubscribed", "streams": names[:1]}


async def test_broken_messages_of_every_kind_are_told_and_end_nothing(database_dsn: str) -> None:
    """Lesson 27 of the reference: these took the whole process down there."""
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange) as stream,
        stream.connect("/") as socket,
    ):
        await receive(socket)
        for broken, code in BROKEN:
            await socket.send(broken)
            while "error" not in (told := await receive(socket)):
                pass
            assert told["error"] == code, broken

        await say(socket, event="subscribe", streams=["nosuch.trades", "btcusd.trades"])
        while "btcusd.trades" not in (told := await receive(socket)).get("success", {}).get("streams", ()):
            assert told.get("streams", ["nosuch.trades"]) == ["nosuch.trades"] or "success" in told


@pytest.mark.parametrize("form", ["", "&book=nested"])
async def test_t81_a_client_that_joins_in_the_middle_has_the_book_of_the_http_api(database_dsn: str, form: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange, flush_ms=5) as stream:
        maker = await exchange.member(usd="100000", btc="100")
        trading = asyncio.create_task(trade_around(maker))
        sockets = []
        for _ in range(5):
            sockets.append(await stream.connect(f"/public?stream=btcusd.ob-inc,btcusd.update{form}"))
            await asyncio.sleep(0.02)
        await trading
        depth = (await settled(exchange))["btcusd"]

        for socket in sockets:
            book = BookClient("btcusd")
            update: Any = None
            while book.levels() != depth or update != depth:
                message = await receive(socket)
                book.take(message)
                update = message.get("btcusd.update", update)
            await socket.close()


async def test_trades_and_candles_are_told_as_the_http_api_shows_them(database_dsn: str) -> None:
    """T-82: candles made live equal those rebuilt."""
    names = [f"btcusd.kline-{word}" for word in PERIOD_WORDS.values()]
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange) as stream,
        stream.connect(f"/public?stream=btcusd.trades,{','.join(names)}") as socket,
    ):
        await receive(socket)
        maker, taker = await exchange.member(usd="1000", btc="10"), await exchange.member(usd="100000", btc="10")
        for price, side in (("10.5", "buy"), ("11", "sell"), ("9.75", "buy")):
            await maker.place(side="sell" if side == "buy" else "buy", volume="0.25", price=price)
            await taker.place(side=side, volume="0.25", price=price)
        await exchange.projected()
        latest: dict[str, Any] = {}
        trades: list[Any] = []
        while latest != await candles(exchange) or len(trades) < 3:
            message = await receive(socket)
            trades += message.get("btcusd.trades", {}).get("trades", [])
            latest |= {name: candle for name, candle in message.items() if "kline" in name}

        assert [(trade["price"], trade["amount"], trade["taker_type"]) for trade in trades] == [
            ("10.5", "0.25", "buy"),
            ("11.0", "0.25", "sell"),
            ("9.75", "0.25", "buy"),
        ]
        public = (await exchange.get("/public/markets/btcusd/trades")).json()
        assert [trade["tid"] for trade in reversed(trades)] == [trade["id"] for trade in public]


async def candles(exchange: Exchange) -> dict[str, Any]:
    """The running candles of btcusd as the HTTP API has them, by the name of their stream."""
    shown = {}
    for period, word in PERIOD_WORDS.items():
        answer = await exchange.get("/public/markets/btcusd/k-line", params={"period": period, "limit": 1})
        shown[f"btcusd.kline-{word}"] = answer.json()[0]
    return shown


async def trade_around(maker: Any) -> None:
    """Fifty orders and some cancels and trades around 10."""
    orders = []
    for number in range(50):
        side, price = ("buy", 1000 - number) if number % 2 else ("sell", 1001 + number)
        orders.append(await maker.place(side=side, volume="0.1", price=f"{price / 100:.2f}", stp="cancel_oldest"))
        if number % 5 == 4:
            await maker.post(f"/market/orders/{orders[number - 3]['id']}/cancel")


async def settled(exchange: Exchange) -> dict[str, dict[str, Any]]:
    """The depth of btcusd over HTTP, when all that happened is in it."""
    await exchange.projected()
    depth = (await exchange.get("/public/markets/btcusd/depth", params={"limit": 300})).json()
    return {"btcusd": {side: depth[side] for side in ("asks", "bids")}}
