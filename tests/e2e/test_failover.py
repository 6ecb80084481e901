"""The split stack with two engines: the leader dies or hangs, the standby takes over, and nothing is lost (T-51, T-76).

Engines, API and projector are processes of their own on homes of their own; they share a database, and the commands go
over gRPC with mutual TLS.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pyxiu.app.demo.members import DemoCredentials
from pyxiu.engine.verify import verify_journal
from pyxiu.storage.database import create_pool
from pyxiu.storage.follow import JournalFollower
from pyxiu.storage.journal import PostgresJournalReader
from pyxiu.transport.engine_cluster import connect_cluster
from pyxiu.transport.tls import load_identity, make_certificates
from tests.e2e.server import Server
from tests.e2e.traders import Traders, engine_link, make_demo
from tests.support.ports import free_port
from tests.support.postgres import StartPostgres

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

#: Of a leader that dies or hangs, until another one leads.
TAKEOVER_S = 5.0


class Stack(msgspec.Struct):
    engines: list[Server]
    projector: Server
    api: Server

    @property
    def all(self) -> list[Server]:
        return [*self.engines, self.projector, self.api]


@pytest.fixture
def stack(home: Path, private_postgres: StartPostgres) -> Iterator[Stack]:
    """Processes that are not started yet."""
    dsn = private_postgres().dsn
    make_certificates(home / "certs")
    addresses = tuple(f"127.0.0.1:{free_port()}" for _ in range(2))

    def server(name: str, service: str, listen: str | None = None) -> Server:
        (home / name).mkdir()
        return Server(
            home / name,
            "run",
            service,
            database_url=dsn,
            engine_listen=listen,
            engines=addresses,
            certs=home / "certs",
        )

    stack = Stack(
        [server(f"engine{number}", "engine", address) for number, address in enumerate(addresses)],
        server("projector", "projector"),
        server("api", "api"),
    )
    yield stack
    for one in stack.all:
        if one.is_running():
            one.resume()
            one.kill()


@pytest.fixture
async def traders(stack: Stack) -> Traders:
    """A stack that has started, with a demo to trade on."""
    credentials = await demo_of(stack)
    for server in stack.all:
        server.spawn()
    await stack.api.until_ready()
    return Traders(stack.api, credentials, seed=41)


async def demo_of(stack: Stack) -> DemoCredentials:
    """Made before any engine runs, by a process that leads for a moment."""
    alone = msgspec.structs.replace(stack.api.settings, engines=())
    return await make_demo(alone)


async def leader_of(stack: Stack) -> Server:
    """The engine that leads now."""
    for server in stack.engines:
        address = server.settings.engine_listen
        assert address is not None
        identity = load_identity(stack.api.settings.certs or Path(), "admin")
        async with connect_cluster([address], identity) as cluster:
            for _ in range(100):
                if cluster.status().leading:
                    return server
                await asyncio.sleep(0.01)
    raise AssertionError("no engine leads: " + "\n".join(server.log_tail() for server in stack.engines))


async def check(stack: Stack, traders: Traders) -> None:
    """Nothing acknowledged is lost, nothing happened twice, the journal verifies, the books are right."""
    await traders.resolve()
    dsn = stack.api.settings.database_url or ""
    async with JournalFollower(dsn, seq_after=0) as follower:
        records = []
        while batch := await follower.poll():
            records += batch
    traders.check(records)
    pool = await create_pool(dsn, "test", size_max=2)
    await verify_journal(PostgresJournalReader(pool))
    await pool.close()
    audit = await stack.api.run("audit", "--json")
    assert audit.returncode == 0, audit.stdout + audit.stderr


async def test_t76_a_leader_that_is_killed_is_replaced_and_orders_go_on(stack: Stack, traders: Traders) -> None:
    await traders.trade(10)
    leader = await leader_of(stack)
    trading = asyncio.create_task(traders.trade(60))
    await asyncio.sleep(0)
    leader.kill()
    async with asyncio.timeout(TAKEOVER_S), engine_link(stack.api.settings):
        pass
    await trading
    leader.spawn()  # comes back as the standby
    successor = await leader_of(stack)
    assert successor is not leader
    await check(stack, traders)


async def test_t51_a_leader_that_hangs_is_replaced_and_exits_when_it_wakes_up(stack: Stack, traders: Traders) -> None:
    await traders.trade(10)
    leader = await leader_of(stack)
    successor = next(server for server in stack.engines if server is not leader)
    leader.pause()
    async with asyncio.timeout(TAKEOVER_S):
        async with connect_cluster(
            [successor.settings.engine_listen or ""], load_identity(stack.api.settings.certs or Path(), "admin")
        ) as cluster:
            await cluster.until_found(TAKEOVER_S)
    await traders.trade(10)
    leader.resume()
    assert await leader.until_ended() == 1, leader.log_tail()
    assert "leadership" in leader.log_tail()
    await traders.trade(10)
    await check(stack, traders)
