"""Take back what was credited for coins that are on the chain no more, as far as the member has it; the rest is a debt.

A credited deposit without a block is taken back when the grace is over, the scanner is at the node's tip, and the node
knows its transaction neither in its pool nor in a block; or in a block that we have scanned and read, where it does not
make the payment any more, as contracts may do another thing in another block. Invariant (T-31): the debt is what is
`booked` for a deposit that was clawed back; it only shrinks, and what is credited should the coins come again is the
amount less the debt. Limit: a debt is collected in the same asset only.
"""

import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.chain import BlockRef
from pyxiu.custody.deposits import exception_store, store
from pyxiu.custody.deposits.bookings import debit_of
from pyxiu.custody.deposits.events import emit_updated
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.deposits.read_payments import alarm_of
from pyxiu.custody.deposits.send_bookings import send_bookings
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.decimals import format_decimal

BATCH: Final = 100

_log = structlog.stdlib.get_logger("pyxiu.deposits")


async def take_back_deposits(services: CustodyServices, network: str, reader: ChainReader) -> int:
    """Claw back what is due, and collect debts; how many deposits were clawed back. Only for a scanner at the tip."""
    grace = datetime.timedelta(seconds=services.settings.orphan_grace_s)
    async with services.database.connect() as connection:
        gone = await store.gone(connection, network, await store.now(connection) - grace)
    taken = 0
    for deposit in gone:
        where = await reader.inclusion(deposit.txid or "")
        if not where.pooled:
            taken += await _claw_back(services, network, deposit, where.block)
    await _collect(services, network)
    return taken


async def _claw_back(services: CustodyServices, network: str, deposit: Deposit, mined: BlockRef | None) -> int:
    """`mined`: the block that has its transaction. 1 if it was clawed back."""
    async with services.database.begin() as connection:
        await chain_store.lock_network(connection, network)
        if await store.locked(connection, deposit.id) != deposit:
            return 0  # it came again meanwhile
        if mined is not None and not await _was_read(connection, network, deposit, mined):
            return 0  # it may come again with its block
        last = await chain_store.last_block(connection, network)
        after = await store.step(connection, deposit.id, state=DepositState.CLAWED_BACK, orphaned_since=None)
        _log.error("deposit is taken back", tid=deposit.tid, uid=deposit.uid, amount=deposit.amount)
        await emit_updated(connection, deposit, after, last.height if last else None)
    return 1


async def _was_read(connection: AsyncConnection, network: str, deposit: Deposit, mined: BlockRef) -> bool:
    """Whether this block is one of ours, and has been read for the deposit's payment."""
    if await chain_store.block_at(connection, network, mined.height) != mined:
        return False
    return not await exception_store.unread_again(connection, network, [deposit.payment_id or ""])


async def _collect(services: CustodyServices, network: str) -> None:
    async with services.database.connect() as connection:
        debts = await store.debts(connection, network, BATCH)
    for deposit in debts:
        wanted = _debt(deposit)
        if services.balances is not None:
            wanted = min(wanted, await services.balances.available(deposit.uid, deposit.currency))
        if wanted > 0:
            await _owe_debit(services, network, deposit, wanted)
    if debts:
        await send_bookings(services, network)
    async with services.database.begin() as connection:
        for deposit in debts:
            now = await store.locked(connection, deposit.id)
            if now.state is DepositState.CLAWED_BACK or _debt(now) > 0:
                await chain_store.raise_alarm(connection, network, alarm_of(now), _told(now))


async def _owe_debit(services: CustodyServices, network: str, deposit: Deposit, amount: int) -> None:
    async with services.database.begin() as connection:
        await chain_store.lock_network(connection, network)
        if await store.locked(connection, deposit.id) == deposit:
            await store.owe(connection, [debit_of(deposit, amount)])


def _debt(deposit: Deposit) -> int:
    """What the books have for a deposit beyond what the chain has."""
    return deposit.booked - (0 if deposit.state is DepositState.CLAWED_BACK else deposit.amount)


def _told(deposit: Deposit) -> str:
    debt = format_decimal(_debt(deposit), deposit.decimals)
    if deposit.state is not DepositState.CLAWED_BACK:
        return (
            f"deposit {deposit.tid} of {deposit.uid} was mined again with less: {debt} {deposit.currency} are missing"
        )
    taken = format_decimal(max(0, deposit.amount - deposit.booked), deposit.decimals)
    return (
        f"deposit {deposit.tid} of {deposit.uid} is in no block any more: {taken} {deposit.currency} were taken back, "
        f"{debt} are missing"
    )
