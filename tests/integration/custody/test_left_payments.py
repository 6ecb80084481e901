"""What is unspent and what is not swept, as the database itself notes it: through reorganisations and an upgrade."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from pyxiu.custody.chain import Spend
from pyxiu.custody.model import wallet_owner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps import store
from pyxiu.storage import migrate
from pyxiu.storage.database import as_role
from pyxiu.storage.roles import role_of
from tests.support.custody import running_custody
from tests.support.deposits import catch_up, watch
from tests.support.scripted_chain import ScriptedChain, pay, pay_native, pay_token

TOKEN = "0x00000000000000000000000000000000000000aa"


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[CustodyServices]:
    """With the watcher's rights."""
    async with running_custody(as_role(database_dsn, role_of("watcher"))) as services:
        for network in ("litecoin", "ethereum"):
            owners = {"one": "ID1", "two": "ID2", "hot": wallet_owner(f"{network}-hot")}
            await watch(services, network, {f"{network}-{name}": owner for name, owner in owners.items()})
        yield services


@pytest.fixture
async def scheduler(database_dsn: str) -> AsyncIterator[CustodyServices]:
    async with running_custody(as_role(database_dsn, role_of("scheduler"))) as services:
        yield services


async def column(services: CustodyServices, query: str) -> list[Any]:
    async with services.database.connect() as connection:
        return sorted((await connection.execute(text(query))).scalars())


async def test_an_output_is_spent_as_long_as_a_block_of_the_chain_spends_it(services: CustodyServices) -> None:
    spent = "SELECT payment_id FROM chain_payments WHERE spent"
    chain = ScriptedChain()
    chain.mine(pay("t1", "litecoin-one", 500), pay("t2", "litecoin-two", 300))
    chain.mine(spends=[Spend("x", "t1", 0), Spend("x", "foreign", 0)])
    await catch_up(services, "litecoin", chain)
    assert await column(services, spent) == ["t1:0"]
    chain.reorganise(1, [], [])
    await catch_up(services, "litecoin", chain)
    assert await column(services, spent) == []
    chain.mine(spends=[Spend("y", "t1", 0), Spend("y", "t2", 0)])
    await catch_up(services, "litecoin", chain)
    assert await column(services, spent) == ["t1:0", "t2:0"]


async def test_a_payment_to_a_members_account_waits_until_it_is_swept_and_again_in_another_block(
    services: CustodyServices, scheduler: CustodyServices
) -> None:
    waiting = "SELECT payment_id FROM unswept_payments"
    chain = ScriptedChain()
    chain.mine(pay_native("t1", "ethereum-one", 500), pay_token("t1", "ethereum-two", 7, TOKEN))
    chain.mine(pay_native("t2", "ethereum-hot", 900))
    await catch_up(services, "ethereum", chain)
    assert await column(services, waiting) == ["t1:ethereum-one", "t1:log0"]
    async with scheduler.database.begin() as connection:
        await store.take_off_swept(connection, "ethereum", ["t1:ethereum-one", "t1:log0"])
    chain.mine(pay_native("t3", "ethereum-one", 1))
    await catch_up(services, "ethereum", chain)
    assert await column(services, waiting) == ["t3:ethereum-one"]
    chain.reorganise(3, [pay_token("t1", "ethereum-two", 7, TOKEN)], [], [], [])
    await catch_up(services, "ethereum", chain)
    assert "t1:log0" in await column(services, waiting), "the sweep may have been undone with its block"
    paid = "SELECT contract || ':' || destination FROM paid_accounts JOIN chain_destinations d ON d.id = destination_id"
    assert await column(scheduler, paid) == sorted([f"{TOKEN}:ethereum-two", ":ethereum-hot", ":ethereum-one"])


#: As another revision has left them; what they refer to in the catalog is not looked for.
OLD_ROWS = """
    SET session_replication_role = replica;
    INSERT INTO asset_networks (currency_id, blockchain_key, deposit_fee, min_deposit_amount, min_collection_amount,
        withdraw_fee, min_withdraw_amount, deposit_enabled, withdrawal_enabled, auto_update_fees_enabled, subunits,
        status, options)
    VALUES ('eth', 'ethereum', 0, 0, 0, 0, 0, true, true, false, 18, 'enabled', '{}');
    INSERT INTO chain_destinations (network, destination, address, owner)
    VALUES ('litecoin', 'a', 'a', 'ID1'), ('ethereum', 'b', 'b', 'ID1'), ('ethereum', 'hot', 'hot', '@wallet/hot');
    INSERT INTO wallets (name, network, kind, key_id, xpub) VALUES ('deposits', 'ethereum', 'deposit', 'k', 'x');
    INSERT INTO deposit_addresses (wallet_id, network, uid, idx, address, destination)
    SELECT id, 'ethereum', 'ID1', 1, 'b', 'b' FROM wallets;
    INSERT INTO sweeps (network, currency, wallet_id, deposit_address_id, chain_amount, height, state, done_at)
    SELECT 'ethereum', 'eth', wallet_id, id, 5, 10, 'done', now() FROM deposit_addresses;
    INSERT INTO chain_payments (network, payment_id, destination_id, txid, kind, contract, amount, min_depth,
        block_height, block_hash)
    SELECT network, payment_id, d.id, payment_id, kind, '', 5, 0, height, 'h' FROM (VALUES
        ('litecoin', 'spent', 'a', 'output', 1), ('litecoin', 'left', 'a', 'output', 1),
        ('ethereum', 'swept', 'b', 'native', 5), ('ethereum', 'waits', 'b', 'native', 15),
        ('ethereum', 'ours', 'hot', 'native', 15)
    ) AS p(network, payment_id, destination, kind, height) JOIN chain_destinations d USING (network, destination);
    INSERT INTO chain_spends VALUES ('litecoin', 'spent', 'x', 2);
"""


async def test_an_upgrade_notes_what_is_spent_and_what_waits_for_a_sweep(empty_database_dsn: str) -> None:
    await migrate.upgrade(empty_database_dsn, "0019")
    connection = await asyncpg.connect(empty_database_dsn)
    try:
        await connection.execute(OLD_ROWS)
        await migrate.upgrade(empty_database_dsn)
        rows = await connection.fetch("SELECT payment_id FROM chain_payments WHERE spent")
        assert [row["payment_id"] for row in rows] == ["spent"]
        rows = await connection.fetch("SELECT payment_id FROM unswept_payments ORDER BY 1")
        assert [row["payment_id"] for row in rows] == ["waits"]
        assert await connection.fetchval("SELECT count(*) FROM paid_accounts") == 2
    finally:
        await connection.close()
