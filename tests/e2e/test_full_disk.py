"""The disk of the database fills up: T-10.

The home is a small filesystem in memory, which root can mount on Linux; elsewhere these tests are left out.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pyxiu.app.readiness import READY_PATH
from tests.e2e.server import STOP_TIMEOUT_S, Server
from tests.e2e.test_crashes import SERVICES, assert_audit_is_clean, journal_of
from tests.e2e.topologies import SINGLE, SPLIT, server_in
from tests.e2e.traders import PREFIX, Traders, make_demo

DISK_MB = 512
RESERVE_MB = 64
WAIT_S = 60.0

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def small_home(home: Path) -> Iterator[Path]:
    folder = home / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can make a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(params=[SINGLE, SPLIT])
def exchange(request: pytest.FixtureRequest, small_home: Path) -> Iterator[Server]:
    """Not started yet. Its log is on another disk."""
    server = server_in(request.param, small_home, log=str(small_home.parent / "server.log"))
    server.variables["PYXIU_DISK_RESERVE_MB"] = str(RESERVE_MB)
    yield server
    end(server)


@pytest.fixture
def unguarded(small_home: Path) -> Iterator[Server]:
    server = Server(small_home, *SERVICES, log=str(small_home.parent / "server.log"))
    server.variables["PYXIU_DISK_RESERVE_MB"] = "0"
    yield server
    end(server)


def end(server: Server) -> None:
    """With its PostgreSQL, which is on the disk that goes away."""
    if server.is_running():
        server.process.terminate()
        server.process.wait(STOP_TIMEOUT_S)


def fill(folder: Path, *, leave_mb: int) -> Path:
    """Take what is free, but for so much."""
    filler = folder / "filler"
    disk = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - (leave_mb << 20))
    return filler


async def test_t10_before_the_disk_is_full_orders_are_refused_and_all_else_works_until_there_is_room(
    exchange: Server,
) -> None:
    traders = Traders(exchange, await make_demo(exchange.settings), seed=10)
    await exchange.start()
    await traders.trade(20)
    process = exchange.process.pid
    async with httpx.AsyncClient(base_url=exchange.url, timeout=20, trust_env=False) as anyone:
        filler = fill(exchange.settings.home, leave_mb=RESERVE_MB // 2)
        await until_refused(anyone)
        told = traders.acknowledged
        stop = asyncio.Event()
        trading = asyncio.create_task(traders.trade_until(stop))
        for _ in range(20):
            for path in ("/public/markets/btcusdt/depth", "/public/markets/btcusdt/trades", "/public/health/alive"):
                answer = await anyone.get(PREFIX + path)
                assert answer.status_code == 200, answer.text
        assert traders.acknowledged == told, "nothing is taken while there is no room"
        filler.unlink()
        assert await traders.acknowledges_more_than(told), "orders are taken as soon as there is room"
        stop.set()
        await trading
    assert exchange.process.pid == process, "it never stopped"
    await check_what_was_told(exchange, traders)


async def test_t10_a_disk_that_is_full_all_the_same_stops_the_process_and_loses_nothing(unguarded: Server) -> None:
    traders = Traders(unguarded, await make_demo(unguarded.settings), seed=11)
    await unguarded.start()
    await traders.trade(20)
    filler = fill(unguarded.settings.home, leave_mb=0)
    await traders.trade_until_crash()
    assert await unguarded.until_ended() == 1
    assert "No space left on device" in unguarded.log_text()
    filler.unlink()
    await unguarded.start()
    await traders.resolve()
    await traders.trade(10)
    await check_what_was_told(unguarded, traders)


async def until_refused(anyone: httpx.AsyncClient) -> None:
    """Until the exchange says that it takes no orders, and why."""
    async with asyncio.timeout(WAIT_S):
        while (answer := await anyone.get(READY_PATH)).status_code == 200:  # noqa: ASYNC110 - asked from outside
            await asyncio.sleep(0.1)
    assert "MB are left on the disk of the database" in answer.json()["components"]["engine"]
    assert answer.json()["components"]["database"] == "ok"


async def check_what_was_told(server: Server, traders: Traders) -> None:
    """The journal and the books, of a server that runs and is stopped."""
    assert not traders.unknown
    traders.check(await journal_of(server))
    assert await server.stop() == 0, server.log_tail()
    await assert_audit_is_clean(server)
