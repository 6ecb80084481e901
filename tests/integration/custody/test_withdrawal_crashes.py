"""T-08 for withdrawals and transfers: a crash between row, command and row, and what the next run makes of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from pyxiu.core.commands import Command, PlaceHold, ReleaseHold, SettleHold, Transfer
from pyxiu.custody.transfers.model import InternalTransfer, TransferOrder, TransferState
from pyxiu.custody.transfers.transfer_funds import transfer_funds
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.cancel_withdrawal import cancel_withdrawal
from pyxiu.custody.withdrawals.finish_owed import finish_owed
from pyxiu.custody.withdrawals.settle_withdrawal import settle
from pyxiu.custody.withdrawals.states import STATE_LIMITS_S, WithdrawalState
from pyxiu.custody.withdrawals.stuck import OWED_LIMIT_S, stuck, watch_withdrawals
from pyxiu.kit.errors import TransientError
from pyxiu.kit.failpoints import FailpointError, armed
from tests.support.withdrawals import Desk, Proofs, running_desk

LTC = 10**8
S = WithdrawalState


@pytest.fixture
async def desk(database_dsn: str) -> AsyncIterator[Desk]:
    async with running_desk(database_dsn, approve_all=True) as running:
        yield running


class _LostError(TransientError):
    """The connection to the engine broke."""


@pytest.mark.parametrize(
    "point", ["withdrawal_requested", "withdrawal_before_command", "withdrawal_after_command_before_step"]
)
async def test_a_request_that_crashed_is_held_once_by_the_next_run(desk: Desk, point: str) -> None:
    alice = desk.member("alice", ltc=2 * LTC)
    beneficiary = await desk.beneficiary(alice)
    with armed(f"{point}=raise"), pytest.raises(FailpointError):
        await desk.ask(alice, beneficiary, LTC, client_id="w")
    assert await finish_owed(desk.services) == 0, "it is left to the process that has just written it"
    assert await finish_owed(desk.services, older_s=0) == 1
    assert await finish_owed(desk.services, older_s=0) == 0
    assert desk.engine.balance(alice.uid, "ltc") == (LTC, LTC)
    retried = await desk.withdraw(alice, beneficiary, LTC, client_id="w")
    assert retried.state is S.HELD
    assert desk.engine.balance(alice.uid, "ltc") == (LTC, LTC)


@pytest.mark.parametrize(
    "point", ["withdrawal_requested", "withdrawal_before_command", "withdrawal_after_command_before_step"]
)
async def test_t08_the_members_own_retry_finishes_what_crashed(desk: Desk, point: str) -> None:
    alice = desk.member("alice", ltc=2 * LTC)
    beneficiary = await desk.beneficiary(alice)
    with armed(f"{point}=raise"), pytest.raises(FailpointError):
        await desk.ask(alice, beneficiary, LTC, client_id="w")
    retried = await desk.withdraw(alice, beneficiary, LTC, client_id="w")
    assert retried.state is S.HELD
    assert desk.engine.balance(alice.uid, "ltc") == (LTC, LTC)


async def test_a_factor_that_was_used_up_before_the_crash_leaves_nothing_behind(desk: Desk) -> None:
    alice = desk.member("alice", ltc=LTC)
    beneficiary = await desk.beneficiary(alice)
    with armed("withdrawal_proved=raise"), pytest.raises(FailpointError):
        await desk.ask(alice, beneficiary, LTC)
    assert not await desk.events("model.withdraw")
    assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)


async def test_an_answer_of_the_engine_that_was_lost_is_had_by_asking_again(desk: Desk) -> None:
    alice = desk.member("alice", ltc=LTC)
    beneficiary = await desk.beneficiary(alice)
    desk.engine.after = _lose(PlaceHold)
    with pytest.raises(_LostError):
        await desk.ask(alice, beneficiary, LTC)
    with pytest.raises(_LostError):
        await finish_owed(desk.services, older_s=0)
    desk.engine.after = _nothing
    assert await finish_owed(desk.services, older_s=0) == 1
    assert len(desk.engine.sent(PlaceHold)) == 3
    assert desk.engine.balance(alice.uid, "ltc") == (0, LTC)


async def test_a_request_that_is_canceled_before_it_was_held_leaves_no_hold(desk: Desk) -> None:
    """Otherwise the hold would come after its release, and stay."""
    alice = desk.member("alice", ltc=LTC)
    beneficiary = await desk.beneficiary(alice)
    with armed("withdrawal_requested=raise"), pytest.raises(FailpointError):
        await desk.ask(alice, beneficiary, LTC)
    async with desk.services.database.connect() as connection:
        (number,) = await store.owed_ids(connection, 10)
    canceled = await cancel_withdrawal(desk.services, alice.uid, number)
    assert canceled is not None
    assert (canceled.state, canceled.owed) == (S.CANCELED, None)
    assert [type(command) for command in desk.engine.commands] == [PlaceHold, ReleaseHold]
    assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)


@pytest.mark.parametrize("point", ["withdrawal_after_step_before_command", "withdrawal_after_command_before_step"])
async def test_a_cancel_that_crashed_gives_back_once(desk: Desk, point: str) -> None:
    alice = desk.member("alice", ltc=LTC)
    made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
    with armed(f"{point}=raise"), pytest.raises(FailpointError):
        await cancel_withdrawal(desk.services, alice.uid, made.id)
    assert await finish_owed(desk.services, older_s=0) == 1
    assert (await desk.again(made)).state is S.CANCELED
    assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)


@pytest.mark.parametrize("point", ["withdrawal_after_step_before_command", "withdrawal_after_command_before_step"])
async def test_a_settlement_that_crashed_is_settled_once(database_dsn: str, point: str) -> None:
    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=2 * LTC)
        made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
        async with desk.services.database.begin() as connection:
            await store.move(connection, made.id, S.PAYING)
        with armed(f"{point}=raise"), pytest.raises(FailpointError):
            await settle(desk.services, made.id, txid="aa" * 32)
        ended = await settle(desk.services, made.id)
        assert (ended.state, ended.owed) == (S.CONFIRMED, None)
        assert await finish_owed(desk.services, older_s=0) == 0
        assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)
        assert {command.key for command in desk.engine.sent(SettleHold)} == {f"wd-settle:{made.tid}"}


@pytest.mark.parametrize("point", ["transfer_requested", "transfer_after_command_before_step"])
async def test_a_transfer_that_crashed_moves_the_funds_once(desk: Desk, point: str) -> None:
    alice, bob = desk.member("alice", ltc=2 * LTC), desk.member("bob")
    order = TransferOrder(receiver=bob.uid, currency="ltc", amount=LTC, client_id="t")
    with armed(f"{point}=raise"), pytest.raises(FailpointError):
        await transfer_funds(desk.services, alice, order, Proofs())
    assert await finish_owed(desk.services, older_s=0) == 1
    retried = await transfer_funds(desk.services, alice, order, Proofs())
    assert isinstance(retried, InternalTransfer)
    assert retried.state is TransferState.COMPLETED
    assert desk.engine.balance(bob.uid, "ltc") == (LTC, 0)
    assert {command.key for command in desk.engine.sent(Transfer)} == {f"it:{retried.tid}"}


@pytest.mark.parametrize("state", list(STATE_LIMITS_S))
async def test_w8_whatever_is_too_long_in_a_state_has_an_alarm_until_it_moves_on(
    desk: Desk, state: WithdrawalState
) -> None:
    alice = desk.member("alice", ltc=LTC)
    made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
    await _put(desk, made.id, state, STATE_LIMITS_S[state] - 30)
    assert await watch_withdrawals(desk.services) == 0
    await _put(desk, made.id, state, STATE_LIMITS_S[state] + 1)
    for _ in range(2):
        assert await watch_withdrawals(desk.services) == 1
    async with desk.services.database.connect() as connection:
        assert [row.tid for row in await stuck(connection, 10)] == [made.tid]
    await _put(desk, made.id, S.CANCELED, 10**6)
    assert await watch_withdrawals(desk.services) == 0


async def test_w8_what_is_owed_for_too_long_has_an_alarm(desk: Desk) -> None:
    alice = desk.member("alice", ltc=LTC)
    made = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
    await _put(desk, made.id, S.CANCELED, OWED_LIMIT_S + 1, owed="release")
    assert await watch_withdrawals(desk.services) == 1
    assert await finish_owed(desk.services) == 1
    assert await watch_withdrawals(desk.services) == 0


async def _put(desk: Desk, number: int, state: WithdrawalState, age_s: int, owed: str | None = None) -> None:
    """A row in a state since so long, past the trigger."""
    owed = "place" if state is S.REQUESTED else owed
    statement = """
        UPDATE withdrawals SET state = :state, owed = :owed, state_since = now() - make_interval(secs => :age),
            done_at = CASE WHEN :done THEN now() END
        WHERE id = :id
    """
    async with desk.services.database.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        values = {
            "state": state.value,
            "owed": owed,
            "age": float(age_s),
            "id": number,
            "done": state not in STATE_LIMITS_S,
        }
        await connection.execute(text(statement), values)


def _lose(kind: type[Command]) -> Any:
    def lose(command: Command) -> None:
        if isinstance(command, kind):
            raise _LostError("the connection broke")

    return lose


def _nothing(_command: Command) -> None:
    """All is well."""
