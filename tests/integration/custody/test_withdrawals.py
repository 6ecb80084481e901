"""A withdrawal from the request to its end: what is held, who approves, what comes back, and what is refused."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pyxiu.core.commands import PlaceHold, ReleaseHold, SettleHold
from pyxiu.core.money import unpack
from pyxiu.custody.freezes import freeze
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.cancel_withdrawal import cancel_withdrawal
from pyxiu.custody.withdrawals.decide_withdrawal import (
    Undecided,
    approve,
    cancel,
    mark_failed,
    mark_paid,
    reject,
)
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.payload import withdrawal_hash
from pyxiu.custody.withdrawals.ports import LimitRow, ProofRefusal, Proved
from pyxiu.custody.withdrawals.refusals import Refusal, Refused
from pyxiu.custody.withdrawals.settle_withdrawal import give_back, settle
from pyxiu.custody.withdrawals.states import TRANSITIONS, WithdrawalState
from pyxiu.kit.errors import TransientError
from tests.support.withdrawals import LTC_ADDRESSES, Proofs, running_desk

LTC = 10**8
S = WithdrawalState
FIAT_DATA = {"full_name": "Alice Example", "account_number": "DE89370400440532013000"}


async def test_a_withdrawal_within_all_limits_is_held_and_approved_at_once(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        desk.assets.change("ltc", "litecoin", withdrawal_fee=1_000)
        alice = desk.member("alice", ltc=3 * LTC)
        beneficiary = await desk.beneficiary(alice)
        proofs = Proofs()
        made = await desk.withdraw(alice, beneficiary, LTC, proofs=proofs, note="rent")
        assert made.state is S.APPROVED
        assert (made.sum, made.fee, made.amount, made.value) == (LTC, 1_000, LTC - 1_000, Decimal(100))
        assert made.rid == LTC_ADDRESSES[0]
        assert desk.engine.balance(alice.uid, "ltc") == (2 * LTC, LTC)
        expected = withdrawal_hash(
            tid=made.tid, network="litecoin", currency="ltc", address=LTC_ADDRESSES[0], amount=LTC - 1_000
        )
        assert proofs.asked == [expected] == [made.proof_hash]


async def test_a_settled_withdrawal_leaves_and_its_fee_is_ours(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        desk.assets.change("ltc", "litecoin", withdrawal_fee=1_000)
        alice = desk.member("alice", ltc=3 * LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        async with desk.services.database.begin() as connection:
            (found,) = await store.approved_withdrawals(connection, "litecoin", 10)
            assert found.tid == made.tid
            await store.move(connection, made.id, S.PAYING, payout_id=7)
        for _ in range(2):
            ended = await settle(desk.services, made.id, txid="aa" * 32, block_height=5)
            assert (ended.state, ended.owed, ended.txid, ended.payout_id) == (S.CONFIRMED, None, "aa" * 32, 7)
        assert desk.engine.balance(alice.uid, "ltc") == (2 * LTC, 0)
        (settled,) = desk.engine.sent(SettleHold)
        assert (unpack(settled.amount), unpack(settled.fee)) == (LTC - 1_000, 1_000)


async def test_what_is_not_paid_comes_back_once(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        async with desk.services.database.begin() as connection:
            await store.move(connection, made.id, S.PAYING)
        for _ in range(2):
            ended = await give_back(desk.services, made.id, "the token reverts")
            assert (ended.state, ended.reason) == (S.FAILED, "the token reverts")
        assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)
        assert len(desk.engine.sent(ReleaseHold)) == 1


async def test_a_member_takes_back_what_nobody_approved_yet(database_dsn: str) -> None:
    async with running_desk(database_dsn, approve_all=True) as desk:
        alice, bob = desk.member("alice", ltc=LTC), desk.member("bob")
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        assert (made.state, made.review) == (S.HELD, "every")
        assert await cancel_withdrawal(desk.services, bob.uid, made.id) is None
        ended = await cancel_withdrawal(desk.services, alice.uid, made.id)
        assert ended is not None
        assert ended.state is S.CANCELED
        assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)
        assert await cancel_withdrawal(desk.services, alice.uid, made.id) == ended


async def test_an_approved_withdrawal_is_not_canceled_by_its_member(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        assert await cancel_withdrawal(desk.services, alice.uid, made.id) == made
        assert desk.engine.balance(alice.uid, "ltc") == (0, LTC)


async def test_more_than_there_is_holds_nothing(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        beneficiary = await desk.beneficiary(alice)
        assert await desk.ask(alice, beneficiary, LTC + 1) == Refused(Refusal.INSUFFICIENT_BALANCE)
        assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)


async def test_t05_a_client_id_has_one_effect_and_t06_only_with_the_same_fields(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=3 * LTC)
        beneficiary = await desk.beneficiary(alice)
        first = await desk.withdraw(alice, beneficiary, LTC, client_id="rent")
        proofs = Proofs(Proved(ProofRefusal.INVALID))
        assert await desk.withdraw(alice, beneficiary, LTC, client_id="rent", proofs=proofs) == first
        assert not proofs.asked
        for fields in ({"note": "other"}, {"total": 2 * LTC}):
            other: dict[str, Any] = {"total": LTC, "client_id": "rent", **fields}
            assert await desk.ask(alice, beneficiary, **other) == Refused(Refusal.CLIENT_ID_REUSED)
        assert len(desk.engine.sent(PlaceHold)) == 1


async def test_t07_a_client_id_counts_years_later_when_nothing_else_is_as_it_was(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=3 * LTC)
        beneficiary = await desk.beneficiary(alice)
        first = await desk.withdraw(alice, beneficiary, LTC, client_id="rent")
        desk.pass_s(400 * 24 * 3600)
        desk.assets.change("ltc", "litecoin", withdrawal_enabled=False)
        assert await desk.withdraw(alice, beneficiary, LTC, client_id="rent") == first


@pytest.mark.parametrize("refusal", list(ProofRefusal))
async def test_without_its_second_factor_nothing_is_written(database_dsn: str, refusal: ProofRefusal) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        beneficiary = await desk.beneficiary(alice)
        said = Proved(refusal, 7)
        assert await desk.ask(alice, beneficiary, LTC, proofs=Proofs(said)) == said
        assert not await desk.events("model.withdraw")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"precision": 2, "total": LTC + 1}, Refusal.AMOUNT),
        ({"min_withdrawal": LTC, "total": LTC - 1}, Refusal.BELOW_MINIMUM),
        ({"withdrawal_fee": LTC, "total": LTC}, Refusal.AMOUNT),
        ({"withdrawal_enabled": False}, Refusal.CURRENCY_DISABLED),
    ],
)
async def test_an_amount_that_does_not_fit_is_refused_never_rounded(
    database_dsn: str, fields: dict[str, Any], refusal: Refusal
) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=3 * LTC)
        beneficiary = await desk.beneficiary(alice)
        total = fields.pop("total", LTC)
        desk.assets.change("ltc", "litecoin", **fields)
        assert await desk.ask(alice, beneficiary, total) == Refused(refusal)
        assert not desk.engine.sent(PlaceHold)


async def test_a_token_is_paid_in_units_that_its_chain_has(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        desk.rules.change("usdt", precision=18)
        desk.assets.change("usdt", "ethereum", precision=18)
        alice = desk.member("alice", usdt=10**18)
        beneficiary = await desk.beneficiary(alice, currency="usdt", data={"address": "0x" + "ab" * 20})
        assert await desk.ask(alice, beneficiary, 10**18 - 1) == Refused(Refusal.AMOUNT)
        assert (await desk.withdraw(alice, beneficiary, 10**12)).amount == 10**12


async def test_the_beneficiary_must_be_ones_own_active_and_of_this_currency_and_network(database_dsn: str) -> None:
    async with running_desk(database_dsn, new_address_wait_s=60) as desk:
        alice, bob = desk.member("alice", ltc=LTC, eth=10**18), desk.member("bob", ltc=LTC)
        pending = await desk.pending(alice)
        assert await desk.ask(alice, pending, LTC) == Refused(Refusal.BENEFICIARY_NOT_ACTIVE)
        active = await desk.beneficiary(alice, data={"address": LTC_ADDRESSES[1]})
        assert await desk.ask(alice, active, LTC) == Refused(Refusal.BENEFICIARY_WAITS, 60)
        desk.pass_s(60)
        assert await desk.ask(bob, active, LTC) == Refused(Refusal.BENEFICIARY_UNKNOWN)
        assert await desk.ask(alice, active, LTC, currency="eth") == Refused(Refusal.BENEFICIARY_MISMATCH)
        assert await desk.ask(alice, active, LTC, network="ethereum") == Refused(Refusal.BENEFICIARY_MISMATCH)
        assert (await desk.withdraw(alice, active, LTC, network="litecoin")).state is S.APPROVED


async def test_a_member_who_may_not_withdraw_is_refused(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        beneficiary = await desk.beneficiary(alice)
        later = desk.now + datetime.timedelta(seconds=90)
        for changes, refused in (
            ({"level": 2}, Refused(Refusal.NOT_PERMITTED)),
            ({"active": False}, Refused(Refusal.NOT_PERMITTED)),
            ({"withdraw_from": later}, Refused(Refusal.COOL_OFF, 90)),
        ):
            desk.members.change(alice.uid, **changes)
            assert await desk.ask(desk.members.all[alice.uid], beneficiary, LTC) == refused
            desk.members.all[alice.uid] = alice
        async with desk.services.database.begin() as connection:
            await freeze(connection, alice.uid, "a deposit is gone", actor="watcher")
        assert await desk.ask(alice, beneficiary, LTC) == Refused(Refusal.FROZEN)


async def test_a_frozen_members_approved_withdrawals_are_not_paid(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        async with desk.services.database.begin() as connection:
            await freeze(connection, alice.uid, "a deposit is gone", actor="watcher")
            assert not await store.approved_withdrawals(connection, "litecoin", 10)


async def test_over_a_limit_staff_approves_and_usage_counts_each_withdrawal_once(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        desk.rules.rows = [
            LimitRow("any", "any", Decimal(100), Decimal(250)),
            LimitRow("vip-0", "any", Decimal(0), Decimal(0)),
        ]
        desk.rules.rows.append(LimitRow("any", "3", Decimal(200), Decimal(300)))
        alice = desk.member("alice", ltc=10 * LTC)
        beneficiary = await desk.beneficiary(alice)
        assert (await desk.withdraw(alice, beneficiary, 2 * LTC)).state is S.APPROVED
        over = await desk.withdraw(alice, beneficiary, 1)
        assert (over.state, over.review, over.approvals_needed) == (S.HELD, "over_limit_24h", 1)
        canceled = await cancel_withdrawal(desk.services, alice.uid, over.id)
        assert canceled is not None
        assert canceled.state is S.CANCELED
        desk.pass_s(25 * 3600)
        assert (await desk.withdraw(alice, beneficiary, LTC)).state is S.APPROVED
        over = await desk.withdraw(alice, beneficiary, 1)
        assert over.review == "over_limit_1m"
        approved = await approve(desk.services, over.tid, actor="SUPPORT1", reason="known customer")
        assert isinstance(approved, Withdrawal)
        assert approved.state is S.APPROVED


async def test_t70_above_the_threshold_two_others_must_approve(database_dsn: str) -> None:
    async with running_desk(database_dsn, four_eyes_from=Decimal(100)) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        assert (made.state, made.review, made.approvals_needed) == (S.HELD, "four_eyes", 2)
        services = desk.services
        assert await approve(services, made.tid, actor=alice.uid, reason="me") is Undecided.OWNER
        first = await approve(services, made.tid, actor="STAFF1", reason="looked at it")
        assert isinstance(first, Withdrawal)
        assert first.state is S.HELD
        assert await approve(services, made.tid, actor="STAFF1", reason="again") is Undecided.ALREADY
        second = await approve(services, made.tid, actor="STAFF2", reason="looked too")
        assert isinstance(second, Withdrawal)
        assert second.state is S.APPROVED
        assert await approve(services, made.tid, actor="STAFF3", reason="late") is Undecided.NOT_WAITING


async def test_t70_the_database_itself_refuses_what_four_eyes_forbid(database_dsn: str) -> None:
    async with running_desk(database_dsn, four_eyes_from=Decimal(100)) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        decision = "INSERT INTO withdrawal_approvals (withdrawal_id, approver_uid, decision, payload_hash, reason)"
        by = decision + " VALUES (:id, :by, 'approve', :hash, 'because')"
        forbidden: list[tuple[str, dict[str, Any]]] = [
            (by, {"by": alice.uid, "hash": made.proof_hash}),
            (by, {"by": "STAFF1", "hash": "0" * 64}),
            ("UPDATE withdrawals SET state = 'approved' WHERE id = :id", {}),
            ("UPDATE withdrawals SET approvals_needed = 1 WHERE id = :id", {}),
            ("UPDATE withdrawals SET rid = 'rltc1qelse' WHERE id = :id", {}),
            ("UPDATE withdrawals SET sum = sum + 1, amount = amount + 1 WHERE id = :id", {}),
            ("UPDATE withdrawals SET uid = 'other' WHERE id = :id", {}),
            ("DELETE FROM withdrawals WHERE id = :id", {}),
        ]
        for statement, values in forbidden:
            with pytest.raises(DBAPIError):
                await _execute(desk, statement, id=made.id, **values)
        await _execute(desk, by, id=made.id, by="STAFF1", hash=made.proof_hash)
        later = ["UPDATE withdrawal_approvals SET approver_uid = 'STAFF2'", "DELETE FROM withdrawal_approvals"]
        for statement in [*later, "UPDATE withdrawals SET state = 'approved'"]:
            with pytest.raises(DBAPIError):
                await _execute(desk, statement)
        await _execute(desk, by, id=made.id, by="STAFF2", hash=made.proof_hash)
        await _execute(desk, "UPDATE withdrawals SET state = 'approved' WHERE id = :id", id=made.id)
        with pytest.raises(DBAPIError):
            await _execute(desk, by, id=made.id, by="STAFF3", hash=made.proof_hash)


async def test_the_database_takes_exactly_the_steps_of_the_table(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        columns = (
            "client_id, request_hash, currency, network, beneficiary_id, rid, decimals, sum, fee, amount, value,"
            " review, approvals_needed, proof_hash, note, transfer_type"
        )
        for before in S:
            for after in S:
                if before is after:
                    continue
                async with desk.services.database.connect() as connection:
                    # A row in the state to begin with, put there past the trigger, in a transaction that is undone.
                    await connection.execute(text("SET LOCAL session_replication_role = replica"))
                    copy = f"INSERT INTO withdrawals (tid, hold_id, uid, state, owed, done_at, {columns}) SELECT"
                    copy += f" 'TIDX', 'wd:TIDX', uid, :state, :owed, :done, {columns} FROM withdrawals WHERE id = :id"
                    values = {"state": before.value, "id": made.id, "owed": _owed(before), "done": _done(before)}
                    await connection.execute(text(copy), values)
                    await connection.execute(text("SET LOCAL session_replication_role = origin"))
                    step = "UPDATE withdrawals SET state = :state, owed = :owed, done_at = :done WHERE tid = 'TIDX'"
                    values = {"state": after.value, "owed": _owed(after), "done": _done(after)}
                    allowed = True
                    try:
                        await connection.execute(text(step), values)
                    except DBAPIError:
                        allowed = False
                assert allowed == (after in TRANSITIONS[before]), (before, after)


def _owed(state: WithdrawalState) -> str | None:
    return "place" if state is S.REQUESTED else None


def _done(state: WithdrawalState) -> datetime.datetime | None:
    return None if TRANSITIONS[state] else datetime.datetime.now(datetime.UTC)


async def test_staff_rejects_and_cancels_with_a_reason_and_the_funds_come_back(database_dsn: str) -> None:
    async with running_desk(database_dsn, approve_all=True) as desk:
        alice = desk.member("alice", ltc=2 * LTC)
        beneficiary = await desk.beneficiary(alice)
        one, two = await desk.withdraw(alice, beneficiary, LTC), await desk.withdraw(alice, beneficiary, LTC)
        rejected = await reject(desk.services, one.tid, actor="STAFF1", reason="stolen card")
        assert isinstance(rejected, Withdrawal)
        assert (rejected.state, rejected.reason) == (S.REJECTED, "stolen card")
        canceled = await cancel(desk.services, two.tid, actor="STAFF1", reason="asked by phone")
        assert isinstance(canceled, Withdrawal)
        assert canceled.state is S.CANCELED
        assert desk.engine.balance(alice.uid, "ltc") == (2 * LTC, 0)
        async with desk.services.database.connect() as connection:
            noted = (
                await connection.execute(text("SELECT actor, action, object, reason FROM custody_activities"))
            ).all()
        assert [tuple(row) for row in noted] == [
            ("STAFF1", "withdrawal.reject", f"withdrawal:{one.tid}", "stolen card"),
            ("STAFF1", "withdrawal.cancel", f"withdrawal:{two.tid}", "asked by phone"),
        ]


async def test_what_is_approved_but_not_on_its_way_can_still_be_rejected(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        rejected = await reject(desk.services, made.tid, actor="STAFF1", reason="the network is gone for good")
        assert isinstance(rejected, Withdrawal)
        assert rejected.state is S.REJECTED
        assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)


async def test_fiat_waits_for_staff_who_marks_it_paid_or_failed(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", usd=100_00)
        beneficiary = await desk.beneficiary(alice, currency="usd", data=FIAT_DATA)
        paid, failed = [await desk.withdraw(alice, beneficiary, 50_00) for _ in range(2)]
        assert (paid.state, paid.review, paid.network, paid.fee) == (S.HELD, "fiat", None, 100)
        assert paid.rid == f"alice-example-usd-{beneficiary.id:08d}"
        services, word = desk.services, {"actor": "STAFF1", "reason": "bank statement"}
        assert await mark_paid(services, paid.tid, **word) is Undecided.NOT_WAITING
        for row in (paid, failed):
            assert isinstance(await approve(services, row.tid, **word), Withdrawal)
        done = await mark_paid(services, paid.tid, reference="REF1", **word)
        assert isinstance(done, Withdrawal)
        assert (done.state, done.txid) == (S.CONFIRMED, "REF1")
        gone = await mark_failed(services, failed.tid, **word)
        assert isinstance(gone, Withdrawal)
        assert gone.state is S.FAILED
        assert desk.engine.balance(alice.uid, "usd") == (50_00, 0)


async def test_coins_are_not_marked_paid_by_hand(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        assert await mark_paid(desk.services, made.tid, actor="STAFF1", reason="trust me") is Undecided.NOT_FIAT


async def test_an_unknown_price_counts_as_above_every_bound(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        desk.assets.change("ltc", "litecoin", price=Decimal(0))
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        assert (made.state, made.review, made.approvals_needed) == (S.HELD, "price_unknown", 2)


class _Suspicious:
    name = "suspicious"

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault

    async def assess(self, question: Any) -> str | None:
        if self.fault is not None:
            raise self.fault
        return f"{question.address} is on a list"


@pytest.mark.parametrize("fault", [None, TransientError("no answer")])
async def test_what_a_risk_service_finds_or_cannot_tell_is_looked_at_by_staff(
    database_dsn: str, fault: Exception | None
) -> None:
    async with running_desk(database_dsn, risk=_Suspicious(fault)) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        assert (made.state, made.review, made.approvals_needed) == (S.HELD, "risk", 1)


async def test_every_change_that_members_see_is_announced(database_dsn: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        async with desk.services.database.begin() as connection:
            await store.move(connection, made.id, S.PAYING)
            await store.note_chain(connection, made.id, txid="bb" * 32)
        await settle(desk.services, made.id)
        events = await desk.events("model.withdraw")
        assert [(name, record["state"]) for name, record, _ in events] == [
            ("model.withdraw.created", "prepared"),
            ("model.withdraw.updated", "accepted"),
            ("model.withdraw.updated", "processing"),
            ("model.withdraw.updated", "confirming"),
            ("model.withdraw.updated", "succeed"),
        ]
        last, changes = events[-1][1:]
        assert (last["uid"], last["amount"], last["blockchain_txid"]) == (alice.uid, "1.0", "bb" * 32)
        assert changes is not None
        assert changes["state"] == "confirming"


async def _execute(desk: Any, statement: str, **values: Any) -> None:
    async with desk.services.database.begin() as connection:
        await connection.execute(text(statement), values)
