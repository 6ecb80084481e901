"""A chain that a plugin brings, watched, paid out on and signed for by the real processes, on a real node."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.demo.chains.model import LITECOIN
from pyxiu.storage.orm import open_database
from tests.e2e.server import Server
from tests.support.distributions import install_sample
from tests.support.litecoin_payouts import LTC, received
from tests.support.litecoind import LitecoinNode, litecoin_node
from tests.support.payout_processes import DEADLINE_S, LOOK_S, asked_for, done, prepared, until_settled
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind"), pytest.mark.timeout(900)]

CHAIN = "sample-litecoin"


@pytest.fixture
def node() -> Iterator[LitecoinNode]:
    with litecoin_node() as started:
        started.past_mweb()
        yield started


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "test")
    yield database
    await database.dispose()


async def until_logged(server: Server, words: str) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while words not in server.log_text():
            assert server.is_running(), server.log_tail()
            await asyncio.sleep(LOOK_S)


async def test_a_plugins_chain_is_paid_out_on_and_signed_for_only_where_it_is_enabled(
    database_dsn: str, database: AsyncEngine, node: LitecoinNode, tmp_path: Path
) -> None:
    site = str(await asyncio.to_thread(install_sample, tmp_path))
    with home_folder() as home:
        books = Server(home, "run", "engine", "watcher", "scheduler", database_url=database_dsn)
        signer = Server(home, "run", "signer", database_url=database_dsn, log="signer.log")
        hot = await prepared(books, LITECOIN)
        async with database.begin() as connection:
            await connection.execute(
                text("UPDATE blockchains SET chain = :chain WHERE key = :key"), {"chain": CHAIN, "key": LITECOIN}
            )
        plugged = {"PYTHONPATH": site, "PYXIU_PLUGINS": "sample"}
        books.variables |= plugged | {"PYXIU_WATCHER_NODES": f"{LITECOIN}={node.url}"}
        signer.variables |= {"PYXIU_SIGNER_NODES": f"{LITECOIN}={node.url}"}
        # Its addresses, too: a wallet with a key of its own.
        told = await done(books, "wallet", "add", "spare", "--network", LITECOIN, "--kind", "warm", "--reason", "test")
        assert "rltc1" in told + await done(books, "wallet", "address", "spare")
        node.cli("sendtoaddress", hot, 5)
        node.mine(2)
        address = node.cli("getnewaddress")
        # The demo's ledger has two digits more than the chain.
        await asked_for(database, address, LTC * 100, network=LITECOIN, currency="ltc", decimals=10)
        try:
            books.spawn()
            signer.spawn()
            await until_logged(signer, f"there is no signer of a chain '{CHAIN}'")
            signer.kill()
            assert node.cli("getrawmempool") == []
            signer.variables |= plugged
            signer.spawn()
            await until_settled(database, node, LITECOIN)
            assert received(node, address) == [LTC]
            for server in (signer, books):
                assert await server.stop() == 0, server.log_tail()
        finally:
            signer.kill()
            books.kill()
