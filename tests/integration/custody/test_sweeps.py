"""Sweeps without a node: states, crashes in between, and what staff may do. Amounts and sizes are a real chain's."""

import dataclasses
import itertools
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pyxiu.adapters.chains.bitcoin.build import BitcoinPayouts
from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.custody.addresses.give_address import give_address
from pyxiu.custody.addresses.model import ShownAddress
from pyxiu.custody.payouts.ports import FeeQuote
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.payouts.store import list_payouts
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency.watch_solvency import watch_solvency
from pyxiu.custody.store import remove_blocks_above
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.advance_sweeps import advance_sweeps
from pyxiu.custody.sweeps.model import Sweep
from pyxiu.custody.sweeps.plan_sweeps import plan_sweeps
from pyxiu.custody.sweeps.settle_sweep import SweepRefusedError, drop_sweep, retry_sweep
from pyxiu.custody.sweeps.spread import Part
from pyxiu.custody.sweeps.states import FINAL, TRANSITIONS, WATCHES, SweepState
from pyxiu.custody.sweeps.watch_sweeps import watch_sweeps
from pyxiu.custody.treasury.book_entries import book_entries, note_fees
from pyxiu.custody.treasury.note_other_fees import note_other_fees
from pyxiu.custody.treasury.read_balances import read_balances
from pyxiu.custody.wallets.model import Wallet, WalletKind
from pyxiu.kit.failpoints import FailpointError, armed
from pyxiu.storage.database import as_role
from pyxiu.storage.orm import open_database
from pyxiu.storage.roles import role_of
from tests.support.custody import FixedAssets, a_wallet, running_custody
from tests.support.deposits import alarms, catch_up
from tests.support.scripted_chain import ScriptedChain, pay

COIN = 10**8


class Quoted(BitcoinPayouts):
    """Litecoin's rules with a fee that a test sets; nothing is asked of a node."""

    rate = 1_000

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1/", NETWORKS["litecoin-regtest"])

    async def fees(self) -> FeeQuote:
        return FeeQuote(self.rate, 1_000)


@pytest.fixture
async def chain() -> AsyncIterator[Quoted]:
    chain = Quoted()
    yield chain
    await chain.close()


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[CustodyServices]:
    assets = FixedAssets()
    assets.change("ltc", "litecoin", min_collection=COIN // 10, price=Decimal(100))
    assets.change_network("litecoin", min_confirmations=2)
    async with running_custody(database_dsn, assets=assets) as running:
        yield running


@pytest.fixture
async def wallets(services: CustodyServices) -> dict[WalletKind, Wallet]:
    return {kind: await a_wallet(services, "litecoin", kind) for kind in (WalletKind.DEPOSIT, WalletKind.HOT)}


async def deposited(services: CustodyServices, *amounts: int) -> None:
    """A member's address is paid so often, deep enough to be swept."""
    services.engine.member("ID1")  # type: ignore[attr-defined] # a RecordingEngine
    shown = await give_address(services, "ID1", "ltc", "litecoin")
    assert isinstance(shown, ShownAddress)
    blocks = ScriptedChain()
    blocks.mine(*(pay(f"{number:064x}", shown.row.destination, amount) for number, amount in enumerate(amounts, 1)))
    blocks.empty(3)
    await catch_up(services, "litecoin", blocks, first=1)


async def a_sweep(services: CustodyServices, wallets: dict[WalletKind, Wallet]) -> Sweep:
    async with services.database.begin() as connection:
        sweep = await store.put_sweep(
            connection,
            [Part(wallets[WalletKind.HOT].id, COIN)],
            network="litecoin",
            currency="ltc",
            wallet_id=wallets[WalletKind.DEPOSIT].id,
            coins=[f"{1:064x}:0"],
            chain_amount=COIN,
            height=1,
        )
    assert sweep is not None
    return sweep


async def constraints(services: CustodyServices) -> list[str]:
    """Checks of the table that are about one state, and in the way of trying every step."""
    query = text("SELECT conname FROM pg_constraint WHERE conrelid = 'sweeps'::regclass AND contype = 'c'")
    async with services.database.connect() as connection:
        return list((await connection.execute(query)).scalars())


async def payouts(services: CustodyServices) -> int:
    async with services.database.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM payouts"))).scalar_one())


async def all_states(services: CustodyServices) -> list[SweepState]:
    async with services.database.connect() as connection:
        return [sweep.state for sweep in await store.list_sweeps(connection, limit=100)]


def test_w8_every_state_that_is_not_final_has_a_limit_and_a_way_out() -> None:
    assert set(WATCHES) == set(SweepState) - FINAL
    assert all(TRANSITIONS[state] & FINAL for state in WATCHES if state is not SweepState.PAYING)
    assert all(watch.exit and watch.owner for watch in WATCHES.values())


async def test_the_database_takes_the_same_steps_as_the_table_of_states(
    services: CustodyServices, wallets: dict[WalletKind, Wallet]
) -> None:
    sweep = await a_sweep(services, wallets)
    legal = {(before, after) for before, steps in TRANSITIONS.items() for after in steps}
    for before, after in itertools.permutations(SweepState, 2):
        async with services.database.connect() as connection:
            transaction = await connection.begin()
            await connection.execute(text("ALTER TABLE sweeps DISABLE TRIGGER sweeps_take_steps"))
            for name in await constraints(services):
                await connection.execute(text(f"ALTER TABLE sweeps DROP CONSTRAINT {name}"))
            given = {"id": sweep.id, "before": before.value, "after": after.value}
            await connection.execute(text("UPDATE sweeps SET reason = 'x', state = :before WHERE id = :id"), given)
            await connection.execute(text("ALTER TABLE sweeps ENABLE TRIGGER sweeps_take_steps"))
            if (before, after) in legal:
                await connection.execute(text("UPDATE sweeps SET state = :after WHERE id = :id"), given)
            else:
                with pytest.raises(DBAPIError, match="no step from"):
                    await connection.execute(text("UPDATE sweeps SET state = :after WHERE id = :id"), given)
            await transaction.rollback()


async def test_a_crash_before_the_commit_of_a_step_pays_nothing_twice(
    services: CustodyServices, wallets: dict[WalletKind, Wallet], chain: Quoted
) -> None:
    await deposited(services, COIN, COIN)
    await plan_sweeps(services, {"litecoin": chain})
    with armed("sweep_before_commit=raise"), pytest.raises(FailpointError):
        await advance_sweeps(services, {"litecoin": chain})
    assert (await all_states(services), await payouts(services)) == ([SweepState.PLANNED], 0)
    for _ in range(3):
        await advance_sweeps(services, {"litecoin": chain})
    assert (await all_states(services), await payouts(services)) == ([SweepState.PAYING], 1)
    # What is being swept is not planned again, by nobody.
    for _ in range(2):
        await plan_sweeps(services, {"litecoin": chain})
    assert await all_states(services) == [SweepState.PAYING]


async def test_t59_a_fee_that_has_risen_leaves_coins_where_they_are_and_lists_them(
    services: CustodyServices, wallets: dict[WalletKind, Wallet], chain: Quoted
) -> None:
    await deposited(services, COIN, 20_000)
    chain.rate = 100_000
    planned = await plan_sweeps(services, {"litecoin": chain})
    assert (len(planned.sweeps), planned.dust) == (1, 1)
    async with services.database.connect() as connection:
        sweep = await store.find_sweep(connection, planned.sweeps[0])
        [dust] = await store.dust_of(connection, "litecoin", limit=10)
    assert sweep is not None
    assert (sweep.chain_amount, sweep.coins) == (COIN, (f"{1:064x}:0",))
    assert (dust.chain_amount, dust.reason) == (20_000, "less than ten times the fee of moving it")


async def test_coins_that_are_not_deep_enough_or_held_by_a_payout_are_not_swept(
    services: CustodyServices, wallets: dict[WalletKind, Wallet], chain: Quoted
) -> None:
    await deposited(services, COIN)
    assets = services.assets
    assert isinstance(assets, FixedAssets)
    assets.change_network("litecoin", min_confirmations=5)
    assert (await plan_sweeps(services, {"litecoin": chain})).sweeps == []
    assets.change_network("litecoin", min_confirmations=4)
    assert len((await plan_sweeps(services, {"litecoin": chain})).sweeps) == 1


async def test_coins_that_a_reorganisation_takes_away_before_they_are_spent_end_the_sweep_and_its_payout(
    services: CustodyServices, wallets: dict[WalletKind, Wallet], chain: Quoted
) -> None:
    await deposited(services, COIN)
    await plan_sweeps(services, {"litecoin": chain})
    await advance_sweeps(services, {"litecoin": chain})
    await advance_sweeps(services, {"litecoin": chain})
    assert await all_states(services) == [SweepState.PAYING]
    async with services.database.begin() as connection:
        await remove_blocks_above(connection, "litecoin", 0)
    await advance_sweeps(services, {"litecoin": chain})
    async with services.database.connect() as connection:
        [sweep] = await store.list_sweeps(connection, limit=10)
        [payout] = await list_payouts(connection, limit=10)
    assert (sweep.state, payout.state) == (SweepState.FAILED, PayoutState.FAILED)
    assert sweep.reason == payout.reason == "1 of its coins are in no block any more, or spent"


async def test_a_network_without_a_treasury_wallet_sweeps_nothing(services: CustodyServices, chain: Quoted) -> None:
    await a_wallet(services, "litecoin", WalletKind.DEPOSIT)
    await deposited(services, COIN)
    assert (await plan_sweeps(services, {"litecoin": chain})).sweeps == []


async def test_what_staff_gives_up_is_a_failed_sweep_and_what_is_parked_can_go_on(
    services: CustodyServices, wallets: dict[WalletKind, Wallet]
) -> None:
    sweep = await a_sweep(services, wallets)
    with pytest.raises(SweepRefusedError, match="is planned, expected parked"):
        await retry_sweep(services, sweep.id, actor="staff", reason="again")
    async with services.database.begin() as connection:
        await store.move(connection, sweep, SweepState.PARKED, reason="no fee wallet")
    await watch_sweeps(services)
    assert "retry-sweep" in (await alarms(services))["sweeps_parked"]
    assert (await retry_sweep(services, sweep.id, actor="staff", reason="funded")).state is SweepState.PLANNED
    await watch_sweeps(services)
    assert "sweeps_parked" not in await alarms(services)
    assert (await drop_sweep(services, sweep.id, actor="staff", reason="not now")).state is SweepState.FAILED
    await watch_sweeps(services)
    assert "not now" in (await alarms(services))["sweeps_failed"]
    async with services.database.connect() as connection:
        rows = await connection.execute(
            text("SELECT action, reason FROM custody_activities WHERE object = :about ORDER BY id"),
            {"about": f"sweep:{sweep.id}"},
        )
        assert [tuple(row) for row in rows] == [("sweep.planned", "funded"), ("sweep.failed", "not now")]


async def test_w8_a_sweep_that_stays_too_long_is_an_alarm(
    services: CustodyServices, wallets: dict[WalletKind, Wallet]
) -> None:
    await a_sweep(services, wallets)
    await watch_sweeps(services)
    assert "sweeps_planned" not in await alarms(services)
    async with services.database.begin() as connection:
        await connection.execute(text("UPDATE sweeps SET state_since = now() - interval '2 hours'"))
    await watch_sweeps(services)
    assert "more than 3600 s" in (await alarms(services))["sweeps_planned"]


async def test_the_schedulers_own_role_may_do_all_that_its_jobs_for_the_treasury_do(
    database_dsn: str, services: CustodyServices, wallets: dict[WalletKind, Wallet], chain: Quoted
) -> None:
    await deposited(services, COIN, 5_000)
    as_scheduler = open_database(as_role(database_dsn, role_of("scheduler")), "test")
    limited = dataclasses.replace(services, database=as_scheduler)
    chains = {"litecoin": chain}
    try:
        await plan_sweeps(limited, chains)
        await advance_sweeps(limited, chains)
        async with as_scheduler.begin() as connection:
            await connection.execute(text("UPDATE payouts SET state = 'failed', reason = 'test'"))
        await advance_sweeps(limited, chains)
        await watch_sweeps(limited)
        await note_fees(limited)
        await note_other_fees(limited, chains)
        await book_entries(limited)
        await read_balances(limited, chains)
        await watch_solvency(limited, chains)
    finally:
        await as_scheduler.dispose()
    assert await all_states(services) == [SweepState.FAILED]
