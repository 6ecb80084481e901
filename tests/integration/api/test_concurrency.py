"""Many clients at once against a running server: nothing is spent twice, nothing is lost, everything sums up."""

import asyncio
import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.api import PREFIX, Exchange, Trader, running_exchange
from tests.support.http import Connection, connections, serving
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENTS = 50
ORDERS = 1_000


class Served(Exchange):
    """An exchange whose members speak to a real server over real connections."""

    http: httpx.AsyncClient

    async def trader(self, **funds: str) -> Trader:
        member = await self.member("trader", level=3, state="active", **funds)
        return Trader(self.http, member.uid, member.auth)

    async def check(self) -> None:
        """The engine's own invariants, and that the tables agree with it."""
        self.engine.core.check_invariants()
        await self.projected()
        rows = await self.engine.pool.fetch("SELECT asset, sum(available + held) AS total FROM accounts GROUP BY asset")
        assert {row["asset"]: int(row["total"]) for row in rows if row["total"]} == {}
        for view in self.engine.core.accounts():
            row = await self.engine.pool.fetchrow(
                "SELECT available, held FROM accounts WHERE owner = $1 AND asset = $2", view.owner, view.asset
            )
            assert row is not None
            assert (int(row["available"]), int(row["held"])) == (view.available, view.held)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(postgres_server: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[Served]:
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async for dsn in fresh_database(postgres_server.dsn, migrated_template):
        async with running_exchange(dsn, nonce_window_ms=60_000) as running, serving(running.app) as port:
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as client:
                yield Served(
                    running.engine,
                    running.catalog,
                    running.identity,
                    running.box,
                    running.app,
                    running.services,
                    running.anyone,
                    client,
                )


async def statuses(*requests: Any) -> list[int]:
    return [response.status_code for response in await asyncio.gather(*requests)]


async def test_a_thousand_orders_for_the_whole_balance_leave_one(exchange: Served) -> None:
    """T-01, with orders in the place of withdrawals."""
    alice = await exchange.trader(usd="1000")

    async def place(connection: Connection, number: int) -> list[int]:
        codes = []
        for attempt in range(ORDERS // CLIENTS):
            order = {"market": "btcusd", "side": "buy", "volume": "1", "price": "1000", "n": f"{number}-{attempt}"}
            path, headers = f"{PREFIX}/market/orders", alice.auth.headers()
            codes.append((await connection.post(path, headers, msgspec.json.encode(order)))[0])
        return codes

    async with connections(exchange.http.base_url.port or 0, CLIENTS) as opened:
        found = await asyncio.gather(*(place(connection, number) for number, connection in enumerate(opened)))
    codes = [code for part in found for code in part]
    assert (codes.count(201), codes.count(422)) == (1, ORDERS - 1)
    assert await alice.balance("usd") == ("0.0", "1000.0")
    await exchange.check()


async def test_orders_cancels_and_batches_race_on_the_same_funds(exchange: Served) -> None:
    """T-03, T-04: random requests of members who trade with each other; each unit is held, spent or free, once."""
    generator = random.Random(7)
    traders = [await exchange.trader(usd="100000", eth="100") for _ in range(6)]

    def order() -> dict[str, Any]:
        side = generator.choice(["buy", "sell"])
        price = str(100 + generator.randint(-3, 3))
        kind = {"ord_type": "market"} if generator.random() < 0.2 else {"price": price}
        terms = {"stp": generator.choice(["cancel_newest", "cancel_oldest", "cancel_both", "decrement"])}
        volume = f"{generator.randint(1, 50) / 10}"
        return {"market": "ethusd", "side": side, "volume": volume, "n": generator.random(), **kind, **terms}

    async def act(trader: Trader) -> httpx.Response:
        match generator.randrange(5):
            case 0:
                cancel = {"action": "cancel", "id": generator.randint(1, 500)}
                return await trader.post("/market/orders/batch", json={"items": [order(), cancel, order()]})
            case 1:
                return await trader.post(f"/market/orders/{generator.randint(1, 500)}/cancel")
            case 2 if generator.random() < 0.1:
                return await trader.post("/market/orders/cancel", json={"side": "buy", "n": generator.random()})
            case _:
                return await trader.post("/market/orders", json=order())

    responses = await asyncio.gather(*(act(generator.choice(traders)) for _ in range(300)))
    assert {response.status_code for response in responses} <= {201, 404, 422}
    for trader in traders:
        await trader.post("/market/orders/cancel")
    balances = [await trader.balance(currency) for trader in traders for currency in ("usd", "eth")]
    assert all(locked == "0.0" and Decimal(available) >= 0 for available, locked in balances)
    await exchange.check()


async def test_a_cancel_and_a_fill_at_once_end_an_order_in_one_way(exchange: Served) -> None:
    """T-04."""
    maker, taker = await exchange.trader(btc="100"), await exchange.trader(usd="100000")
    for number in range(25):
        offer = await maker.place(side="sell", volume="1", price="100")
        cancel = maker.post(f"/market/orders/{offer['id']}/cancel")
        order = {"market": "btcusd", "side": "buy", "volume": "1", "price": "100", "time_in_force": "ioc", "n": number}
        canceled, bought = await asyncio.gather(cancel, taker.post("/market/orders", json=order))
        filled = bought.json()["executed_volume"] == "1.0"
        assert canceled.status_code == (422 if filled else 201), canceled.text
        state = (await maker.get(f"/market/orders/{offer['id']}")).json()["state"]
        assert state == ("done" if filled else "cancel")
    assert (await maker.balance("btc"))[1] == "0.0"
    await exchange.check()


async def test_the_same_key_from_many_connections_has_one_effect(exchange: Served) -> None:
    """T-05."""
    alice = await exchange.trader(usd="1000")
    order = {"market": "btcusd", "side": "buy", "volume": "0.1", "price": "100", "client_order_id": "many"}
    responses = await asyncio.gather(*(alice.post("/market/orders", json=order) for _ in range(100)))
    assert {(response.status_code, response.content) for response in responses} == {(201, responses[0].content)}
    assert await alice.balance("usd") == ("990.0", "10.0")


async def test_a_key_with_other_content_at_the_same_time_is_refused(exchange: Served) -> None:
    """T-06."""
    alice = await exchange.trader(usd="1000")
    order = {"market": "btcusd", "side": "buy", "volume": "0.1", "client_order_id": "clash"}
    codes = await statuses(
        *(alice.post("/market/orders", json={**order, "price": str(100 + number % 2)}) for number in range(100))
    )
    assert (codes.count(201), codes.count(422)) == (50, 50)
    assert len((await alice.get("/market/orders")).json()) == 1


async def test_a_retry_after_a_cut_connection_finds_the_first_effect(exchange: Served) -> None:
    """T-08: the client is gone before the answer; what it sent counts once."""
    alice = await exchange.trader(usd="1000")
    body = b'{"market":"btcusd","side":"buy","volume":"0.1","price":"100","client_order_id":"cut"}'
    request = exchange.http.build_request("POST", "/api/v2/peatio/market/orders", content=body)
    host, port = str(exchange.http.base_url.host), exchange.http.base_url.port
    for _ in range(20):
        headers = {**request.headers, **alice.auth.headers()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        _, writer = await asyncio.open_connection(host, port)
        writer.write(f"POST /api/v2/peatio/market/orders HTTP/1.1\r\n{lines}\r\n".encode() + body)
        await writer.drain()
        writer.transport.abort()
    retried = await alice.post("/market/orders", content=body)
    assert retried.status_code == 201
    assert await alice.balance("usd") == ("990.0", "10.0")
