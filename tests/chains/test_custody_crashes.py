"""Watcher, scheduler and signer as processes of their own, each of which dies at its failpoints, one round each.

Meanwhile one deposit comes and one withdrawal leaves on a real chain. T-17, T-49, T-61 and T-76 for custody in the
split stack: the deposit is credited once, the payment is made once, and the books agree with the chain in the end.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.custody_services import custody_services
from pyxiu.app.demo.chains.model import ETHEREUM
from pyxiu.app.session import engine_session
from pyxiu.custody.addresses.give_address import give_address
from pyxiu.custody.addresses.model import ShownAddress
from pyxiu.storage.orm import open_database
from tests.e2e.server import Server
from tests.support.anvil import ETHER, AnvilNode, anvil_node, new_account
from tests.support.payout_processes import DEADLINE_S, LOOK_S, MEMBER, asked_for, done, prepared, until_settled
from tests.support.ports import free_port
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil"), pytest.mark.timeout(900)]

#: In the order in which a deposit and a withdrawal come to them.
DEATHS = {
    "watcher": (
        "scan_before_commit",
        "scan_after_commit",
        "deposits_before_commit",
        "booking_after_owed",
        "booking_after_command",
        "booking_before_commit",
    ),
    "scheduler": (
        "withdrawal_before_command",
        "withdrawal_after_command_before_step",
        "payout_planned_before_commit",
        "payout_reserved",
        "payout_approved",
        "payout_decided",
        "withdrawal_after_step_before_command",
        "payout_settled_before_note",
        "treasury_before_command",
        "treasury_after_command",
    ),
    "signer": (
        "signer_before_sign",
        "signer_before_signature",
        "signer_before_commit",
        "signer_signed",
        "payout_before_broadcast",
        "payout_broadcast_before_note",
        "payout_broadcast",
    ),
}


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


@pytest.fixture
def stack(home: Path, database_dsn: str, node: AnvilNode) -> Iterator[dict[str, Server]]:
    """Processes of one machine that are not started yet. `books` has the engine."""
    address = f"127.0.0.1:{free_port()}"
    nodes = f"{ETHEREUM}={node.url}"

    def server(*services: str, **given: Any) -> Server:
        made = Server(home, "run", *services, database_url=database_dsn, log=f"{services[0]}.log", **given)
        made.variables = {"PYXIU_SIGNER_NODES" if services == ("signer",) else "PYXIU_WATCHER_NODES": nodes}
        return made

    made = {"books": server("engine", "projector", engine_listen=address)}
    made |= {name: server(name, engines=(address,)) for name in DEATHS}
    yield made
    for one in made.values():
        one.kill()


async def test_t76_custody_dies_at_each_of_its_failpoints_and_pays_and_credits_once(
    stack: dict[str, Server], database: AsyncEngine, node: AnvilNode
) -> None:
    books = stack["books"]
    hot = await prepared(books)
    node.send(hot, 10 * ETHER)
    inbound, outbound = await deposit_address(books), str(new_account().address)
    node.mine(2)
    books.spawn()
    node.send(inbound, 3 * ETHER)
    await asked_for(database, outbound, ETHER)

    mining = asyncio.create_task(mine(node))
    async with asyncio.TaskGroup() as dying:
        for name, points in DEATHS.items():
            dying.create_task(dies_at_each(stack[name], points))
    mining.cancel()
    await until_settled(database, node)
    await until_credited(database, node)

    assert int(node.rpc("eth_getBalance", outbound, "latest"), 16) == ETHER
    assert int(node.rpc("eth_getTransactionCount", hot, "latest"), 16) == 1
    assert await rows(database, "SELECT count(*) FROM deposit_bookings") == [(1,)]
    await done(books, "projections", "rebuild", "all", "--resume")
    await done(books, "audit")
    for server in stack.values():
        assert await server.stop() == 0, server.log_tail()
        # A job that may not do something goes on without it, so only its log would tell.
        assert "permission denied" not in server.log_text()


async def deposit_address(books: Server) -> str:
    async with engine_session(books.settings) as context:
        given = await give_address(custody_services(context), MEMBER, "eth", ETHEREUM)
    assert isinstance(given, ShownAddress), given
    return given.row.address


async def mine(node: AnvilNode) -> None:
    while True:
        await asyncio.to_thread(node.mine, 1)
        await asyncio.sleep(LOOK_S)


async def dies_at_each(server: Server, points: Sequence[str]) -> None:
    for point in points:
        server.spawn(failpoints=f"{point}=exit")
        await server.until_crashed()
    server.spawn()


async def until_credited(database: AsyncEngine, node: AnvilNode) -> None:
    """Mine until the member's deposit is credited."""
    async with asyncio.timeout(DEADLINE_S):
        while await rows(database, "SELECT state FROM deposits") != [("credited",)]:
            node.mine(1)
            await asyncio.sleep(LOOK_S)


async def rows(database: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with database.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]
