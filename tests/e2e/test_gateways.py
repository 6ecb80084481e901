"""Two processes of the API behind one address, and two of the stream behind another, behave as one.

Connections to a gateway of choice are had by pausing the other while connecting: both take from one queue.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from pyxiu.app.demo.members import DemoMember, credentials_of
from tests.chaos.family import Family
from tests.e2e.server import Server
from tests.e2e.topologies import SPLIT
from tests.support.api import KeyAuth
from tests.support.promptness import within_a_second
from tests.support.sockets import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.parametrize(
        "exchange", [pytest.param(SPLIT, marks=pytest.mark.xdist_group(f"exchange-{SPLIT}"))], indirect=True
    ),
]

BARONG = "/api/v2/barong"
PEATIO = "/api/v2/peatio"
WAIT_S = 10.0
ORDER = {"market": "ltcusdt", "side": "buy", "volume": "0.01", "price": "20"}


@contextmanager
def paused(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def both_gateways(exchange: Server, **options: Any) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client on a connection to each."""
    pids = await Family(exchange).until_all_are_there("api-1", "api-2")
    clients = []
    for other in ("api-2", "api-1"):
        limits = httpx.Limits(max_connections=1, keepalive_expiry=300)
        client = httpx.AsyncClient(base_url=exchange.url, trust_env=False, timeout=30, limits=limits, **options)
        with paused(pids[other]):
            assert (await client.get(PEATIO + "/public/timestamp")).status_code == 200
        clients.append(client)
    try:
        yield clients
    finally:
        for client in clients:
            await client.aclose()


def trader_of(exchange: Server) -> DemoMember:
    credentials = credentials_of(exchange.settings.home)
    assert credentials is not None
    return credentials.trader


async def status_of(client: httpx.AsyncClient, **request: Any) -> int:
    return (await client.request(**request)).status_code


async def until_status(client: httpx.AsyncClient, status: int, **request: Any) -> None:
    """Tables are behind by as much as the projections are."""
    async with asyncio.timeout(WAIT_S):
        while (await client.request(**request)).status_code != status:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


async def test_a_session_of_one_gateway_is_a_session_of_the_other_and_ends_there_too(exchange: Server) -> None:
    trader = trader_of(exchange)
    async with both_gateways(exchange) as (here, there):
        body = {"email": trader.email, "password": trader.password}
        opened = await here.post(BARONG + "/identity/sessions", json=body)
        assert opened.status_code == 200, opened.text
        there.cookies = here.cookies
        me: dict[str, Any] = {"method": "GET", "url": BARONG + "/resource/users/me"}
        assert (await there.request(**me)).status_code == 200
        here.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
        assert (await there.request(**me)).status_code == 200, "by now the other one remembers it"
        assert (await here.delete(BARONG + "/identity/sessions")).status_code == 200
        await within_a_second(lambda: status_of(there, **me), 401)


async def test_what_one_gateway_took_the_other_shows_and_cancels(exchange: Server) -> None:
    trader = trader_of(exchange)
    async with both_gateways(exchange, auth=KeyAuth(trader.api_key, trader.api_secret)) as (here, there):
        keyed = ORDER | {"client_order_id": "through-two-gateways"}
        placed = (await here.post(PEATIO + "/market/orders", json=keyed)).json()
        again = (await there.post(PEATIO + "/market/orders", json=keyed)).json()
        assert again["id"] == placed["id"], "the same key is the same order, whoever is asked"
        await until_status(there, 200, method="GET", url=f"{PEATIO}/market/orders/{placed['id']}")
        canceled = await there.post(f"{PEATIO}/market/orders/{placed['id']}/cancel")
        assert canceled.status_code == 201, canceled.text


async def test_both_processes_of_the_stream_say_the_same(exchange: Server) -> None:
    pids = await Family(exchange).until_all_are_there("stream-1", "stream-2")
    url = f"ws://127.0.0.1:{exchange.stream_port}/api/v2/ranger/public/?stream=ltcusdt.ob-inc,global.tickers"
    sockets = []
    for other in ("stream-2", "stream-1"):
        with paused(pids[other]):
            sockets.append(await connect(url, proxy=None))
            await until(sockets[-1], "global.tickers")
    trader = trader_of(exchange)
    auth = KeyAuth(trader.api_key, trader.api_secret)
    async with httpx.AsyncClient(base_url=exchange.url, auth=auth, trust_env=False, timeout=30) as client:
        placed = await client.post(PEATIO + "/market/orders", json=ORDER | {"price": "21"})
        assert placed.status_code == 201, placed.text
    said = [(await until(socket, "ltcusdt.ob-inc")) for socket in sockets]
    assert said[0] == said[1]
    assert said[0]["bids"] == ["21.0", "0.01"]
    for socket in sockets:
        await socket.close()
