"""Transfers between members: gated and limited as withdrawals are, moved once, announced."""

import datetime
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pyxiu.core.commands import Transfer
from pyxiu.custody.freezes import freeze
from pyxiu.custody.transfers.model import InternalTransfer, TransferOrder, TransferState
from pyxiu.custody.transfers.transfer_funds import transfer_action, transfer_funds
from pyxiu.custody.withdrawals.ports import LimitRow, MemberFacts, ProofRefusal, Proved
from pyxiu.custody.withdrawals.refusals import Refusal, Refused
from pyxiu.kit.errors import TransientError
from tests.support.withdrawals import Desk, Proofs, running_desk

LTC = 10**8


@pytest.fixture
async def desk(database_dsn: str) -> AsyncIterator[Desk]:
    async with running_desk(database_dsn) as running:
        yield running


async def send(desk: Desk, sender: MemberFacts, receiver: str, amount: int = LTC, **fields: Any) -> Any:
    proofs = fields.pop("proofs", None) or Proofs()
    order = TransferOrder(**{"receiver": receiver, "currency": "ltc", "amount": amount, **fields})
    return await transfer_funds(desk.services, sender, order, proofs)


async def test_funds_move_to_a_username_or_uid_and_both_are_told(desk: Desk) -> None:
    alice, bob = desk.member("alice", ltc=3 * LTC), desk.member("bob")
    for receiver in ("bob", bob.uid):
        made = await send(desk, alice, receiver)
        assert isinstance(made, InternalTransfer)
        assert (made.state, made.receiver_uid, made.value) == (TransferState.COMPLETED, bob.uid, Decimal(100))
    assert desk.engine.balance(alice.uid, "ltc") == (LTC, 0)
    assert desk.engine.balance(bob.uid, "ltc") == (2 * LTC, 0)
    names = [(name, record["state"], record["amount"]) for name, record, _ in await desk.events("model.internal")]
    created = ("model.internal_transfer.created", "requested", "1.0")
    assert names == [created, ("model.internal_transfer.updated", "completed", "1.0")] * 2


async def test_t05_a_client_id_moves_funds_once_and_t06_only_with_the_same_fields(desk: Desk) -> None:
    alice, bob = desk.member("alice", ltc=3 * LTC), desk.member("bob")
    first = await send(desk, alice, bob.uid, client_id="t")
    unproved = Proofs(Proved(ProofRefusal.INVALID))
    assert await send(desk, alice, bob.uid, client_id="t", proofs=unproved) == first
    assert await send(desk, alice, bob.uid, LTC + 1, client_id="t") == Refused(Refusal.CLIENT_ID_REUSED)
    # The retry counts also when the receiver is no more.
    desk.members.change(bob.uid, active=False)
    assert await send(desk, alice, bob.uid, client_id="t") == first
    assert len(desk.engine.sent(Transfer)) == 1


async def test_a_proof_is_bound_to_receiver_and_amount(desk: Desk) -> None:
    """T-65."""
    alice, bob, carol = desk.member("alice", ltc=3 * LTC), desk.member("bob"), desk.member("carol")
    asked = []
    for receiver, amount in ((bob.uid, LTC), (bob.uid, LTC + 1), (carol.uid, LTC)):
        order = TransferOrder(receiver=receiver, currency="ltc", amount=amount, client_id="t")
        asked.append(await transfer_action(desk.services, alice, order))
    assert len(set(asked)) == 3
    proofs = Proofs()
    await send(desk, alice, bob.uid, client_id="t", proofs=proofs)
    assert proofs.asked == [asked[0]]


async def test_a_transfer_that_may_not_be_is_refused(desk: Desk) -> None:
    alice, bob = desk.member("alice", ltc=3 * LTC), desk.member("bob")
    later = desk.now + datetime.timedelta(seconds=30)
    for changes, refused in (
        ({"level": 2}, Refused(Refusal.NOT_PERMITTED)),
        ({"active": False}, Refused(Refusal.NOT_PERMITTED)),
        ({"withdraw_from": later}, Refused(Refusal.COOL_OFF, 30)),
    ):
        assert await send(desk, desk.members.change(alice.uid, **changes), bob.uid) == refused
        desk.members.all[alice.uid] = alice
    assert await send(desk, alice, alice.uid) == Refused(Refusal.RECEIVER_IS_SENDER)
    assert await send(desk, alice, "nobody") == Refused(Refusal.RECEIVER_UNKNOWN)
    desk.rules.change("ltc", precision=2)
    assert await send(desk, alice, bob.uid, LTC + 1) == Refused(Refusal.AMOUNT)
    desk.rules.change("ltc", withdrawal_enabled=False)
    assert await send(desk, alice, bob.uid) == Refused(Refusal.CURRENCY_DISABLED)
    desk.rules.change("ltc", withdrawal_enabled=True)
    async with desk.services.database.begin() as connection:
        await freeze(connection, alice.uid, "a deposit is gone", actor="watcher")
    assert await send(desk, alice, bob.uid) == Refused(Refusal.FROZEN)
    assert not desk.engine.sent(Transfer)


async def test_transfers_and_withdrawals_share_their_limits(desk: Desk) -> None:
    desk.rules.rows = [LimitRow("any", "any", Decimal(150), Decimal(0))]
    alice, bob = desk.member("alice", ltc=9 * LTC), desk.member("bob")
    assert isinstance(await send(desk, alice, bob.uid), InternalTransfer)
    assert await send(desk, alice, bob.uid) == Refused(Refusal.OVER_LIMIT)
    held = await desk.withdraw(alice, await desk.beneficiary(alice), LTC)
    assert held.review == "over_limit_24h"
    desk.rules.change("ltc", price=Decimal(0))
    assert await send(desk, alice, bob.uid, 1) == Refused(Refusal.OVER_LIMIT)


class _Balances:
    """What there is, or nobody can tell."""

    def __init__(self, available: int | None) -> None:
        self._available = available

    async def available(self, uid: str, asset: str) -> int:  # noqa: ARG002 - the port's signature
        if self._available is None:
            raise TransientError("the tables are behind")
        return self._available


async def test_what_is_not_there_is_refused_before_the_factor_is_used_up(desk: Desk) -> None:
    alice, bob = desk.member("alice", ltc=LTC), desk.member("bob")
    desk.services = replace(desk.services, balances=_Balances(LTC))
    proofs = Proofs()
    refused = Refused(Refusal.INSUFFICIENT_BALANCE)
    assert await send(desk, alice, bob.uid, LTC + 1, proofs=proofs) == refused
    assert await desk.ask(alice, await desk.beneficiary(alice), LTC + 1, proofs=proofs) == refused
    assert not proofs.asked
    # The engine decides; a look that is too late or wrong changes nothing.
    desk.services = replace(desk.services, balances=_Balances(None))
    assert isinstance(await send(desk, alice, bob.uid), InternalTransfer)
    desk.services = replace(desk.services, balances=_Balances(5 * LTC))
    assert await send(desk, alice, bob.uid) == refused


async def test_a_deposit_that_is_not_deep_enough_does_not_leave(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def half(*_: object) -> int:
        return LTC

    # How much is not ripe is the deposits' to say, and tested there.
    monkeypatch.setattr("pyxiu.custody.withdrawals.ripeness.unripe", half)
    alice, bob = desk.member("alice", ltc=2 * LTC), desk.member("bob")
    beneficiary = await desk.beneficiary(alice)
    assert await desk.ask(alice, beneficiary, 1) == Refused(Refusal.UNRIPE), "nobody can say what else there is"
    desk.services = replace(desk.services, balances=_Balances(2 * LTC))
    assert await desk.ask(alice, beneficiary, LTC + 1) == Refused(Refusal.UNRIPE)
    assert await send(desk, alice, bob.uid, LTC + 1) == Refused(Refusal.UNRIPE)
    assert isinstance(await send(desk, alice, bob.uid, LTC), InternalTransfer)
    desk.services = replace(desk.services, balances=_Balances(None))
    with pytest.raises(TransientError):
        await desk.ask(alice, beneficiary, 1)
