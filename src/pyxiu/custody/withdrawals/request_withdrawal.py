"""Ask for a withdrawal: checked, proved by a second factor that is bound to it, written, held, and approved where the
rules allow it.

    made = await request_withdrawal(services, member, order, prover)

Invariant: the row is committed before the engine is asked for the hold, under an id that the row has, so a crash
anywhere leaves nothing that the scheduler does not finish; the same client id has one effect however often and however
late it comes, and the second factor is looked at last, for exactly this id, network, currency, address and amount.
Limit: paying is the payouts' work.
"""

import math
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.core.rejections import Rejection
from pyxiu.custody.beneficiaries.model import Beneficiary
from pyxiu.custody.beneficiaries.store import find as find_beneficiary
from pyxiu.custody.freezes import is_frozen
from pyxiu.custody.member_queue import in_turn
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.check_order import Terms, WithdrawalOrder, check_beneficiary, check_terms
from pyxiu.custody.withdrawals.deliver import deliver
from pyxiu.custody.withdrawals.limits import limit_of, usage_of, value_of
from pyxiu.custody.withdrawals.model import NewWithdrawal, Withdrawal
from pyxiu.custody.withdrawals.payload import hold_id, new_tid, request_hash, withdrawal_hash
from pyxiu.custody.withdrawals.ports import MemberFacts, Proved, Prover, RiskQuestion
from pyxiu.custody.withdrawals.refusals import Refusal, Refused
from pyxiu.custody.withdrawals.review import Asked, review
from pyxiu.custody.withdrawals.ripeness import check_covered
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.clock import now_of
from pyxiu.kit.errors import TransientError
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

#: What the id of a withdrawal is derived for.
KIND = "withdrawal"


class _Checked(NamedTuple):
    """An order that nothing in itself speaks against."""

    tid: str
    beneficiary: Beneficiary
    terms: Terms
    risky: bool


async def request_withdrawal(
    services: CustodyServices, member: MemberFacts, order: WithdrawalOrder, prover: Prover
) -> Withdrawal | Refused | Proved:
    """The withdrawal, an old one if the client id is known; or why not (`Proved`: what is wrong with the factor)."""
    async with in_turn(member.uid):
        made = await _known(services, member.uid, order) or await _made(services, member, order, prover)
        if not isinstance(made, Withdrawal):
            return made
        failpoint("withdrawal_requested")
        row = await deliver(services, made.id)
    if row.state is WithdrawalState.CANCELED and row.reason == Rejection.INSUFFICIENT_BALANCE.name.lower():
        return Refused(Refusal.INSUFFICIENT_BALANCE)
    return row


async def _made(
    services: CustodyServices, member: MemberFacts, order: WithdrawalOrder, prover: Prover
) -> Withdrawal | Refused | Proved:
    checked = await _check(services, member, order)
    return checked if isinstance(checked, Refused) else await _ask(services, member, order, checked, prover)


def order_hash(order: WithdrawalOrder) -> str:
    """What the client id stands for."""
    return request_hash(
        kind=KIND,
        currency=order.currency,
        network=order.network,
        beneficiary=order.beneficiary_id,
        sum=str(order.sum),
        note=order.note,
    )


async def withdrawal_action(services: CustodyServices, member: MemberFacts, order: WithdrawalOrder) -> str | Refused:
    """The hash that a second factor must be shown for, ahead of the request; it needs a client id."""
    checked = await _check(services, member, order)
    return checked if isinstance(checked, Refused) else _proof_of(checked)


async def _known(services: CustodyServices, uid: str, order: WithdrawalOrder) -> Withdrawal | Refused | None:
    if order.client_id is None:
        return None
    async with services.database.connect() as connection:
        return await _replayed(connection, uid, order)


async def _replayed(connection: AsyncConnection, uid: str, order: WithdrawalOrder) -> Withdrawal | Refused | None:
    if order.client_id is None:
        return None
    row = await store.find_by_client_id(connection, uid, order.client_id)
    if row is None or row.request_hash == order_hash(order):
        return row
    return Refused(Refusal.CLIENT_ID_REUSED)


async def _check(services: CustodyServices, member: MemberFacts, order: WithdrawalOrder) -> _Checked | Refused:
    """All that can be told without the member's lock."""
    now = now_of(services.clock)
    if not services.settings.withdrawals.enabled:
        return Refused(Refusal.DISABLED)
    if not member.active or member.level < services.settings.withdrawals.level:
        return Refused(Refusal.NOT_PERMITTED)
    currency = await services.withdrawing.rules.currency(order.currency)
    if currency is None or not currency.visible:
        return Refused(Refusal.CURRENCY)
    async with services.database.connect() as connection:
        beneficiary = await find_beneficiary(
            connection, services.withdrawing.sealer, order.beneficiary_id, uid=member.uid
        )
    if beneficiary is None:
        return Refused(Refusal.BENEFICIARY_UNKNOWN)
    refused = check_beneficiary(beneficiary, order, now)
    terms = refused or await check_terms(services.assets, currency, beneficiary.network, order.sum)
    if isinstance(terms, Refused):
        return terms
    if member.withdraw_from is not None and member.withdraw_from > now:
        return Refused(Refusal.COOL_OFF, _seconds(member.withdraw_from, now))
    tid = new_tid(KIND, member.uid, order.client_id)
    risky = await _is_risky(services, member, beneficiary, terms)
    return _Checked(tid, beneficiary, terms, risky)


async def _ask(
    services: CustodyServices, member: MemberFacts, order: WithdrawalOrder, checked: _Checked, prover: Prover
) -> Withdrawal | Refused | Proved:
    """Write it, if nothing that only counts under the member's lock speaks against it."""
    async with services.database.begin() as connection:
        await store.lock_member(connection, member.uid)
        known = await _replayed(connection, member.uid, order)
        if known is not None:
            return known
        now = now_of(services.clock)
        again = await find_beneficiary(connection, services.withdrawing.sealer, checked.beneficiary.id)
        refused = check_beneficiary(again or checked.beneficiary, order, now)
        if refused is not None:
            return refused
        if await is_frozen(connection, member.uid):
            return Refused(Refusal.FROZEN)
        refused = await check_covered(connection, services, member.uid, order.currency, order.sum)
        if refused is not None:
            return refused
        new = await _new(connection, services, member, order, checked)
        proved = await prover.prove(new.proof_hash)
        if proved.refusal is not None:
            return proved
        failpoint("withdrawal_proved")
        return await store.insert_withdrawal(connection, new)


async def _new(
    connection: AsyncConnection,
    services: CustodyServices,
    member: MemberFacts,
    order: WithdrawalOrder,
    checked: _Checked,
) -> NewWithdrawal:
    terms, now = checked.terms, now_of(services.clock)
    value = value_of(order.sum, terms.decimals, terms.price)
    fiat = checked.beneficiary.network is None
    limit = limit_of(await services.withdrawing.rules.limits(), member)
    decision = review(
        Asked(value, price_known=terms.price > 0, fiat=fiat, risky=checked.risky),
        limit,
        await usage_of(connection, member.uid, now),
        services.settings.withdrawals,
    )
    return NewWithdrawal(
        tid=checked.tid,
        uid=member.uid,
        client_id=order.client_id,
        request_hash=order_hash(order),
        currency=order.currency,
        network=checked.beneficiary.network,
        beneficiary_id=checked.beneficiary.id,
        rid=checked.beneficiary.rid,
        decimals=terms.decimals,
        sum=order.sum,
        fee=terms.fee,
        amount=order.sum - terms.fee,
        value=value,
        hold_id=hold_id(checked.tid),
        review=decision.review,
        approvals_needed=decision.approvals_needed,
        proof_hash=_proof_of(checked),
        note=order.note,
        transfer_type="fiat" if fiat else "crypto",
        created_at=now,
    )


def _proof_of(checked: _Checked) -> str:
    beneficiary, terms = checked.beneficiary, checked.terms
    return withdrawal_hash(
        tid=checked.tid,
        network=beneficiary.network,
        currency=beneficiary.currency,
        address=beneficiary.rid,
        amount=terms.amount,
    )


async def _is_risky(services: CustodyServices, member: MemberFacts, beneficiary: Beneficiary, terms: Terms) -> bool:
    question = RiskQuestion(
        uid=member.uid,
        currency=beneficiary.currency,
        network=beneficiary.network,
        address=beneficiary.rid,
        amount=terms.amount,
        value=value_of(terms.sum, terms.decimals, terms.price),
    )
    risk = services.withdrawing.risk
    try:
        finding = await risk.assess(question)
    except TransientError as error:
        log.warning("risk_not_assessed", service=risk.name, uid=member.uid, error=repr(error))
        return True
    if finding is not None:
        log.warning("withdrawal_risky", service=risk.name, uid=member.uid, finding=finding)
    return finding is not None


def _seconds(until: datetime, now: datetime) -> int:
    return math.ceil((until - now).total_seconds())
