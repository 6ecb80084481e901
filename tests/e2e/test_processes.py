"""The whole program as an operator meets it: started, stopped, killed, two beside each other.

Covers T-76 for one process and its PostgreSQL: after kill -9 of either the next start needs no help and loses nothing.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from pyxiu.app.control import socket_path
from pyxiu.app.demo.members import credentials_of, make_credentials
from pyxiu.storage import postmaster
from tests.e2e.server import Server
from tests.e2e.traders import Traders, make_demo
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

MARKETS = "/api/v2/peatio/public/markets"
Start = Callable[..., Server]


@pytest.fixture
async def server(home: Path) -> AsyncIterator[Server]:
    """A demo without bots on an embedded PostgreSQL."""
    server = Server(home, "up", "--demo", "--no-bots")
    yield server
    await end(server)


async def end(server: Server) -> None:
    if server.is_running():
        await server.stop()
    pid = postgres_of(server)
    if pid is not None:
        os.kill(pid, signal.SIGQUIT)


def postgres_of(server: Server) -> int | None:
    return postmaster.running_pid(server.settings.home / "postgres" / "data")


def traders_on(server: Server) -> Traders:
    credentials = credentials_of(server.settings.home)
    assert credentials is not None
    return Traders(server, credentials, seed=23)


async def markets_at(server: Server) -> list[str]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        return [market["id"] for market in (await client.get(MARKETS)).json()]


async def assert_audit_is_clean(server: Server) -> None:
    audit = await server.run("audit", "--json")
    wrong = [step for step in map(json.loads, audit.stdout.splitlines()) if step["findings"]]
    assert audit.returncode == 0, wrong or audit.stderr


async def test_a_demo_exchange_starts_stops_and_starts_again_with_its_state(server: Server) -> None:
    await server.start()
    assert await markets_at(server) == ["btcusdt", "ethusdt", "ltcusdt", "ethbtc"]
    traders = traders_on(server)
    await traders.trade(20)
    assert await server.stop() == 0, server.log_tail()
    assert postgres_of(server) is None
    assert not socket_path(server.settings.home).exists()
    await server.start()
    await traders.resolve()
    await traders.trade(5)
    await assert_audit_is_clean(server)


async def test_the_demo_has_one_set_of_credentials_however_often_it_starts(server: Server) -> None:
    await server.start()
    first = await server.run("demo", "credentials", "--json")
    await server.stop()
    await server.start()
    again = await server.run("demo", "credentials", "--json")
    assert json.loads(first.stdout) == json.loads(again.stdout)
    assert set(json.loads(first.stdout)) == {"trader", "maker", "taker"}
    mode = (server.settings.home / "demo-credentials.json").stat().st_mode & 0o777
    assert mode == 0o600


async def test_kill_nine_of_the_server_is_survived_with_its_postgres_left_behind(server: Server) -> None:
    await server.start()
    traders = traders_on(server)
    for _ in range(2):
        await traders.trade(10)
        server.kill()
        assert postgres_of(server) is not None, "the orphan is there"
        await server.start()
        await traders.resolve()
    await assert_audit_is_clean(server)


async def test_kill_nine_of_postgres_ends_the_server_and_the_next_start_recovers(server: Server) -> None:
    await server.start()
    traders = traders_on(server)
    await traders.trade(10)
    pid = postgres_of(server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert await server.until_ended() == 1, "without its journal the exchange stops, and says that it failed"
    await server.start()
    await traders.resolve()
    await assert_audit_is_clean(server)


async def test_two_instances_live_side_by_side(server: Server) -> None:
    with home_folder() as folder:
        other = Server(folder, "up", "--no-demo")
        try:
            await server.start()
            await other.start()
            assert len(await markets_at(server)) == 4
            assert await markets_at(other) == []
        finally:
            await end(other)


async def test_a_second_instance_on_the_same_home_is_told_so(server: Server) -> None:
    await server.start()
    second = Server(server.settings.home, "up")
    second.spawn()
    assert await second.until_ended() == 1
    assert "another Pyxiu (process" in second.log_tail()


async def test_a_taken_port_is_named(server: Server) -> None:
    await server.start()
    with home_folder() as folder:
        second = Server(folder, "up", "--port", str(server.settings.port))
        second.spawn()
        assert await second.until_ended() == 1
        assert f"port {server.settings.port} on 127.0.0.1 is taken" in second.log_tail()


async def test_a_seed_reaches_a_running_exchange(server: Server, tmp_path: Path) -> None:
    await server.start()
    (tmp_path / "currencies.yml").write_text("- {id: eur, type: fiat, precision: 2, base_factor: 1}\n")
    (tmp_path / "markets.yml").write_text(
        "- {base_unit: btc, quote_unit: eur, price_precision: 2, amount_precision: 6}\n"
    )
    first = await server.run("seed", str(tmp_path))
    assert "added: 1 currencies, 1 asset networks, 1 markets" in first.stdout, first.stdout + first.stderr
    again = await server.run("seed", str(tmp_path))
    assert "added: nothing" in again.stdout, again.stdout + again.stderr
    await assert_audit_is_clean(server)
    async with asyncio.timeout(30):
        while "btceur" not in await markets_at(server):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def test_modules_run_as_processes_of_their_own(home: Path) -> None:
    """The engine's process brings the database; projector and api find both by the home."""
    api = Server(home, "run", "api")
    engine, projector = (Server(home, "run", name) for name in ("engine", "projector"))
    credentials = await make_demo(api.settings)
    try:
        engine.spawn()
        async with asyncio.timeout(60):
            while not socket_path(home).exists():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        projector.spawn()
        await api.start()
        traders = Traders(api, credentials, seed=29)
        await traders.trade(20)
        engine.kill()
        assert await api.until_ended() == 1, "an api without an engine stops, for its supervisor to start it again"
    finally:
        for server in (api, projector, engine):
            await end(server)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_command_that_is_cut_short_says_so_by_its_exit_code(home: Path, number: int, status: int) -> None:
    make_credentials(home)
    bots = Server(home, "demo", "bots")
    bots.spawn()
    async with asyncio.timeout(60):
        while "last prices" not in bots.log_tail():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    bots.process.send_signal(number)
    assert await bots.until_ended() == status


async def test_bots_trade_over_the_api(home: Path) -> None:
    server = Server(home, "up", "--demo")
    try:
        await server.start()
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            trades: list[object] = []
            for _ in range(300):
                trades = (await client.get(f"{MARKETS}/btcusdt/trades")).json()
                if trades:
                    break
                await client.get("/api/v2/peatio/public/timestamp")
            assert await server.stop() == 0, server.log_tail()
    finally:
        await end(server)
