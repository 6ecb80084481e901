"""Make of every payment that the scanner has found, moved or lost what it means for deposits.

A new payment becomes a deposit or a listed exception; for one that has become either, the block is noted, and what
follows from it. Invariant (W-2): one or the other, never both or neither, in the transaction that marks the payment as
read. A credited deposit whose block has gone freezes its member in that same transaction. Limit: no money moves here.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import freezes
from pyxiu.custody import store as chain_store
from pyxiu.custody.chain import NodeFaultError, PaymentKind
from pyxiu.custody.deposits import exception_store, store
from pyxiu.custody.deposits.add_deposits import add_deposits, deposit_row, take_off_shown
from pyxiu.custody.deposits.classify import Context, ToCredit, ToList, asset_of, classify
from pyxiu.custody.deposits.events import emit_updated
from pyxiu.custody.deposits.model import GONE_ALARM, PASSING, Deposit, DepositState, Found, Listed, Moved, Reason
from pyxiu.custody.deposits.own_transactions import purposes_of
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.ports import ChainReader, TokenReader
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.failpoints import failpoint

#: Payments of one database transaction.
BATCH: Final = 1_000
#: Who freezes and lifts by rule.
WATCHER: Final = "watcher"

_log = structlog.stdlib.get_logger("pyxiu.deposits")


async def read_payments(services: CustodyServices, network: str, reader: ChainReader) -> int:
    """Look at the next payments; how many there were. Raises NodeUnavailableError, then nothing is read."""
    assets = await services.assets.assets(network)
    async with services.database.connect() as connection:
        found = await exception_store.unread(connection, network, BATCH)
        deltas = await _to_verify(connection, network, found, assets)
    if not found:
        return 0
    verified = await _verified(reader, deltas)
    async with services.database.begin() as connection:
        await chain_store.lock_network(connection, network)
        # What has changed since is for the next time.
        now = await exception_store.unread_again(connection, network, [payment.payment_id for payment in found])
        same = [payment for payment in now if payment in found]
        await _Reading(connection, network, assets, verified).read(same)
        failpoint("deposits_before_commit")
    return len(same)


class _Reading:
    """One transaction's work on a batch of payments."""

    def __init__(
        self,
        connection: AsyncConnection,
        network: str,
        assets: Sequence[NetworkAsset],
        verified: dict[str, Context],
    ) -> None:
        self._connection = connection
        self._network = network
        self._assets = assets
        self._verified = verified
        self._height: int | None = None

    async def read(self, payments: Sequence[Found]) -> None:
        connection, network = self._connection, self._network
        last = await chain_store.last_block(connection, network)
        self._height = None if last is None else last.height
        ids = [payment.payment_id for payment in payments]
        known = await store.by_payments(connection, network, ids)
        listed = await exception_store.listed_among(connection, network, ids)
        fresh = []
        for payment in payments:
            deposit = known.get(payment.payment_id)
            if deposit is not None:
                await self._follow(deposit, payment)
            elif payment.block_height is not None and not _is_decided(listed.get(payment.payment_id)):
                fresh.append(payment)
        await self._judge(fresh)
        await exception_store.mark_read(connection, network, ids)

    async def _judge(self, payments: Sequence[Found]) -> None:
        """Payments that are nothing yet."""
        connection = self._connection
        txids = sorted({payment.txid for payment in payments})
        spending = await exception_store.spending_ours(connection, self._network, txids)
        purposes = await purposes_of(connection, self._network, txids)
        sources = sorted({payment.source for payment in payments if payment.source})
        ours = await chain_store.ours_among(connection, self._network, sources)
        deposits, exceptions = [], []
        for payment in payments:
            checked = self._verified.get(payment.payment_id, Context())
            context = Context(
                spends_ours=payment.txid in spending,
                sent_by_ours=payment.source in ours,
                our_purpose=purposes.get(payment.txid),
                received=checked.received,
                unverified=checked.unverified,
            )
            verdict = classify(payment, self._assets, context)
            if isinstance(verdict, ToCredit):
                deposits.append(deposit_row(payment, verdict))
            else:
                exceptions.append(exception_row(payment, verdict))
        if deposits:
            await exception_store.take_off(connection, self._network, [row["payment_id"] for row in deposits])
            await add_deposits(connection, self._network, deposits, self._height)
        await exception_store.put(connection, exceptions)
        await take_off_shown(connection, self._network, [row["payment_id"] for row in exceptions])

    async def _follow(self, deposit: Deposit, payment: Found) -> None:
        """The payment of a deposit is in another block, or in none, or another amount."""
        changed = self._changed(deposit, payment) if payment.block_height is not None else None
        gone = changed is None
        values: dict[str, Any] = {
            "block_height": None if gone else payment.block_height,
            "block_hash": None if gone else payment.block_hash,
        }
        match deposit.state:
            case DepositState.CONFIRMING if gone:
                values["state"] = DepositState.CLAWED_BACK if deposit.booked else DepositState.ORPHANED
            case DepositState.ORPHANED | DepositState.CLAWED_BACK if not gone:
                values["state"] = DepositState.CONFIRMING
            case DepositState.CREDITED if gone:
                values |= {"orphaned_since": deposit.orphaned_since or func.now(), "withdrawable_at": None}
                await freeze_for(self._connection, self._network, deposit)
            case DepositState.CREDITED:
                values["orphaned_since"] = None
        # Another amount decides about the state too.
        values |= changed or {}
        after = await store.step(self._connection, deposit.id, **values)
        if after.state is DepositState.CREDITED and not gone:
            await settle_alarm(self._connection, self._network, after)
        await emit_updated(self._connection, deposit, after, self._height)

    def _changed(self, deposit: Deposit, payment: Found) -> dict[str, Any] | None:
        """What another amount changes, as a contract may pay in another block; None if it cannot be counted now."""
        checked = self._verified.get(payment.payment_id, Context())
        if checked.unverified and deposit.chain_amount is not None and payment.amount >= deposit.chain_amount:
            # What was verified in another block stands until somebody can say more.
            return {}
        arrived = payment.amount if checked.received is None else min(payment.amount, checked.received)
        if arrived == deposit.chain_amount:
            return {}
        verdict = classify(payment, self._assets, Context(received=checked.received, forced=True))
        if isinstance(verdict, ToList):
            _log.error("a deposit is paid another amount that cannot be counted", tid=deposit.tid, why=verdict.text)
            return None
        return {
            "state": DepositState.CONFIRMING,
            "chain_amount": verdict.chain_amount,
            "amount": verdict.amount,
            "orphaned_since": None,
            "withdrawable_at": None,
        }


def _is_decided(listed: Listed | None) -> bool:
    """Whether a payment is listed for good, or until staff decides."""
    return listed is not None and (listed.resolved_at is not None or listed.reason not in PASSING)


async def freeze_for(connection: AsyncConnection, network: str, deposit: Deposit) -> None:
    """A deposit is in the books and in no block: its member withdraws nothing until that is settled."""
    why = f"deposit {deposit.tid} was credited and is in no block any more"
    _log.error("credited deposit lost its block", tid=deposit.tid, uid=deposit.uid, txid=deposit.txid)
    await freezes.freeze(connection, deposit.uid, why, actor=WATCHER, deposit_id=deposit.id)
    await chain_store.raise_alarm(connection, network, alarm_of(deposit), why)


async def settle_alarm(connection: AsyncConnection, network: str, deposit: Deposit) -> None:
    """A deposit is in a block and in the books again: what its loss had raised is over."""
    await freezes.lift_of_deposit(connection, deposit.id, actor=WATCHER, reason="its transaction was mined again")
    await chain_store.clear_alarm(connection, network, alarm_of(deposit))


def alarm_of(deposit: Deposit) -> str:
    return f"{GONE_ALARM}{deposit.tid}"


def exception_row(payment: Found, verdict: ToList) -> dict[str, Any]:
    """A new row of `deposit_exceptions`; our own transactions need nobody's decision."""
    ours = verdict.reason is Reason.OWN_TRANSFER
    return {
        "network": payment.network,
        "payment_id": payment.payment_id,
        "reason": verdict.reason.value,
        "text": verdict.text,
        "owner": payment.owner,
        "currency": verdict.currency,
        "resolution": "own" if ours else None,
        "resolved_by": WATCHER if ours else None,
        "resolved_at": func.now() if ours else None,
    }


class _ToVerify(msgspec.Struct, frozen=True):
    """A payment by a listed token, with what the logs of its block say in sum. `known`: it has a deposit."""

    payment: Found
    moved: Moved
    known: bool


async def _to_verify(
    connection: AsyncConnection, network: str, found: Sequence[Found], assets: Sequence[NetworkAsset]
) -> list[_ToVerify]:
    tokens = [
        payment
        for payment in found
        if payment.kind == PaymentKind.TOKEN and payment.block_height is not None and asset_of(payment, assets)
    ]
    if not tokens:
        return []
    known = await store.by_payments(connection, network, [payment.payment_id for payment in tokens])
    return [
        _ToVerify(payment, await exception_store.moved_with(connection, payment), payment.payment_id in known)
        for payment in tokens
    ]


async def _verified(reader: ChainReader, tokens: Sequence[_ToVerify]) -> dict[str, Context]:
    """What the tokens' contracts say that each payment's destination has received."""
    checked: dict[str, Context] = {}
    for token in tokens:
        payment = token.payment
        assert payment.block_height is not None
        if not isinstance(reader, TokenReader):
            checked[payment.payment_id] = Context(unverified="this network's node is not asked about tokens")
            continue
        try:
            delta = await reader.token_delta(payment.contract, payment.destination, payment.block_height)
        except NodeFaultError as error:
            if token.known:
                raise
            checked[payment.payment_id] = Context(unverified=f"the balance before and after is not known: {error}")
            continue
        received = received_of(payment.amount, token.moved, delta)
        told = "" if received is not None else "its address has sent as well in this block, and not by us"
        checked[payment.payment_id] = Context(received=received, unverified=told)
    for height, block_hash in {(token.payment.block_height, token.payment.block_hash) for token in tokens}:
        if height is not None and await reader.hash_at(height) != block_hash:
            raise NodeFaultError(f"block {height} has changed while balances in it were asked")
    return checked


def received_of(amount: int, moved: Moved, delta: int) -> int | None:
    """What of one payment has arrived, if its destination's balance changed by `delta`; None: nobody can say.

    What our own transactions have swept in the same block was there to be swept. What others have moved away explains
    nothing, because a contract writes whatever logs it likes: what is missing then is for somebody to look at. Several
    payments that do not add up: nobody can say which of them fell short, so none has arrived until somebody looks. A
    balance that grew by more than was logged does not make a payment larger.
    """
    missing = moved.came - moved.swept - delta
    if missing <= 0:
        return amount
    if moved.taken:
        return None
    return max(0, amount - missing) if amount == moved.came else min(0, delta)
