"""The real processes that pay, on the demo's members, wallets and private Ethereum.

hot = await prepared(books)                       # members, wallets with keys, the signer's policy
await asked_for(database, address, ETHER)         # a withdrawal as the API writes it
await until_settled(database, node)               # mine until nothing is owed any more
"""

import asyncio
import datetime
import secrets
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.approver import approver_key
from pyxiu.app.custody_services import custody_services
from pyxiu.app.demo.chains.model import ETHEREUM
from pyxiu.app.demo.chains.prepare import put_networks, put_wallets
from pyxiu.app.demo.prepare import prepare_demo
from pyxiu.app.identity_services import identity_services
from pyxiu.app.key_store import open_key_store
from pyxiu.app.payout_desks import Desks
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.session import database_session, engine_session
from pyxiu.custody.payouts import reservations
from pyxiu.custody.payouts.bump_payout import bump_payout
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.wallets.store import wallet_by_name
from pyxiu.custody.withdrawals.model import NewWithdrawal
from pyxiu.custody.withdrawals.payload import withdrawal_hash
from pyxiu.custody.withdrawals.store import insert_withdrawal
from tests.e2e.server import Server
from tests.support.anvil import AnvilNode
from tests.support.litecoind import LitecoinNode

DEADLINE_S = 120.0
LOOK_S = 0.25
MEMBER = "IDDEMO000001"


async def done(server: Server, *arguments: str) -> str:
    ran = await server.run(*arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


async def prepared(server: Server, network: str = ETHEREUM) -> str:
    """The demo's members and chains, wallets with keys, the signer's policy; the address of a network's hot wallet."""
    settings = server.settings
    keys = open_key_store(settings.home, settings.keys)
    async with engine_session(settings) as context:
        identity = identity_services(context, open_secret_box(settings.home))
        await prepare_demo(settings.home, context.catalog, context.engine, identity)
        await put_networks(context.catalog, context.engine)
        services = custody_services(context)
        await put_wallets(services, keys)
        async with services.database.connect() as connection:
            hot = await wallet_by_name(connection, f"{network}-hot")
    assert hot is not None
    assert hot.address is not None
    return hot.address


async def asked_for(
    database: AsyncEngine,
    address: str,
    amount: int,
    *,
    network: str = ETHEREUM,
    currency: str = "eth",
    decimals: int = 18,
) -> None:
    """A withdrawal as the API writes it, in the engine's units; the scheduler holds its funds and goes on."""
    tid = f"TID{secrets.token_hex(10).upper()}"
    digest = withdrawal_hash(tid=tid, network=network, currency=currency, address=address, amount=amount)
    async with database.begin() as connection:
        beneficiary = await connection.execute(
            text(
                """
                INSERT INTO beneficiaries (uid, currency, network, name, data_sealed, data_index, sent_at)
                VALUES (:uid, :currency, :network, 'home', '\\x00', CAST(gen_random_uuid()::text AS bytea), now())
                RETURNING id
                """
            ),
            {"uid": MEMBER, "currency": currency, "network": network},
        )
        new = NewWithdrawal(
            tid=tid,
            uid=MEMBER,
            client_id=None,
            request_hash=digest,
            currency=currency,
            network=network,
            beneficiary_id=beneficiary.scalar_one(),
            rid=address,
            decimals=decimals,
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


async def bump(server: Server, payout_id: int, node: AnvilNode) -> None:
    """As `pyxiu payout bump` does it on the server's home."""
    async with database_session(server.settings) as context:
        approver = approver_key(server.settings.home)
        desks = Desks(custody_services(context), {ETHEREUM: node.url}, approver, PayoutSettings())
        try:
            desk = await desks.of(ETHEREUM)
            assert desk is not None
            await bump_payout(desk, payout_id)
        finally:
            await desks.close()


async def until_settled(database: AsyncEngine, node: AnvilNode | LitecoinNode, network: str = ETHEREUM) -> None:
    """Mine until all withdrawals are confirmed and nothing is owed for them.

    No faster than the watcher reads: nothing is signed on a network whose scan lags.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DEADLINE_S
    while True:
        async with database.connect() as connection:
            rows = (await connection.execute(text("SELECT state, owed FROM withdrawals"))).all()
            scanned = await reservations.scanned_height(connection, network)
            alarms = (await connection.execute(text("SELECT kind, text FROM chain_alarms"))).all()
        if rows and set(rows) == {("confirmed", None)}:
            return
        assert loop.time() < deadline, (rows, alarms)
        if scanned >= node.height():
            node.mine(2)
        await asyncio.sleep(LOOK_S)
