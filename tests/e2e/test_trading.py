"""Trading over HTTP and the stream, in one process and with each service as a process of its own."""

import json

import httpx
import pytest
from websockets.asyncio.client import connect

from pyxiu.app.demo.members import credentials_of
from pyxiu.storage.follow import JournalFollower
from tests.e2e.server import Server
from tests.e2e.traders import Traders
from tests.support.api import KeyAuth
from tests.support.sockets import receive, say, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

PEATIO = "/api/v2/peatio"
STREAMS = "/api/v2/ranger/public/?stream=ethusdt.ob-inc,global.tickers"
ORDER = {"market": "ethusdt", "side": "buy", "volume": "0.01", "price": "1500"}


async def test_what_members_were_told_is_in_the_journal_and_the_books_are_right(exchange: Server) -> None:
    credentials = credentials_of(exchange.settings.home)
    assert credentials is not None
    traders = Traders(exchange, credentials, seed=51)
    await traders.trade(40)
    await traders.resolve()
    async with JournalFollower(exchange.dsn(), seq_after=0) as follower:
        records = []
        while batch := await follower.poll():
            records += batch
    traders.check(records)
    audit = await exchange.run("audit", "--json")
    wrong = [step for step in map(json.loads, audit.stdout.splitlines()) if step["findings"]]
    assert audit.returncode == 0, wrong or audit.stderr


async def test_a_member_reads_what_was_just_written_and_sees_it_on_the_stream(exchange: Server) -> None:
    credentials = credentials_of(exchange.settings.home)
    assert credentials is not None
    auth = KeyAuth(credentials.trader.api_key, credentials.trader.api_secret)
    ports = {exchange.settings.port, exchange.stream_port or exchange.settings.port}
    watching = [await connect(f"ws://127.0.0.1:{port}{STREAMS}", proxy=None) for port in ports]
    for socket in watching:
        assert "ethusdt" in await until(socket, "global.tickers")
    async with httpx.AsyncClient(base_url=exchange.url + PEATIO, auth=auth, trust_env=False, timeout=30) as client:
        placed = (await client.post("/market/orders", json=ORDER)).json()
        mine = (await client.get("/market/orders", params={"market": "ethusdt", "state": "wait"})).json()
        assert placed["id"] in [order["id"] for order in mine]
        for socket in watching:
            assert (await until(socket, "ethusdt.ob-inc"))["bids"] == ["1500.0", "0.01"]
        canceled = await client.post(f"/market/orders/{placed['id']}/cancel")
        assert canceled.status_code == 201, canceled.text
    for socket in watching:
        await socket.close()


async def test_orders_are_taken_over_sockets_too(exchange: Server) -> None:
    credentials = credentials_of(exchange.settings.home)
    assert credentials is not None
    headers = KeyAuth(credentials.trader.api_key, credentials.trader.api_secret).headers()
    port = exchange.stream_port or exchange.settings.port
    url = f"ws://127.0.0.1:{port}/api/v2/ranger/private"
    async with connect(url, additional_headers=headers, proxy=None) as socket:
        await receive(socket)
        await say(socket, event="order.place", id=1, data=ORDER)
        assert (await until(socket, "reply"))["status"] == 201
