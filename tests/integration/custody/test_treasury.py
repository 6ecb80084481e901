"""The treasury without a node: fees and inflows enter the ledger once, wallets are judged, moves checked, audited."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pyxiu.app.run_scheduler import run_job
from pyxiu.app.scheduler_jobs import JOBS, scheduled_over
from pyxiu.app.settings import load_settings
from pyxiu.core.commands import Command, PostEntry
from pyxiu.custody.audit_checks import CHECKS, check_custody
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.treasury import entry_store
from pyxiu.custody.treasury.book_entries import book_entries, fee_key, note_fees
from pyxiu.custody.treasury.model import EntryKind, WalletBalance
from pyxiu.custody.treasury.move_funds import MoveRefusedError, move_funds
from pyxiu.custody.treasury.read_balances import LOW_EVENT, findings, judge
from pyxiu.custody.wallets.model import Wallet, WalletKind
from pyxiu.kit.failpoints import FailpointError, armed
from tests.support.custody import LTC, FixedAssets, RecordingEngine, a_wallet, recording_engine, running_custody
from tests.support.deposits import alarms

COIN = 10**8


@pytest.fixture
def engine() -> RecordingEngine:
    return recording_engine(FixedAssets())


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn, engine=engine) as running:
        yield running


async def owe(services: CustodyServices, kind: EntryKind, reference: str, amount: int) -> None:
    async with services.database.begin() as connection:
        await entry_store.put_entry(
            connection,
            kind=kind,
            network="litecoin",
            reference=reference,
            currency="ltc",
            chain_amount=amount,
            amount=amount,
            key=fee_key("litecoin", reference),
            actor="staff",
            reason="a test",
        )


async def states(services: CustodyServices) -> list[str]:
    async with services.database.connect() as connection:
        return [row.state for row in await entry_store.list_entries(connection, owed_only=False, limit=100)][::-1]


def posted(engine: RecordingEngine) -> list[str]:
    return [command.key for command in engine.sent(PostEntry)]


async def test_w7_a_fee_is_booked_when_revenue_allows_and_an_alarm_says_that_it_does_not(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    await owe(services, EntryKind.NETWORK_FEE, "tx1", 700)
    assert (await book_entries(services)).held_up == 1
    assert "700 units of ltc" in (await alarms(services))["fees_not_booked"]
    await owe(services, EntryKind.INFLOW, "tx2:0", 1_000)
    for _ in range(2):
        await book_entries(services)
    assert await states(services) == ["booked", "booked"]
    assert engine.balance("@revenue", "ltc") == (300, 0)
    assert engine.balance("@external", "ltc") == (-300, 0)
    assert "fees_not_booked" not in await alarms(services)


@pytest.mark.parametrize("place", ["treasury_before_command", "treasury_after_command"])
async def test_w7_a_crash_before_or_after_the_engine_books_a_fee_once(
    services: CustodyServices, engine: RecordingEngine, place: str
) -> None:
    await owe(services, EntryKind.INFLOW, "tx2:0", 1_000)
    await owe(services, EntryKind.NETWORK_FEE, "tx1", 700)
    with armed(f"{place}=raise"), pytest.raises(FailpointError):
        await book_entries(services)
    assert await states(services) == ["owed", "owed"]
    await book_entries(services)
    await book_entries(services)
    assert await states(services) == ["booked", "booked"]
    assert engine.balance("@revenue", "ltc") == (300, 0)


async def test_w7_an_answer_that_nobody_hears_is_asked_for_again(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    await owe(services, EntryKind.INFLOW, "tx2:0", 1_000)

    def lost(_command: Command) -> None:
        raise ConnectionError("made up")

    engine.after = lost
    with pytest.raises(ConnectionError):
        await book_entries(services)
    engine.after = lambda _command: None
    await book_entries(services)
    assert len(posted(engine)) == 2
    assert engine.balance("@revenue", "ltc") == (1_000, 0)


async def final_payout(services: CustodyServices, wallet: Wallet, **fields: Any) -> None:
    """A payout that has come to its end."""
    given = {"state": "confirmed", "reason": None, "txid": "0xaa", "fee": 10**10 * 3 // 2, **fields}
    query = """
        INSERT INTO payouts (network, purpose, wallet_id, currency, state, reason, txid, block_height, chain_fee)
        VALUES (:network, 'sweep', :wallet, 'eth', :state, :reason, :txid, 7, :fee)
    """
    async with services.database.begin() as connection:
        await connection.execute(text(query), {**given, "network": wallet.network, "wallet": wallet.id})


async def test_w7_every_final_payouts_fee_is_written_down_once_and_rounded_together(
    database_dsn: str, engine: RecordingEngine
) -> None:
    assets = FixedAssets()
    assets.change("eth", "ethereum", decimals=8)
    async with running_custody(database_dsn, engine=engine, assets=assets) as services:
        wallet = await a_wallet(services, "ethereum", WalletKind.HOT)
        await final_payout(services, wallet)
        await final_payout(services, wallet, state="failed", reason="reverted", txid="0xbb")
        await final_payout(services, wallet, state="failed", reason="never sent", txid=None, fee=None)
        assert (await note_fees(services), await note_fees(services)) == (2, 0)
        async with services.database.connect() as connection:
            entries = (await entry_store.list_entries(connection, owed_only=True, limit=10))[::-1]
    # One and a half units twice: the ledger counts three, not two.
    assert [(entry.key, entry.amount) for entry in entries] == [
        ("network-fee:ethereum:0xaa", 1),
        ("network-fee:ethereum:0xbb", 2),
    ]


async def test_a_long_reference_still_has_a_key_that_the_engine_takes(services: CustodyServices) -> None:
    await owe(services, EntryKind.INFLOW, f"0x{'a' * 64}:0x{'b' * 40}:and-more-{'c' * 40}", 1)
    assert (await book_entries(services)).booked == 1


def held(wallet: Wallet, amount: int) -> WalletBalance:
    return WalletBalance(wallet_id=wallet.id, currency="ltc", chain_amount=amount, height=9, block_hash="h9")


async def test_a_hot_wallet_that_becomes_low_is_an_alarm_and_one_event(services: CustodyServices) -> None:
    hot = await a_wallet(services, "litecoin", WalletKind.HOT, max_balance=Decimal(1_000))
    for amount in (COIN, COIN // 2, 0):
        await judge(services, "litecoin", [held(hot, amount)])
        assert ("wallet_low:litecoin-hot:ltc" in await alarms(services)) is (amount < COIN)
    async with services.database.connect() as connection:
        rows = await connection.execute(text("SELECT record FROM outbox WHERE event = :event"), {"event": LOW_EVENT})
        records = list(rows.scalars())
    assert [(record["wallet"], record["balance"], record["threshold"]) for record in records] == [
        ("litecoin-hot", "0.5", "1.0")
    ]
    await judge(services, "litecoin", [held(hot, 11 * COIN)])
    assert list(await alarms(services)) == ["wallet_over:litecoin-hot:ltc"]


async def test_what_approved_withdrawals_need_makes_a_hot_wallet_low_whatever_its_bound(
    services: CustodyServices,
) -> None:
    hot = await a_wallet(services, "litecoin", WalletKind.HOT)
    [finding] = findings(hot, LTC, held(hot, COIN), 2 * COIN)
    assert (finding.low, finding.threshold) == (True, 2 * COIN)
    assert findings(hot, LTC, held(hot, 2 * COIN), 2 * COIN) == []


REFUSED_MOVES = [
    ("litecoin-hot", "litecoin-hot", "ltc", "1", "not two wallets"),
    ("litecoin-hot", "ethereum-hot", "ltc", "1", "not two wallets"),
    ("litecoin-hot", "nobody", "ltc", "1", "no wallet"),
    ("litecoin-hot", "litecoin-deposit", "ltc", "1", "no wallet"),
    ("litecoin-hot", "litecoin-cold", "usdt", "1", "does not carry"),
    ("litecoin-hot", "litecoin-cold", "ltc", "0", "above 0"),
    ("litecoin-hot", "litecoin-cold", "ltc", "0.000000001", "above 0"),
    ("litecoin-hot", "litecoin-cold", "ltc", "much", "above 0"),
]


async def test_a_move_that_cannot_be_is_refused_and_leaves_nothing(services: CustodyServices) -> None:
    for network, kind in (
        ("litecoin", WalletKind.HOT),
        ("litecoin", WalletKind.COLD),
        ("litecoin", WalletKind.DEPOSIT),
        ("ethereum", WalletKind.HOT),
    ):
        await a_wallet(services, network, kind)
    for source, target, currency, amount, why in REFUSED_MOVES:
        with pytest.raises(MoveRefusedError, match=why):
            await move_funds(services, source, target, currency, amount, actor="staff", reason="a test")
    async with services.database.connect() as connection:
        for table in ("payouts", "treasury_moves"):
            assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0


#: By the check that has to notice it: what somebody with the database's password might do.
FORGED = {
    "chains_are_linked": """
        INSERT INTO chain_blocks (network, height, hash, parent, mined_at)
        VALUES ('litecoin', 1, 'a', 'x', now()), ('litecoin', 2, 'b', 'other', now())
    """,
    "payments_have_one_meaning": """
        WITH d AS (INSERT INTO chain_destinations (network, destination, address, owner)
            VALUES ('litecoin', 'd', 'd', 'ID1') RETURNING id)
        INSERT INTO chain_payments (network, payment_id, destination_id, txid, kind, contract, amount, min_depth,
            block_height, block_hash, unread)
        SELECT 'litecoin', 't:0', id, 't', 'output', '', 5, 0, 1, 'a', false FROM d
    """,
    "payments_without_a_block_are_no_deposits": """
        WITH d AS (INSERT INTO deposits (tid, uid, currency, decimals, amount, transfer_type, state)
            VALUES ('TID1', 'ID1', 'ltc', 8, 5, 'fiat', 'submitted') RETURNING tid)
        INSERT INTO pending_payments (network, payment_id, tid, uid, currency, address, txid, chain_amount, decimals,
            amount, credit_depth, withdrawable_depth, spends, state)
        SELECT 'litecoin', 't:0', tid, 'ID1', 'ltc', 'a', 't', 5, 8, 5, 1, 1, '{}', 'pending' FROM d
    """,
    "spent_payments_are_marked": """
        WITH d AS (INSERT INTO chain_destinations (network, destination, address, owner)
            VALUES ('litecoin', 'd', 'd', 'ID1') RETURNING id)
        INSERT INTO chain_payments (network, payment_id, destination_id, txid, kind, contract, amount, min_depth,
            block_height, block_hash, spent)
        SELECT 'litecoin', 't:0', id, 't', 'output', '', 5, 0, 1, 'a', true FROM d
    """,
    "network_fees_are_booked_once": """
        INSERT INTO treasury_entries (kind, network, reference, currency, chain_amount, amount, key, state, reason,
            seq, booked_at)
        VALUES ('network_fee', 'litecoin', 't', 'ltc', 5, 5, 'k', 'booked', 'r', 0, now())
    """,
    "sweeps_add_up": """
        INSERT INTO sweeps (network, currency, wallet_id, coins, chain_amount, height)
        SELECT 'litecoin', 'ltc', id, '{t:0}', 5, 1 FROM wallets LIMIT 1
    """,
    "withdrawals_have_one_payout": """
        WITH p AS (INSERT INTO payouts (network, purpose, wallet_id, currency)
            SELECT 'litecoin', 'sweep', id, 'ltc' FROM wallets LIMIT 1 RETURNING id)
        INSERT INTO payout_attempts (payout_id, attempt, payload, payload_hash, chain_fee, txid, state, approval)
        SELECT id, 1, '{}', 'h', 1, 't', 'broadcast', 'a' FROM p
    """,
    "reservations_are_single": """
        WITH w AS (SELECT id FROM wallets LIMIT 1),
            p AS (INSERT INTO payouts (network, purpose, wallet_id, currency)
                SELECT 'litecoin', 'sweep', w.id, 'ltc' FROM w, generate_series(1, 2) RETURNING id)
        INSERT INTO reserved_inputs (network, payment_id, payout_id) SELECT 'litecoin', 't:0', id FROM p
    """,
}
#: What the tables themselves refuse, and somebody has taken away before.
LOOSENED = {
    "withdrawals_have_one_payout": "ALTER TABLE payout_attempts DROP CONSTRAINT payout_attempts_check1",
    "reservations_are_single": "DROP INDEX reserved_inputs_held",
}


async def test_what_somebody_changes_behind_our_back_is_found_by_the_check_for_it(services: CustodyServices) -> None:
    await a_wallet(services, "litecoin", WalletKind.HOT)
    assert set(FORGED) < {check.name for check in CHECKS}
    async with services.database.connect() as connection:
        assert [result.findings for result in await check_custody(connection)] == [()] * len(CHECKS)
        for name, forgery in FORGED.items():
            await connection.rollback()
            if name in LOOSENED:
                await connection.execute(text(LOOSENED[name]))
            await connection.execute(text(forgery.replace(":0", "\\:0")))
            found = {result.name: result.findings for result in await check_custody(connection)}
            assert found.pop(name), name
            assert not any(found.values()), (name, found)


async def test_every_job_of_the_scheduler_runs_where_no_node_is_set(services: CustodyServices, tmp_path: Path) -> None:
    settings = load_settings(environment={"PYXIU_HOME": str(tmp_path)})
    async with scheduled_over(settings, services) as scheduled:
        assert {job.name: await run_job(scheduled, job) for job in JOBS} == {job.name: None for job in JOBS}
    assert await alarms(services) == {}
