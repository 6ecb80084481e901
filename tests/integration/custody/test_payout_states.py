"""The states of a payout: the table of the code and the trigger of the database allow the same steps (W-8)."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.custody.payouts.states import FINAL, TRANSITIONS, WATCHES, PayoutState
from pyxiu.storage.orm import open_database


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "test")
    yield database
    await database.dispose()


async def a_payout(connection: AsyncConnection, state: PayoutState) -> int:
    """A row that begins in a state, past the trigger, which only looks at changes."""
    await connection.execute(
        text(
            "INSERT INTO wallets (name, network, kind, key_id, xpub, address) "
            "VALUES ('hot', 'litecoin', 'hot', 'hot', 'xpub', 'address') ON CONFLICT DO NOTHING"
        )
    )
    query = text(
        """
        INSERT INTO payouts (network, purpose, wallet_id, currency, state, reason, txid, block_height, parked_from)
        SELECT 'litecoin', 'withdrawal', id, 'ltc', :state, 'why', 'txid', 1, :parked_from FROM wallets
        RETURNING id
        """
    )
    given = {"state": state.value, "parked_from": "planned" if state is PayoutState.PARKED else None}
    return int((await connection.execute(query, given)).scalar_one())


async def test_w8_the_trigger_allows_the_steps_of_the_table_and_no_others(database: AsyncEngine) -> None:
    for before in PayoutState:
        for after in PayoutState:
            if before is after:
                continue
            async with database.connect() as connection:
                payout_id = await a_payout(connection, before)
                parked_from = before.value if after is PayoutState.PARKED else None
                change = text("UPDATE payouts SET state = :state, parked_from = :parked_from WHERE id = :id")
                given = {"state": after.value, "parked_from": parked_from, "id": payout_id}
                try:
                    await connection.execute(change, given)
                    allowed = True
                except DBAPIError:
                    allowed = False
                assert allowed == (after in TRANSITIONS[before]), (before, after)


def test_w8_every_state_that_is_not_final_has_an_owner_a_limit_and_a_way_out() -> None:
    assert set(WATCHES) == set(PayoutState) - FINAL
    for state, watch in WATCHES.items():
        assert watch.owner, state
        assert watch.exit, state
        assert TRANSITIONS[state] & (FINAL | {PayoutState.PARKED}), state


async def test_w5_a_coin_is_held_by_one_live_payout(database: AsyncEngine) -> None:
    put = text("INSERT INTO reserved_inputs (network, payment_id, payout_id) VALUES ('litecoin', 'txid:0', :payout)")
    async with database.begin() as connection:
        first = await a_payout(connection, PayoutState.PLANNED)
        second = await a_payout(connection, PayoutState.PLANNED)
        await connection.execute(put, {"payout": first})
    with pytest.raises(DBAPIError):
        async with database.begin() as connection:
            await connection.execute(put, {"payout": second})
    async with database.begin() as connection:
        await connection.execute(text("UPDATE reserved_inputs SET released_at = now()"))
        await connection.execute(put, {"payout": second})
    async with database.begin() as connection:
        # What was given back may be held again, by whoever had it too; not by two at once.
        await connection.execute(text("UPDATE reserved_inputs SET released_at = now() WHERE released_at IS NULL"))
        await connection.execute(put, {"payout": first})
    with pytest.raises(DBAPIError):
        async with database.begin() as connection:
            await connection.execute(put, {"payout": first})
    for change in ("SET released_at = NULL", "SET payment_id = 'other:0'"):
        with pytest.raises(DBAPIError):
            async with database.begin() as connection:
                await connection.execute(text(f"UPDATE reserved_inputs {change}"))
