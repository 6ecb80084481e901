"""Orders over the socket are judged and answered as over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.support.api import running_exchange
from tests.support.sockets import receive, say, serving_stream, until


async def rest(socket: ClientConnection) -> AsyncIterator[Any]:
    """What is told until the server ends the connection."""
    with suppress(ConnectionClosed):
        while True:
            yield await receive(socket)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("order.place", {}, "/market/orders"),
    ("order.place", {"market": "nosuch", "side": "buy", "volume": "1", "price": "1"}, "/market/orders"),
    ("order.place", {"market": "btcusd", "side": "up", "volume": "x", "price": "-1"}, "/market/orders"),
    ("order.place", {"market": "btcusd", "side": "buy", "volume": "1000", "price": "1000"}, "/market/orders"),
    ("order.cancel", {"id": 999}, "/market/orders/999/cancel"),
    ("order.cancel", {"id": "x"}, "/market/orders/x/cancel"),
    ("order.cancel_all", {"market": "nosuch", "side": "up"}, "/market/orders/cancel"),
    ("order.batch", {"items": []}, "/market/orders/batch"),
    ("order.batch", {}, "/market/orders/batch"),
    ("order.batch", {"items": [1, {"action": "dance"}]}, "/market/orders/batch"),
]


async def test_orders_are_placed_canceled_and_answered_by_id(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member(usd="1000")
        async with stream.connect("/private", member=alice) as socket:
            order = {"market": "btcusd", "side": "buy", "volume": "1", "price": "10", "client_order_id": "k1"}
            await say(socket, event="order.place", id="a", data=order)
            placed = await until(socket, "reply")
            assert (placed["id"], placed["status"], placed["body"]["state"]) == ("a", 201, "wait")
            shown = (await alice.get(f"/market/orders/{placed['body']['id']}")).json()
            assert placed["body"] == {key: shown[key] for key in placed["body"]}

            await say(socket, event="order.place", id=2, data=order)
            assert (await until(socket, "reply"))["body"] == placed["body"], "a retry has one effect"
            await say(socket, event="order.cancel", id=3, data={"client_order_id": "k1"})
            assert (await until(socket, "reply"))["body"]["state"] == "cancel"
            await say(socket, event="order.cancel", id=4, data={"client_order_id": "k1"})
            assert await until(socket, "reply") == {
                "id": 4,
                "status": 422,
                "body": {"errors": ["market.order.cancel_error"]},
            }

            items = [{**order, "client_order_id": f"b{number}"} for number in range(3)]
            await say(socket, event="order.batch", data={"items": [*items, {"action": "cancel", "id": 0}]})
            batch = await until(socket, "reply")
            assert (batch["id"], [item["status"] for item in batch["body"]]) == (None, [201, 201, 201, 404])
            await say(socket, event="order.cancel_all", id=6, data={"market": "btcusd", "side": "buy"})
            assert [order["state"] for order in (await until(socket, "reply"))["body"]] == ["cancel"] * 3


async def test_what_is_wrong_gets_the_status_and_the_codes_of_the_http_api(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member(usd="1000")
        async with stream.connect("/private", member=alice) as socket:
            for event, data, path in WRONG:
                answer = await alice.post(path, json=data)
                await say(socket, event=event, id=event, data=data)
                told = await until(socket, "reply")

                assert (told["status"], told["body"]) == (answer.status_code, answer.json()), (event, data)


async def test_messagepack_is_answered_in_messagepack_and_takes_no_floats(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member(usd="1000")
        async with stream.connect("/private", member=alice) as socket:
            order = {"market": "btcusd", "side": "buy", "volume": 1, "price": "10.5"}
            told = []
            for price in ("10.5", 10.5):
                data = {**order, "price": price}
                await socket.send(msgspec.msgpack.encode({"event": "order.place", "id": 1, "data": data}))
                told.append(await until(socket, "reply"))
            assert [reply["status"] for reply in told] == [201, 422]
            assert told[1]["body"] == {"errors": ["market.order.non_decimal_price"]}

            await socket.send(msgspec.msgpack.encode({"event": "order.batch", "data": {"items": [order, 7]}}))
            assert [item["status"] for item in (await until(socket, "reply"))["body"]] == [201, 422]


async def test_pipelined_orders_reach_the_engine_in_their_order(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange, orders_in_flight=16) as stream:
        alice = await exchange.member(usd="100000")
        async with stream.connect("/private", member=alice) as socket:
            await receive(socket)
            order = {"market": "btcusd", "side": "buy", "volume": "0.1", "price": "10"}
            batch = {"items": [order, order]}
            for number in range(100):
                if number % 10 == 9:
                    await say(socket, event="order.batch", id=number, data=batch)
                else:
                    await say(socket, event="order.place", id=number, data=order)
            ids: dict[int, int] = {}
            for _ in range(100):
                told = await until(socket, "reply")
                body = told["body"]
                ids[told["id"]] = body[0]["order"]["id"] if isinstance(body, list) else body["id"]

        assert [ids[number] for number in range(100)] == sorted(ids.values())


@pytest.mark.parametrize(
    ("member", "status", "code"),
    [
        ({"level": 0}, 403, "market.trade.not_permitted"),
        ({"scopes": ["read"]}, 403, "authz.apikey_scope_not_allowed"),
        (None, 401, "authz.invalid_session"),
    ],
)
async def test_rights_are_asked_for_each_order(
    database_dsn: str, member: dict[str, Any] | None, status: int, code: str
) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        trader = None
        if member is not None:
            trader = await exchange.member(usd="1000", level=member.get("level", 3))
            if "scopes" in member:
                trader.auth = await exchange.api_key(trader.uid, scopes=frozenset(member["scopes"]))
        async with stream.connect("/public", member=trader) as socket:
            order = {"market": "btcusd", "side": "buy", "volume": "1", "price": "10"}
            await say(socket, event="order.place", id=1, data=order)

            assert await until(socket, "reply") == {"id": 1, "status": status, "body": {"errors": [code]}}
            assert exchange.engine.core.open_orders() == []


async def test_a_token_of_a_key_that_reads_places_no_order(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member(usd="1000")
        reader = await exchange.api_key(alice.uid, scopes=("read",))
        answered = await exchange.anyone.get("/api/v2/auth/api/v2/peatio/account/balances", auth=reader)
        bearer = {"Authorization": answered.headers["authorization"]}
        async with stream.connect("/private?stream=order", additional_headers=bearer) as socket:
            assert (await receive(socket))["success"]["streams"] == ["order"]
            order = {"market": "btcusd", "side": "buy", "volume": "1", "price": "10"}
            for event, data in (("place", order), ("batch", {"items": [order]}), ("cancel_all", {})):
                await say(socket, event=f"order.{event}", id=1, data=data)
                told = await until(socket, "reply")
                assert (told["status"], told["body"]) == (403, {"errors": ["authz.apikey_scope_not_allowed"]}), event
        assert exchange.engine.core.open_orders() == []


async def test_t72_more_orders_than_allowed_are_refused_and_the_connection_lives(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, orders_per_s=0, orders_burst=3) as stream,
    ):
        alice = await exchange.member(usd="1000")
        async with (
            stream.connect("/private", member=alice) as socket,
            stream.connect("/private", member=alice) as another,
        ):
            order = {"market": "btcusd", "side": "buy", "volume": "1", "price": "10"}
            await say(socket, event="order.batch", id=0, data={"items": [order] * 3})
            assert (await until(socket, "reply"))["status"] == 201
            for crowded in (socket, another):
                await say(crowded, event="order.place", id=1, data=order)
                assert (await until(crowded, "reply"))["status"] == 429
        while stream.server.door.inside:  # noqa: ASYNC110 - the server has nothing to wait for
            await asyncio.sleep(0.01)
        async with stream.connect("/private", member=alice) as again:
            await say(again, event="order.place", id=1, data=order)
            assert (await until(again, "reply"))["status"] == 429, "connecting again gives no more"

        assert len(exchange.engine.core.open_orders()) == 3


@pytest.mark.parametrize(("known", "status"), [(False, 401), (True, 429)])
async def test_t72_whoever_goes_on_with_orders_that_are_refused_unheard_is_disconnected(
    database_dsn: str, status: int, *, known: bool
) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, orders_per_s=0, orders_burst=0, control_messages_burst=5) as stream,
    ):
        alice = await exchange.member(usd="1000") if known else None
        async with stream.connect("/public", member=alice) as socket:
            await receive(socket)
            with suppress(ConnectionClosed):
                for number in range(100):
                    await say(socket, event="order.place", id=number, data={})
            told = [message["reply"]["status"] async for message in rest(socket)]

        assert told == [status] * len(told)
        assert 5 <= len(told) < 100
        assert socket.close_code == 4003


async def test_orders_under_way_are_done_when_the_socket_breaks(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member(usd="1000")
        socket = await stream.connect("/private", member=alice)
        await receive(socket)
        order = {"market": "btcusd", "side": "buy", "volume": "1", "price": "10", "client_order_id": "k"}
        await say(socket, event="order.place", id=1, data=order)
        socket.transport.abort()
        async with stream.connect("/private", member=alice) as again:
            await say(again, event="order.place", id=1, data=order)
            assert (await until(again, "reply"))["status"] == 201
        await asyncio.sleep(0)
        assert len(exchange.engine.core.open_orders()) == 1
