"""What the database itself refuses about deposits, whatever the code does."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pyxiu.custody.deposits.model import DepositState
from pyxiu.custody.services import CustodyServices
from tests.support.custody import recording_engine, running_custody
from tests.support.deposits import all_deposits, catch_up, watch
from tests.support.scripted_chain import ScriptedChain, pay

NET = "litecoin"


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[CustodyServices]:
    engine = recording_engine()
    engine.member("ID1")
    async with running_custody(database_dsn, engine=engine) as services:
        await watch(services, NET, {"one": "ID1"})
        chain = ScriptedChain()
        chain.mine(pay("t1", "one", 500))
        await catch_up(services, NET, chain)
        yield services


async def refused(services: CustodyServices, statement: str, **values: Any) -> str:
    """Why the database does not take a statement."""
    with pytest.raises(DBAPIError) as caught:
        async with services.database.begin() as connection:
            await connection.execute(text(statement), values)
    return str(caught.value.orig)


@pytest.mark.parametrize(
    "change",
    [
        "amount = 600",
        "amount = 600, booked = 600",
        "booked = 499",
        "uid = 'ID2'",
        "network = 'bitcoin'",
        "payment_id = 'other'",
        "currency = 'btc'",
        "state = 'orphaned'",
        "state = 'submitted'",
        "state = 'canceled'",
        "orphaned_since = now()",
        "block_height = NULL, block_hash = NULL",
        "booked = -1",
    ],
)
async def test_a_credited_deposit_cannot_be_changed_to_what_it_is_not(services: CustodyServices, change: str) -> None:
    before = await all_deposits(services)
    assert await refused(services, f"UPDATE deposits SET {change}")
    assert await all_deposits(services) == before


async def test_w2_a_coin_has_one_deposit(services: CustodyServices) -> None:
    columns = (
        "uid, currency, network, payment_id, address, txid, chain_amount, decimals, amount, transfer_type, "
        "block_height, block_hash, credit_depth, withdrawable_depth"
    )
    again = f"INSERT INTO deposits (tid, state, {columns}) SELECT 'other', 'confirming', {columns} FROM deposits"
    assert "deposits_network_payment_id_key" in await refused(services, again)


async def test_a_command_that_was_answered_is_never_owed_again(services: CustodyServices) -> None:
    assert "settled once" in await refused(services, "UPDATE deposit_bookings SET state = 'owed', seq = NULL")
    assert "settled once" in await refused(services, "DELETE FROM deposit_bookings")
    twice = (
        "INSERT INTO deposit_bookings (deposit_id, round, kind, key, amount, command, state) "
        "SELECT deposit_id, 2, kind, key, amount, command, 'owed' FROM deposit_bookings"
    )
    assert "deposit_bookings_key_key" in await refused(services, twice)


LEGAL = {
    ("submitted", "credited"),
    ("submitted", "canceled"),
    ("submitted", "rejected"),
    ("confirming", "orphaned"),
    ("confirming", "credited"),
    ("confirming", "clawed_back"),
    ("orphaned", "confirming"),
    ("orphaned", "clawed_back"),
    ("credited", "clawed_back"),
    ("credited", "confirming"),
    ("clawed_back", "confirming"),
}


async def test_only_the_documented_steps_are_taken(services: CustodyServices) -> None:
    """Each pair of states is tried; what the trigger refuses is exactly what is not in the table."""
    refusals = {
        (old.value, new.value): await refusal(services, old, new) for old, new in product(DepositState, repeat=2)
    }
    for (old, new), why in refusals.items():
        if old != new:
            assert (why is None) == ((old, new) in LEGAL), (old, new, why)
            assert why is None or f"no step from {old} to {new}" in why


async def refusal(services: CustodyServices, old: str, new: str) -> str | None:
    """Why a step is refused, without the row's own conditions, which are tested above; None if it is taken."""
    async with services.database.connect() as connection:
        await connection.begin()
        await connection.execute(text("ALTER TABLE deposits DISABLE TRIGGER deposits_steps"))
        names = "SELECT conname FROM pg_constraint WHERE conrelid = 'deposits'::regclass AND contype = 'c'"
        for name in (await connection.execute(text(names))).scalars().all():
            await connection.execute(text(f'ALTER TABLE deposits DROP CONSTRAINT "{name}"'))
        await connection.execute(text("UPDATE deposits SET state = :old"), {"old": old})
        await connection.execute(text("ALTER TABLE deposits ENABLE TRIGGER deposits_steps"))
        try:
            await connection.execute(text("UPDATE deposits SET state = :new"), {"new": new})
        except DBAPIError as error:
            return str(error.orig)
        finally:
            await connection.rollback()
        return None
