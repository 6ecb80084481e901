"""The real processes: a scheduler and a signer that are killed in the middle of a payout pay it once (T-49, T-61).

The database's roles are in force, so this also shows that each process may do what it must.
"""

import asyncio
import datetime
import secrets
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.custody_services import custody_services
from pyxiu.app.demo.chains.model import ETHEREUM
from pyxiu.app.demo.chains.prepare import put_networks, put_wallets
from pyxiu.app.demo.prepare import prepare_demo
from pyxiu.app.identity_services import identity_services
from pyxiu.app.key_store import open_key_store
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.session import engine_session
from pyxiu.custody.wallets.store import wallet_by_name
from pyxiu.custody.withdrawals.model import NewWithdrawal
from pyxiu.custody.withdrawals.payload import withdrawal_hash
from pyxiu.custody.withdrawals.store import insert_withdrawal
from pyxiu.storage.orm import open_database
from tests.e2e.server import Server
from tests.support.anvil import ETHER, AnvilNode, anvil_node, new_account
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil"), pytest.mark.timeout(600)]

DEADLINE_S = 120.0
LOOK_S = 0.25
MEMBER = "IDDEMO000001"


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


async def done(server: Server, *arguments: str) -> str:
    ran = await server.run(*arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


async def prepared(server: Server) -> str:
    """The demo's members and chain, wallets with keys, the signer's policy; the hot wallet's address."""
    settings = server.settings
    keys = open_key_store(settings.home, settings.keys)
    async with engine_session(settings) as context:
        identity = identity_services(context, open_secret_box(settings.home))
        await prepare_demo(settings.home, context.catalog, context.engine, identity)
        await put_networks(context.catalog, context.engine)
        services = custody_services(context)
        await put_wallets(services, keys)
        async with services.database.connect() as connection:
            hot = await wallet_by_name(connection, f"{ETHEREUM}-hot")
    assert hot is not None
    assert hot.address is not None
    return hot.address


async def asked_for(database: AsyncEngine, address: str, amount: int) -> None:
    """A withdrawal as the API writes it; the scheduler holds its funds and goes on."""
    tid = f"TID{secrets.token_hex(10).upper()}"
    digest = withdrawal_hash(tid=tid, network=ETHEREUM, currency="eth", address=address, amount=amount)
    async with database.begin() as connection:
        beneficiary = await connection.execute(
            text(
                "INSERT INTO beneficiaries (uid, currency, network, name, data_sealed, data_index, sent_at) "
                "VALUES (:uid, 'eth', :network, 'home', '\\x00', '\\x00', now()) RETURNING id"
            ),
            {"uid": MEMBER, "network": ETHEREUM},
        )
        new = NewWithdrawal(
            tid=tid,
            uid=MEMBER,
            client_id=None,
            request_hash=digest,
            currency="eth",
            network=ETHEREUM,
            beneficiary_id=beneficiary.scalar_one(),
            rid=address,
            decimals=18,
            sum=amount,
            fee=0,
            amount=amount,
            value=Decimal(1),
            hold_id=f"wd:{tid}",
            review="",
            approvals_needed=0,
            proof_hash=digest,
            note=None,
            transfer_type="crypto",
            created_at=datetime.datetime.now(datetime.UTC),
        )
        await insert_withdrawal(connection, new)


async def until_settled(database: AsyncEngine, node: AnvilNode) -> None:
    """Mine until the withdrawal is confirmed and nothing is owed for it."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DEADLINE_S
    while True:
        async with database.connect() as connection:
            rows = (await connection.execute(text("SELECT state, owed FROM withdrawals"))).all()
        if rows == [("confirmed", None)]:
            return
        assert loop.time() < deadline, rows
        node.mine(1)
        await asyncio.sleep(LOOK_S)


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
