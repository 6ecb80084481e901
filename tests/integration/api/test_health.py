"""Health, metrics and the pages beside the API, also when something behind them is away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pyxiu.storage import migrate
from tests.support.api import PREFIX, Exchange, running_exchange
from tests.support.postgres import StartPostgres

ORDER = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100", "client_order_id": "health"}


@pytest.fixture
async def exchange(database_dsn: str) -> AsyncIterator[Exchange]:
    """One of its own for each test, because these stop parts of it."""
    async with running_exchange(database_dsn, lag_max=5) as running:
        yield running


@pytest.fixture(autouse=True)
def empty_books() -> None:
    """Nothing to clean up in an exchange that ends with the test."""


async def health(exchange: Exchange) -> tuple[int, Any]:
    response = await exchange.get("/public/health/ready")
    return response.status_code, response.json()


async def test_a_whole_exchange_is_alive_and_ready(exchange: Exchange) -> None:
    assert (await exchange.get("/public/health/alive")).status_code == 200
    status, body = await health(exchange)
    assert status == 200
    assert body == {"status": "ready", "components": {"database": "ok", "engine": "ok", "projections": "ok"}}


async def test_without_an_engine_it_is_alive_but_not_ready_and_reads_go_on(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    exchange.engine.sequencer.stop()
    await exchange.engine.task
    assert (await exchange.get("/public/health/alive")).status_code == 200
    status, body = await health(exchange)
    assert (status, body["status"], body["components"]["database"]) == (503, "not_ready", "ok")
    assert body["components"]["engine"] != "ok"
    assert await alice.balance("usd") == ("1000.0", "0.0")
    for path in ("/market/orders", "/market/orders/1/cancel", "/market/orders/cancel"):
        response = await alice.post(path, json=ORDER if path == "/market/orders" else {})
        assert (response.status_code, response.json()["errors"]) == (503, ["server.engine_unavailable"])
        assert response.headers["retry-after"]


async def test_projections_far_behind_are_not_ready(database_dsn: str) -> None:
    async with running_exchange(database_dsn, lag_max=-1) as exchange:
        status, body = await health(exchange)
        assert status == 503
        assert body["components"]["projections"].endswith("records behind, -1 at most")


async def test_a_read_that_cannot_wait_any_longer_says_how_far_it_is_behind(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await exchange.member(usd="1000")

    async def never(seq: int, timeout_s: float) -> bool:
        assert timeout_s <= 2
        exchange.services.waiter.seq = seq - 3
        return False

    await alice.place(side="buy", volume="0.01", price="100")
    monkeypatch.setattr(exchange.services.waiter, "wait_for", never)
    response = await alice.get("/market/orders")
    assert (response.status_code, response.headers["x-pyxiu-lag"]) == (200, "3")


async def test_a_lost_database_is_503_everywhere_and_comes_back(private_postgres: StartPostgres) -> None:
    server = private_postgres()
    await migrate.upgrade(server.dsn)
    async with running_exchange(server.dsn) as exchange:
        alice = await exchange.member(usd="1000")
        await alice.get("/market/orders")
        await asyncio.to_thread(server.stop)
        assert (await exchange.get("/public/health/alive")).status_code == 200
        status, body = await health(exchange)
        assert status == 503
        assert body["components"]["database"].startswith("unreachable")
        for response in (await exchange.get("/public/markets/btcusd/trades"), await alice.get("/market/trades")):
            assert (response.status_code, response.json()["errors"]) == (503, ["server.unavailable"])
            assert response.headers["retry-after"]
        placed = await alice.post("/market/orders", json=ORDER)
        assert placed.status_code == 503
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(20):
            while (await exchange.get("/public/markets/btcusd/trades")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


async def test_metrics_tell_requests_and_the_engine(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    await alice.place(side="buy", volume="0.01", price="100")
    await exchange.get("/public/markets/btcusd/depth")
    await exchange.anyone.get("/made/up/path")
    response = await exchange.anyone.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"])
        for sample in families["pyxiu_http_requests"].samples
    }
    assert ("POST", f"{PREFIX}/market/orders", "201") in counted
    assert ("GET", f"{PREFIX}/public/markets/{{market}}/depth", "200") in counted
    assert ("GET", "unmatched", "404") in counted


async def test_the_document_and_its_page_are_served(exchange: Exchange) -> None:
    start = await exchange.anyone.get("/")
    assert start.status_code == 200
    assert start.headers["content-type"] == "text/html; charset=utf-8"
    assert "worker-src 'self'" in start.headers["content-security-policy"]
    for path, media_type in (
        ("/docs", "text/html"),
        ("/docs/docs.js", "text/javascript"),
        ("/docs/docs.css", "text/css"),
        ("/docs/icon.svg", "image/svg+xml"),
        ("/openapi.json", "application/json"),
        ("/stream.schema.json", "application/json"),
    ):
        response = await exchange.anyone.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"].partition(";")[0] == media_type
        assert response.headers["content-type"].count("charset") <= 1
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_every_kind_of_answer_has_the_security_headers(exchange: Exchange) -> None:
    for response in (
        await exchange.get("/public/markets"),
        await exchange.get("/nothing"),
        await exchange.get("/market/orders"),
        await exchange.anyone.delete(f"{PREFIX}/market/orders"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"]


async def test_an_engine_that_stops_with_orders_in_flight_answers_all_of_them(exchange: Exchange) -> None:
    """T-08, E-10: every request gets an answer, and what was told accepted is in the journal."""
    alice = await exchange.member(usd="100000")
    orders = [{**ORDER, "client_order_id": f"flight-{number}"} for number in range(200)]
    requests = [asyncio.create_task(alice.post("/market/orders", json=order)) for order in orders]
    await asyncio.sleep(0.02)
    exchange.engine.sequencer.stop()
    responses: list[httpx.Response] = await asyncio.gather(*requests)
    assert {response.status_code for response in responses} <= {201, 503}
    placed = {response.json()["client_order_id"] for response in responses if response.status_code == 201}
    listed = (await alice.get("/market/orders", params={"limit": 1000})).json()
    assert {order["client_order_id"] for order in listed} == placed
