"""Withdrawals' use cases on a real database, a real core and real address rules; members and the catalog are fixed.

    async with running_desk(database_dsn) as desk:
        alice = desk.member("alice", ltc=10**8)
        beneficiary = await desk.beneficiary(alice)
        made = await desk.withdraw(alice, beneficiary, 10**7)

Second factors are identity's and tested there: `Proofs` says yes, and keeps the hashes that it was asked about.
"""

import datetime
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.app.secrets import KEY_BYTES, SecretBox
from pyxiu.custody.beneficiaries.activate_beneficiary import activate_beneficiary
from pyxiu.custody.beneficiaries.create_beneficiary import BeneficiaryRequest, create_beneficiary
from pyxiu.custody.beneficiaries.events import OUTBOX_PURPOSE, PIN_EVENT
from pyxiu.custody.beneficiaries.model import Beneficiary
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.settings import CustodySettings
from pyxiu.custody.withdrawals.check_order import WithdrawalOrder
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.ports import CurrencyFacts, LimitRow, MemberFacts, NoRisk, Proved, Risk, WithdrawalPorts
from pyxiu.custody.withdrawals.refusals import Refused
from pyxiu.custody.withdrawals.request_withdrawal import request_withdrawal
from pyxiu.custody.withdrawals.settings import WithdrawalSettings
from pyxiu.custody.withdrawals.store import find
from pyxiu.kit.clock import ManualClock
from pyxiu.storage.outbox import outbox
from tests.support.custody import FixedAssets, RecordingEngine, running_custody

START_NS = 1_790_000_000 * 10**9
LTC_ADDRESSES = (
    "rltc1qajk6q3tdez57pemnxxzxy556v2jjnrma7pae60",
    "rltc1qqzrukv4893wc89j54ykayj2nrgawu4r46nu47s",
    "rltc1qwrphwzvg0fk4p9psj69cdpga58cmrudgxg6fg6",
)
_numbers = itertools.count(1)


class FixedMembers:
    """Implements the port `Members`."""

    def __init__(self) -> None:
        self.all: dict[str, MemberFacts] = {}
        self.cooled: list[str] = []

    async def find(self, uid: str) -> MemberFacts | None:
        return self.all.get(uid)

    async def find_by_name(self, uid_or_username: str) -> MemberFacts | None:
        named = [facts for facts in self.all.values() if facts.username == uid_or_username]
        return self.all.get(uid_or_username) or (named[0] if named else None)

    async def usernames(self, uids: Sequence[str]) -> dict[str, str | None]:
        return {uid: self.all[uid].username for uid in uids}

    async def start_cool_off(self, uid: str) -> None:
        self.cooled.append(uid)

    def change(self, uid: str, **fields: Any) -> MemberFacts:
        self.all[uid] = msgspec.structs.replace(self.all[uid], **fields)
        return self.all[uid]


def currency(code: str, **fields: Any) -> CurrencyFacts:
    """A coin that may leave without fee, minimum and limit, but for what is given."""
    given: dict[str, Any] = {"fiat": False, "visible": True, "withdrawal_enabled": True, "decimals": 8, "precision": 8}
    given |= {"price": Decimal(100), "withdraw_fee": 0, "min_withdrawal": 0}
    return CurrencyFacts(code=code, **{**given, **fields})


class FixedRules:
    """Implements the port `Rules`."""

    def __init__(self) -> None:
        self.all = {
            row.code: row
            for row in (
                currency("ltc"),
                currency("eth", decimals=18, precision=18, price=Decimal(2000)),
                currency("usdt", decimals=18, precision=6, price=Decimal(1)),
                currency("usd", fiat=True, decimals=2, precision=2, price=Decimal(1), withdraw_fee=100),
            )
        }
        self.rows: list[LimitRow] = []

    async def currency(self, code: str) -> CurrencyFacts | None:
        return self.all.get(code)

    async def limits(self) -> list[LimitRow]:
        return self.rows

    def change(self, code: str, **fields: Any) -> None:
        self.all[code] = msgspec.structs.replace(self.all[code], **fields)


class Proofs:
    """Implements the port `Prover`; `answer` is what it says."""

    def __init__(self, answer: Proved | None = None) -> None:
        self.answer = answer or Proved()
        self.asked: list[str] = []

    async def prove(self, action: str) -> Proved:
        self.asked.append(action)
        return self.answer


class Desk:
    """Services, and short ways to what most tests begin with."""

    def __init__(
        self,
        services: CustodyServices,
        engine: RecordingEngine,
        assets: FixedAssets,
        members: FixedMembers,
        rules: FixedRules,
        clock: ManualClock,
    ) -> None:
        self.services = services
        self.engine = engine
        self.assets = assets
        self.members = members
        self.rules = rules
        self.clock = clock

    def member(self, name: str, *, level: int = 3, **funds: int) -> MemberFacts:
        """A member of the engine and of identity, with funds in the engine's units."""
        uid = f"{name}{next(_numbers)}"
        self.engine.member(uid)
        for asset, amount in funds.items():
            self.engine.fund(uid, asset, amount)
        mail = {"uid": uid, "email": f"{uid}@example.com", "language": "en"}
        facts = MemberFacts(
            uid=uid, username=name, level=level, group="vip-0", active=True, withdraw_from=None, mail=mail
        )
        self.members.all[uid] = facts
        return facts

    async def pending(self, member: MemberFacts, **fields: Any) -> Beneficiary:
        made = await self.create(member, **fields)
        assert isinstance(made, Beneficiary), made
        return made

    async def create(self, member: MemberFacts, **fields: Any) -> Any:
        given: dict[str, Any] = {"currency": "ltc", "network": None, "name": "wallet", "description": None}
        given |= {"data": {"address": LTC_ADDRESSES[0]}}
        return await create_beneficiary(self.services, member, BeneficiaryRequest(**{**given, **fields}))

    async def pin(self, beneficiary_id: int) -> str:
        """The PIN that was mailed last."""
        query = select(outbox.c.record).where(
            outbox.c.event == PIN_EVENT, outbox.c.aggregate == f"beneficiary:{beneficiary_id}"
        )
        async with self.services.database.connect() as connection:
            records = list((await connection.execute(query.order_by(outbox.c.id))).scalars())
        sealed = bytes.fromhex(records[-1]["token"])
        return self.services.withdrawing.sealer.open(sealed, OUTBOX_PURPOSE).decode()

    async def beneficiary(self, member: MemberFacts, **fields: Any) -> Beneficiary:
        """One that can be used at once."""
        pending = await self.pending(member, **fields)
        pin = await self.pin(pending.id)
        active = await activate_beneficiary(self.services, member, pending.id, pin, Proofs())
        assert isinstance(active, Beneficiary), active
        return active

    async def ask(
        self, member: MemberFacts, beneficiary: Beneficiary, total: int, *, proofs: Proofs | None = None, **fields: Any
    ) -> Withdrawal | Refused | Proved:
        given = {"currency": beneficiary.currency, "network": None, "beneficiary_id": beneficiary.id, "sum": total}
        order = WithdrawalOrder(**{**given, **fields})
        return await request_withdrawal(self.services, member, order, proofs or Proofs())

    async def withdraw(self, member: MemberFacts, beneficiary: Beneficiary, total: int, **fields: Any) -> Withdrawal:
        made = await self.ask(member, beneficiary, total, **fields)
        assert isinstance(made, Withdrawal), made
        return made

    async def again(self, withdrawal: Withdrawal) -> Withdrawal:
        """As it is now."""
        async with self.services.database.connect() as connection:
            found = await find(connection, withdrawal.id)
        assert found is not None
        return found

    async def events(self, prefix: str) -> list[tuple[str, dict[str, Any], dict[str, Any] | None]]:
        """Name, record and changes of what was announced."""
        query = select(outbox.c.event, outbox.c.record, outbox.c.changes).where(outbox.c.event.startswith(prefix))
        async with self.services.database.connect() as connection:
            return [tuple(row) for row in await connection.execute(query.order_by(outbox.c.id))]

    def pass_s(self, seconds: float) -> None:
        self.clock.advance(int(seconds * 10**9))

    @property
    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.clock.now_ns() / 10**9, datetime.UTC)


@asynccontextmanager
async def running_desk(
    dsn: str, *, risk: Risk | None = None, fields: dict[str, Any] | None = None, **settings: Any
) -> AsyncIterator[Desk]:
    """`settings` are those of withdrawals, `fields` those of CustodyServices. New addresses wait for nothing unless
    that is said.
    """
    assets, members, rules, clock = FixedAssets(), FixedMembers(), FixedRules(), ManualClock(START_NS)
    engine = RecordingEngine(("ltc", 8), ("eth", 18), ("usdt", 18), ("usd", 2))
    ports = WithdrawalPorts(
        members=members, rules=rules, sealer=SecretBox(secrets.token_bytes(KEY_BYTES)), risk=risk or NoRisk()
    )
    chosen = WithdrawalSettings(**{"new_address_wait_s": 0, **settings})
    async with running_custody(
        dsn,
        engine=engine,
        assets=assets,
        clock=clock,
        addresses=ChainAddressBook(),
        withdrawal_ports=ports,
        settings=CustodySettings(withdrawals=chosen),
        **(fields or {}),
    ) as services:
        yield Desk(services, engine, assets, members, rules, clock)
