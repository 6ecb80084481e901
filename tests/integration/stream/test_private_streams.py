"""A member's own streams over real sockets."""

import asyncio
from typing import Any

import pytest

from pyxiu.projections.rebuild import _empty, rebuild
from pyxiu.projections.rebuild_lock import take_rebuild
from pyxiu.projections.registry import projection
from pyxiu.storage.database import connect
from pyxiu.stream.members import members
from tests.support.api import Exchange, Trader, running_exchange
from tests.support.sockets import Stream, receive, say, serving_stream, until

ALL = "order,trade,balance,balances,orders,deposit_address,deposit,withdraw"


async def test_orders_trades_and_balances_are_told_as_they_change(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member("alice", usd="1000")
        bob = await exchange.member("bob", btc="10")
        async with stream.connect(f"/private/?stream={ALL}", member=alice) as socket:
            assert (await receive(socket))["success"]["streams"] == sorted(ALL.split(","))
            assert await receive(socket) == {"balances": {"usd": ["1000.0", "0.0"]}}
            assert await receive(socket) == {"orders": {"orders": [], "complete": True}}

            placed = await alice.place(side="buy", volume="2", price="10", client_order_id="mine")
            order = (await receive(socket))["order"]
            assert (
                order.items()
                >= {
                    "id": placed["id"],
                    "uuid": placed["uuid"],
                    "state": "wait",
                    "kind": "bid",
                    "order_type": "limit",
                    "ord_type": "limit",
                    "client_order_id": "mine",
                    "remaining_volume": "2.0",
                }.items()
            )
            assert isinstance(order["created_at"], int)
            assert await receive(socket) == {"balance": {"currency": "usd", "balance": "980.0", "locked": "20.0"}}
            assert await receive(socket) == {"balances": {"usd": ["980.0", "20.0"]}}

            await bob.place(side="sell", volume="0.5", ord_type="market")
            trade = await until(socket, "trade")
            assert (trade["order_id"], trade["side"], trade["taker_type"]) == (placed["id"], "buy", "sell")
            assert (trade["price"], trade["amount"], trade["total"]) == ("10.0", "0.5", "5.0")
            partly = await until(socket, "order")
            assert (partly["state"], partly["executed_volume"], partly["trades_count"]) == ("wait", "0.5", 1)

            canceled = (await alice.post(f"/market/orders/{placed['id']}/cancel")).json()
            told = await until(socket, "order")
            assert told["state"] == "cancel"
            assert {key: told[key] for key in ("remaining_volume", "avg_price", "cancel_reason")} == {
                key: canceled[key] for key in ("remaining_volume", "avg_price", "cancel_reason")
            }


async def test_a_market_order_is_told_once_at_its_end_and_others_hear_nothing(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice, bob = await exchange.member(usd="1000"), await exchange.member(btc="10")
        await bob.place(side="sell", volume="1", price="10")
        async with (
            stream.connect("/private?stream=order", member=alice) as mine,
            stream.connect("/private?stream=order,trade", member=await exchange.member()) as another,
        ):
            await receive(mine), await receive(another)
            await alice.place(side="buy", volume="1", ord_type="market")
            await alice.place(side="buy", volume="1", price="1")

            first, second = await until(mine, "order"), await until(mine, "order")
            assert (first["state"], first["price"], second["state"]) == ("done", None, "wait")
            await another.send("ping")
            assert await another.recv() == "pong"


async def test_t81_a_client_that_comes_and_goes_misses_nothing(database_dsn: str) -> None:
    """Whenever it connects: what it begins with and what it is told give what the HTTP API shows."""
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice, bob = await exchange.member(usd="100000", btc="100"), await exchange.member(usd="100000", btc="100")
        trading = asyncio.create_task(trade(alice, bob))
        clients: list[asyncio.Task[None]] = []
        while not trading.done() and len(clients) < 30:
            clients.append(asyncio.create_task(Follower(alice).follow(exchange, stream, trading)))
            await asyncio.sleep(0.05)
        await asyncio.gather(*clients)


class Follower:
    """What a client knows of a member's open orders and balances."""

    def __init__(self, member: Trader) -> None:
        self.member = member
        self.orders: dict[int, str] = {}
        self.balances: dict[str, list[str]] = {}

    async def follow(self, exchange: Exchange, stream: Stream, trading: "asyncio.Task[None]") -> None:
        """Until everything has happened and is known."""
        async with stream.connect("/private?stream=order,orders,balances", member=self.member) as socket:
            await receive(socket)
            following = asyncio.create_task(self._listen(socket))
            await trading
            await exchange.projected()
            orders = (await self.member.get("/market/orders", params={"state": "wait", "limit": 1000})).json()
            accounts = (await self.member.get("/account/balances")).json()
            shown = {order["id"]: order["remaining_volume"] for order in orders}
            balances = {a["currency"]: [a["balance"], a["locked"]] for a in accounts if a["currency"] in self.balances}
            async with asyncio.timeout(30):
                while self.orders != shown or self.balances != balances:
                    assert not following.done(), following
                    await asyncio.sleep(0.01)
            following.cancel()

    async def _listen(self, socket: Any) -> None:
        while True:
            message = await receive(socket)
            if "orders" in message:
                self.orders = {order["id"]: order["remaining_volume"] for order in message["orders"]["orders"]}
            if "order" in message:
                order = message["order"]
                self.orders[order["id"]] = order["remaining_volume"]
                if order["state"] != "wait":
                    del self.orders[order["id"]]
            self.balances |= message.get("balances", {})


async def trade(alice: Trader, bob: Trader) -> None:
    for number in range(40):
        placed = await alice.place(side="buy", volume="1", price=f"{10 + number % 3}")
        await bob.place(side="sell", volume="0.4", price="10")
        if number % 4 == 0:
            await alice.post(f"/market/orders/{placed['id']}/cancel")


async def test_more_streams_of_a_member_begin_where_the_others_are(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member(usd="1000")
        async with stream.connect("/?stream=order", member=alice) as socket:
            await receive(socket)
            placed = await alice.place(side="buy", volume="1", price="10")
            await until(socket, "order")

            await say(socket, event="subscribe", streams=["balances", "orders"])
            assert (await receive(socket))["success"]["streams"] == ["balances", "order", "orders"]
            assert await receive(socket) == {"balances": {"usd": ["990.0", "10.0"]}}
            assert [order["id"] for order in (await receive(socket))["orders"]["orders"]] == [placed["id"]]

            await say(socket, event="unsubscribe", streams=["balances", "orders", "order"])
            assert (await until(socket, "success"))["streams"] == []
            await alice.place(side="buy", volume="1", price="10")
            await socket.send("ping")
            assert await socket.recv() == "pong"


async def test_private_streams_do_not_begin_while_what_they_begin_with_is_made_anew(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member("alice", usd="1000")
        placed = await alice.place(side="buy", volume="2", price="10")
        await exchange.projected()
        async with stream.connect("/private?stream=balances", member=alice) as before:
            assert await until(before, "balances") == {"usd": ["980.0", "20.0"]}
            rebuilding = await connect(database_dsn, "rebuild")
            await take_rebuild(rebuilding, "accounts")
            with monkeypatch.context() as patched:
                patched.setattr(members, "START_MAX_S", 0.5)
                await _empty(rebuilding, projection("accounts"))
                for member in (alice, await exchange.member()):
                    async with stream.connect("/private?stream=balances", member=member) as socket:
                        assert await receive(socket) == {"error": "stream.private_unavailable", "streams": ["balances"]}
                        await socket.wait_closed()
                        assert socket.close_code == 4013
            read = await alice.get("/account/balances")
            assert int(read.headers["X-Pyxiu-Lag"]) > 0, "it says that it is behind"
            await rebuilding.close()
            await rebuild(database_dsn, "accounts", resume=True)
            async with stream.connect("/private?stream=balances,order", member=alice) as socket:
                assert await until(socket, "balances") == {"usd": ["980.0", "20.0"]}
                await alice.post(f"/market/orders/{placed['id']}/cancel")
                assert (await until(socket, "order"))["state"] == "cancel"
                for each in (socket, before):
                    assert await until(each, "balances") == {"usd": ["1000.0", "0.0"]}
