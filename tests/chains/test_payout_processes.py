"""The real processes: a scheduler and a signer that are killed in the middle of a payout pay it once (T-49, T-61), and
so do those that hang there while others take over, and wake up again (T-51).

The database's roles are in force, so this also shows that each process may do what it must.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.control import socket_path
from pyxiu.app.demo.chains.model import ETHEREUM
from pyxiu.storage.database import IDLE_SETTING
from pyxiu.storage.orm import open_database
from tests.e2e.server import Server
from tests.support.anvil import ETHER, AnvilNode, anvil_node, new_account
from tests.support.payout_processes import DEADLINE_S, LOOK_S, MEMBER, asked_for, bump, done, prepared, until_settled
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil"), pytest.mark.timeout(900)]


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        yield started


@pytest.fixture
def home() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "test")
    yield database
    await database.dispose()


async def test_t49_killed_processes_pay_once(
    database_dsn: str, database: AsyncEngine, home: Path, node: AnvilNode
) -> None:
    books = Server(home, "run", "engine", "watcher", "scheduler", database_url=database_dsn)
    signer = Server(home, "run", "signer", database_url=database_dsn)
    nodes = f"{ETHEREUM}={node.url}"
    books.variables["PYXIU_WATCHER_NODES"] = signer.variables["PYXIU_SIGNER_NODES"] = nodes
    hot = await prepared(books)
    node.send(hot, 10 * ETHER)
    node.mine(2)
    address = str(new_account().address)
    await asked_for(database, address, ETHER)
    try:
        books.spawn(failpoints="payout_reserved=exit")
        signer.spawn(failpoints="payout_broadcast_before_note=exit")
        await books.until_crashed()
        books.spawn()
        await signer.until_crashed()
        signer.spawn()
        await until_settled(database, node)
        assert int(node.rpc("eth_getBalance", address, "latest"), 16) == ETHER
        assert int(node.rpc("eth_getTransactionCount", hot, "latest"), 16) == 1
        assert " confirmed" in await done(books, "payout", "list", "--every")
        for server in (signer, books):
            assert await server.stop() == 0, server.log_tail()
    finally:
        signer.kill()
        books.kill()


class Paused:
    """Engine and watcher in one process; two schedulers and two signers, the first of each to hang and wake up."""

    def __init__(self, home: Path, dsn: str, node: AnvilNode) -> None:
        # As PostgreSQL's own settings in a connection string may say; otherwise it is a minute.
        soon = f"{dsn}{'&' if '?' in dsn else '?'}{IDLE_SETTING}=2s"
        nodes = f"{ETHEREUM}={node.url}"
        self.books = Server(home, "run", "engine", "projector", "watcher", database_url=dsn)
        self.schedulers = [self._server(home, "scheduler", number, soon) for number in (1, 2)]
        self.signers = [self._server(home, "signer", number, soon) for number in (1, 2)]
        for server in (self.books, *self.schedulers):
            server.variables["PYXIU_WATCHER_NODES"] = nodes
        for server in self.signers:
            server.variables["PYXIU_SIGNER_NODES"] = nodes

    @staticmethod
    def _server(home: Path, service: str, number: int, dsn: str) -> Server:
        return Server(home, "run", service, database_url=dsn, log=f"{service}-{number}.log")

    @property
    def all(self) -> list[Server]:
        return [*self.schedulers, *self.signers, self.books]

    async def start_books(self) -> None:
        self.books.spawn()
        await _until(lambda: socket_path(self.books.settings.home).exists(), self.books)


async def _until_said(server: Server, words: str, after: int = 0) -> None:
    """In its log, from so many characters on."""
    await _until(lambda: words in server.log_text()[after:], server)


async def _until(is_so: Callable[[], bool], server: Server) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not is_so():
            assert server.is_running(), server.log_tail()
            await asyncio.sleep(LOOK_S)


@pytest.fixture
def paused(home: Path, database_dsn: str, node: AnvilNode) -> Iterator[Paused]:
    """Processes that are not started yet."""
    made = Paused(home, database_dsn, node)
    yield made
    for server in made.all:
        server.kill()


async def test_t51_a_scheduler_and_a_signer_that_hang_and_wake_up_are_refused(
    paused: Paused, database: AsyncEngine, node: AnvilNode
) -> None:
    hot = await prepared(paused.books)
    node.send(hot, 10 * ETHER)
    node.mine(2)
    await paused.start_books()
    address = str(new_account().address)
    await asked_for(database, address, ETHER)
    first, second = paused.schedulers
    first.spawn(failpoints="payout_planned_before_commit=stop")
    await first.until_stopped()
    second.spawn()
    signer, successor = paused.signers
    signer.spawn(failpoints="signer_before_commit=stop,payout_before_broadcast=stop")
    await signer.until_stopped()
    successor.spawn()
    await until_settled(database, node)
    # Both hold a payment that was made without them; what they write of it is refused, and nothing else comes of it.
    for zombie, said in ((first, "job failed"), (signer, "signer failed")):
        before = len(zombie.log_text())
        zombie.resume()
        await _until_said(zombie, said, before)
        assert re.search("idle-in-transaction|connection (is|was) closed", zombie.log_text()[before:])
    assert await successor.stop() == 0, successor.log_tail()
    assert int(node.rpc("eth_getTransactionCount", hot, "pending"), 16) == 1

    # The signer that woke up is alone now, and hangs with signed bytes in its hands. Meanwhile more is offered with the
    # same nonce, and mined.
    other = str(new_account().address)
    await asked_for(database, other, ETHER)
    await signer.until_stopped()
    async with database.connect() as connection:
        payout = (await connection.execute(text("SELECT max(id) FROM payouts"))).scalar_one()
    await bump(paused.books, payout, node)
    successor.spawn()
    await until_settled(database, node)
    signer.resume()
    await _until_said(signer, "payout_refused")
    node.mine(2)
    assert [int(node.rpc("eth_getBalance", one, "latest"), 16) for one in (address, other)] == [ETHER, ETHER]
    assert int(node.rpc("eth_getTransactionCount", hot, "pending"), 16) == 2
    async with database.connect() as connection:
        held = text("SELECT held FROM accounts WHERE owner = :member AND asset = 'eth'")
        assert (await connection.execute(held, {"member": MEMBER})).scalar_one() == 0
    for server in paused.all:
        assert await server.stop() == 0, server.log_tail()
