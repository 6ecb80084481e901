"""A bank's money: recorded by staff, credited once with its fee to revenue, ended if it was not accepted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from pyxiu.core.types import REVENUE
from pyxiu.custody.deposits.accept_fiat_deposit import accept_fiat_deposit
from pyxiu.custody.deposits.cancel_fiat_deposit import cancel_fiat_deposit
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.deposits.reads import unripe
from pyxiu.custody.deposits.record_fiat_deposit import FiatDeposit, record_fiat_deposit
from pyxiu.custody.deposits.send_bookings import send_bookings
from pyxiu.custody.deposits.tables import custody_activities
from pyxiu.custody.services import CustodyServices
from pyxiu.engine.errors import EngineStoppedError
from pyxiu.kit.failpoints import FailpointError, armed
from pyxiu.storage.outbox import outbox
from tests.support.custody import RecordingEngine, running_custody

STAFF = {"actor": "anna", "reason": "statement 7"}


@pytest.fixture
def engine() -> RecordingEngine:
    made = RecordingEngine(("usd", 2))
    made.member("ID1")
    return made


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn, engine=engine) as services:
        yield services


async def recorded(services: CustodyServices, **fields: Any) -> Deposit:
    given: dict[str, Any] = {"uid": "ID1", "currency": "usd", "decimals": 2, "amount": 10_000, "fee": 150, **fields}
    made = await record_fiat_deposit(services, FiatDeposit(**given), **STAFF)
    assert isinstance(made, Deposit), made
    return made


async def test_a_recorded_deposit_is_credited_once_with_its_fee_to_revenue(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    deposit = await recorded(services, txid="REF-1", transfer_type="sepa")
    assert (deposit.state, deposit.amount, deposit.fee) == (DepositState.SUBMITTED, 9_850, 150)
    assert engine.commands == []
    for _ in range(2):
        after = await accept_fiat_deposit(services, deposit.tid, **STAFF)
        assert isinstance(after, Deposit)
        assert (after.state, after.booked) == (DepositState.CREDITED, 9_850)
    assert engine.balance("ID1", "usd")[0] == 9_850
    assert engine.balance(REVENUE, "usd")[0] == 150
    assert len(engine.commands) == 1
    async with services.database.connect() as connection:
        assert await unripe(connection, "ID1", "usd") == 0
        actions = (await connection.execute(select(custody_activities.c.action, custody_activities.c.actor))).all()
        events = (await connection.execute(select(outbox.c.event, outbox.c.record["state"].astext))).all()
    assert actions == [("deposit.record", "anna"), ("deposit.accept", "anna")]
    assert events == [("model.deposit.created", "submitted"), ("model.deposit.updated", "accepted")]


async def test_recording_under_the_same_name_again_is_the_same_deposit_and_other_content_is_refused(
    services: CustodyServices,
) -> None:
    first = await recorded(services, tid="bank-1")
    assert await recorded(services, tid="bank-1") == first
    other = FiatDeposit(uid="ID1", currency="usd", decimals=2, amount=1, tid="bank-1")
    assert await record_fiat_deposit(services, other, **STAFF) == "bank-1 is another deposit"


@pytest.mark.parametrize(
    "fields",
    [{"amount": 0}, {"amount": 10, "fee": 10}, {"fee": -1}, {"transfer_type": "crypto"}, {"tid": "a b"}],
)
async def test_what_makes_no_sense_is_refused(services: CustodyServices, fields: dict[str, Any]) -> None:
    given: dict[str, Any] = {"uid": "ID1", "currency": "usd", "decimals": 2, "amount": 10_000, **fields}
    refused = await record_fiat_deposit(services, FiatDeposit(**given), **STAFF)
    assert isinstance(refused, str)


async def test_a_canceled_deposit_is_not_credited_and_a_credited_one_not_canceled(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    deposit = await recorded(services)
    ended = await cancel_fiat_deposit(services, deposit.tid, ending="reject", **STAFF)
    assert isinstance(ended, Deposit)
    assert ended.state is DepositState.REJECTED
    assert await accept_fiat_deposit(services, deposit.tid, **STAFF) == f"{deposit.tid} is rejected"
    other = await recorded(services)
    await accept_fiat_deposit(services, other.tid, **STAFF)
    refused = await cancel_fiat_deposit(services, other.tid, ending="cancel", **STAFF)
    assert refused == f"{other.tid} is being credited"
    assert engine.balance("ID1", "usd")[0] == 9_850


@pytest.mark.parametrize("where", ["booking_after_command", "booking_before_commit"])
async def test_a_crash_while_accepting_credits_once(
    services: CustodyServices, engine: RecordingEngine, where: str
) -> None:
    deposit = await recorded(services)
    with armed(f"{where}=raise"), pytest.raises(FailpointError):
        await accept_fiat_deposit(services, deposit.tid, **STAFF)
    await send_bookings(services, None)
    assert engine.balance("ID1", "usd")[0] == 9_850


async def test_what_is_owed_while_the_engine_is_away_is_sent_when_it_is_back(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    def away(_command: object) -> None:
        raise EngineStoppedError("not now")

    deposit = await recorded(services)
    engine.before = away
    with pytest.raises(EngineStoppedError):
        await accept_fiat_deposit(services, deposit.tid, **STAFF)
    refused = await cancel_fiat_deposit(services, deposit.tid, ending="cancel", **STAFF)
    assert refused == f"{deposit.tid} is being credited"
    engine.before = lambda _command: None
    assert await send_bookings(services, None) == 1
    assert engine.balance("ID1", "usd")[0] == 9_850
