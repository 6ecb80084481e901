"""Move funds to another member.

    made = await transfer_funds(services, member, order, prover)

Invariant: as withdrawals are, so are these: gated by level, freeze and cool-off, within the same limits, proved by a
second factor that is bound to receiver and amount; written before the engine is told, under a key of the row, so that
the same client id has one effect and a crash is finished later. Limit: over a limit it is refused; nobody approves it.
"""

import math
from decimal import Decimal

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import Transfer
from pyxiu.core.money import pack
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MemberId
from pyxiu.custody.freezes import is_frozen
from pyxiu.custody.member_queue import in_turn
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.transfers import store
from pyxiu.custody.transfers.model import InternalTransfer, NewTransfer, TransferOrder, TransferState
from pyxiu.custody.withdrawals.check_order import is_precise
from pyxiu.custody.withdrawals.limits import limit_of, usage_of, value_of
from pyxiu.custody.withdrawals.payload import new_tid, request_hash, transfer_hash
from pyxiu.custody.withdrawals.ports import CurrencyFacts, MemberFacts, Proved, Prover
from pyxiu.custody.withdrawals.refusals import Refusal, Refused
from pyxiu.custody.withdrawals.ripeness import check_covered
from pyxiu.custody.withdrawals.store import lock_member
from pyxiu.kit.clock import now_of
from pyxiu.kit.failpoints import failpoint

#: What the id of a transfer is derived for.
KIND = "transfer"

log = structlog.get_logger(__name__)


async def transfer_funds(
    services: CustodyServices, member: MemberFacts, order: TransferOrder, prover: Prover
) -> InternalTransfer | Refused | Proved:
    """The transfer, an old one if the client id is known; or why not."""
    async with in_turn(member.uid):
        async with services.database.connect() as connection:
            known = await _replayed(connection, member.uid, order)
        made: InternalTransfer | Refused | Proved
        if known is not None:
            made = known
        else:
            receiver = await _receiver(services, order)
            currency = await _check(services, member, order, receiver)
            if isinstance(currency, Refused):
                return currency
            assert receiver is not None, "checked"
            made = await _ask(services, member, receiver, order, currency, prover)
        if not isinstance(made, InternalTransfer):
            return made
        failpoint("transfer_requested")
        row = await deliver_transfer(services, made.id)
    if row.state is TransferState.REJECTED:
        return Refused(Refusal.INSUFFICIENT_BALANCE)
    return row


async def transfer_action(services: CustodyServices, member: MemberFacts, order: TransferOrder) -> str | Refused:
    """The hash that a second factor must be shown for, ahead of the request; it needs a client id."""
    receiver = await _receiver(services, order)
    currency = await _check(services, member, order, receiver)
    if isinstance(currency, Refused):
        return currency
    assert receiver is not None, "checked"
    return _proof_of(new_tid(KIND, member.uid, order.client_id), receiver, order)


async def deliver_transfer(services: CustodyServices, transfer_id: int) -> InternalTransfer:
    """Tell the engine, if it has not been told; the row as it is afterwards."""
    async with services.database.begin() as connection:
        row = await store.lock(connection, transfer_id)
        if row.state is not TransferState.REQUESTED:
            return row
        command = Transfer(
            f"it:{row.tid}",
            MemberId(row.sender_uid),
            MemberId(row.receiver_uid),
            AssetId(row.currency),
            pack(row.amount),
        )
        (outcome,) = await services.engine.submit_many([encode_command(command)])
        failpoint("transfer_after_command_before_step")
        if outcome.rejection is Rejection.NONE:
            return await store.finish(connection, row, TransferState.COMPLETED, moved_seq=outcome.seq)
        if outcome.rejection is not Rejection.INSUFFICIENT_BALANCE:
            log.error("transfer_refused", tid=row.tid, rejection=outcome.rejection.name)
        return await store.finish(connection, row, TransferState.REJECTED, reason=outcome.rejection.name.lower())


def _order_hash(order: TransferOrder) -> str:
    """What the client id stands for."""
    return request_hash(kind=KIND, receiver=order.receiver, currency=order.currency, amount=str(order.amount))


async def _replayed(connection: AsyncConnection, uid: str, order: TransferOrder) -> InternalTransfer | Refused | None:
    if order.client_id is None:
        return None
    row = await store.find_by_client_id(connection, uid, order.client_id)
    if row is None or row.request_hash == _order_hash(order):
        return row
    return Refused(Refusal.CLIENT_ID_REUSED)


async def _receiver(services: CustodyServices, order: TransferOrder) -> MemberFacts | None:
    found = await services.withdrawing.members.find_by_name(order.receiver)
    return found if found is not None and found.active else None


async def _check(
    services: CustodyServices, member: MemberFacts, order: TransferOrder, receiver: MemberFacts | None
) -> CurrencyFacts | Refused:
    """All that can be told without the member's lock."""
    now, settings = now_of(services.clock), services.settings.withdrawals
    if not settings.enabled:
        return Refused(Refusal.DISABLED)
    if not member.active or member.level < settings.level:
        return Refused(Refusal.NOT_PERMITTED)
    currency = await services.withdrawing.rules.currency(order.currency)
    if currency is None or not currency.visible:
        return Refused(Refusal.CURRENCY)
    if not currency.withdrawal_enabled:
        return Refused(Refusal.CURRENCY_DISABLED)
    if receiver is None:
        return Refused(Refusal.RECEIVER_UNKNOWN)
    if receiver.uid == member.uid:
        return Refused(Refusal.RECEIVER_IS_SENDER)
    if not is_precise(order.amount, currency.decimals, currency.precision):
        return Refused(Refusal.AMOUNT)
    if member.withdraw_from is not None and member.withdraw_from > now:
        return Refused(Refusal.COOL_OFF, math.ceil((member.withdraw_from - now).total_seconds()))
    return currency


async def _ask(
    services: CustodyServices,
    member: MemberFacts,
    receiver: MemberFacts,
    order: TransferOrder,
    currency: CurrencyFacts,
    prover: Prover,
) -> InternalTransfer | Refused | Proved:
    """Write it, if nothing that only counts under the member's lock speaks against it."""
    async with services.database.begin() as connection:
        await lock_member(connection, member.uid)
        known = await _replayed(connection, member.uid, order)
        if known is not None:
            return known
        value = value_of(order.amount, currency.decimals, currency.price)
        refused = await _refused_now(connection, services, member, order)
        if refused is not None:
            return refused
        if await _is_over_limit(connection, services, member, currency, value):
            return Refused(Refusal.OVER_LIMIT)
        tid = new_tid(KIND, member.uid, order.client_id)
        proved = await prover.prove(_proof_of(tid, receiver, order))
        if proved.refusal is not None:
            return proved
        new = NewTransfer(
            tid=tid,
            sender_uid=member.uid,
            receiver_uid=receiver.uid,
            client_id=order.client_id,
            request_hash=_order_hash(order),
            currency=order.currency,
            decimals=currency.decimals,
            amount=order.amount,
            value=value,
            created_at=now_of(services.clock),
        )
        return await store.insert_transfer(connection, new)


async def _refused_now(
    connection: AsyncConnection, services: CustodyServices, member: MemberFacts, order: TransferOrder
) -> Refused | None:
    if await is_frozen(connection, member.uid):
        return Refused(Refusal.FROZEN)
    return await check_covered(connection, services, member.uid, order.currency, order.amount)


async def _is_over_limit(
    connection: AsyncConnection, services: CustodyServices, member: MemberFacts, currency: CurrencyFacts, value: Decimal
) -> bool:
    """Without a price nothing is within a limit."""
    limit = limit_of(await services.withdrawing.rules.limits(), member)
    if limit is None:
        return False
    usage = await usage_of(connection, member.uid, now_of(services.clock))
    over_24h = bool(limit.limit_24h) and usage.last_24h + value > limit.limit_24h
    over_1m = bool(limit.limit_1m) and usage.last_1m + value > limit.limit_1m
    return currency.price <= 0 or over_24h or over_1m


def _proof_of(tid: str, receiver: MemberFacts, order: TransferOrder) -> str:
    return transfer_hash(tid=tid, receiver=receiver.uid, currency=order.currency, amount=order.amount)
