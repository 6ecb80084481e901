"""The stream as an operator runs it: in the one process, and as a process of its own beside it."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from pyxiu.app.demo.members import credentials_of
from pyxiu.storage import postmaster
from tests.e2e.server import Server
from tests.support.api import KeyAuth
from tests.support.sockets import receive, say, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

STREAMS = "/api/v2/ranger/public/?stream=btcusdt.ob-inc,global.tickers"


async def until_it_answers(server: Server) -> None:
    """A process of the stream alone has no readiness of the API's."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        while True:
            assert server.is_running(), server.log_tail()
            try:
                answer = await client.get("/metrics")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            assert answer.status_code == 200
            assert "pyxiu_stream_connections" in answer.text
            assert (await client.get("/")).status_code == 404
            return


async def test_an_order_over_one_process_is_seen_on_the_streams_of_both(home: Path) -> None:
    exchange, alone = Server(home, "up", "--demo", "--no-bots"), Server(home, "run", "stream")
    try:
        await exchange.start()
        alone.spawn()
        await until_it_answers(alone)
        credentials = credentials_of(home)
        assert credentials is not None
        trader = credentials.trader
        ports = (exchange.settings.port, alone.settings.port)
        watching = [await connect(f"ws://127.0.0.1:{port}{STREAMS}", proxy=None) for port in ports]
        for socket in watching:
            assert "btcusdt" in await until(socket, "global.tickers")
        headers = KeyAuth(trader.api_key, trader.api_secret).headers()
        private = f"ws://127.0.0.1:{alone.settings.port}/api/v2/ranger/private"
        async with connect(private, additional_headers=headers, proxy=None) as socket:
            await receive(socket)
            order = {"market": "btcusdt", "side": "buy", "volume": "0.01", "price": "20000"}
            await say(socket, event="order.place", id=1, data=order)
            assert (await until(socket, "reply"))["status"] == 201
        for socket in watching:
            assert (await until(socket, "btcusdt.ob-inc"))["bids"] == ["20000.0", "0.01"]
        assert await alone.stop() == 0
        await watching[1].wait_closed()
        assert watching[1].close_code == 1001
        assert await exchange.stop() == 0
        await watching[0].wait_closed()
        assert watching[0].close_code == 1001
    finally:
        for server in (alone, exchange):
            server.kill()
        pid = postmaster.running_pid(home / "postgres" / "data")
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
