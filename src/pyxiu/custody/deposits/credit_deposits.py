"""Credit what is deep enough, and mark what may be withdrawn.

Invariant (W-3): a credit is owed only for a block that is deep enough by the rules of now, that is in our chain, and
that the node, asked at that moment, has on its best chain. Limit: what was owed is sent whatever happens to the chain
then; a deposit that lost its block in that moment is taken back like any other.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.deposits import store
from pyxiu.custody.deposits.bookings import credit_of
from pyxiu.custody.deposits.classify import depths_of
from pyxiu.custody.deposits.events import emit_updated
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.deposits.read_payments import settle_alarm
from pyxiu.custody.deposits.send_bookings import send_bookings
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.failpoints import failpoint

#: Deposits of one transaction and one batch of commands.
BATCH: Final = 500


async def credit_deposits(services: CustodyServices, network: str, reader: ChainReader) -> int:
    """Credit all that is due on a network; how many deposits. Raises the faults of nodes and of the engine."""
    credited = await send_bookings(services, network)
    while True:
        due, owed = await _owe_some(services, network, reader)
        credited += await send_bookings(services, network) if owed else 0
        if due < BATCH:
            return credited


async def ripen_deposits(services: CustodyServices, network: str) -> int:
    """Let go what has reached the depth at which it may be withdrawn; how many deposits."""
    async with services.database.begin() as connection:
        await chain_store.lock_network(connection, network)
        last = await chain_store.last_block(connection, network)
        return 0 if last is None else await store.ripen(connection, network, last.height)


async def _owe_some(services: CustodyServices, network: str, reader: ChainReader) -> tuple[int, int]:
    """How many were due, and for how many of them a command is owed now."""
    async with services.database.connect() as connection:
        last = await chain_store.last_block(connection, network)
        due = [] if last is None else await store.due(connection, network, last.height, BATCH)
    if not due:
        return 0, 0
    tip = await reader.tip()
    heights = sorted({deposit.block_height or 0 for deposit in due})
    on_chain = {height: await reader.hash_at(height) for height in heights}
    confirmed = [deposit for deposit in due if on_chain[deposit.block_height or 0] == deposit.block_hash]
    rules = {asset.asset: asset for asset in await services.assets.assets(network)}
    async with services.database.begin() as connection:
        await chain_store.lock_network(connection, network)
        owed = await _owe(connection, network, confirmed, rules, tip.height)
    failpoint("booking_after_owed")
    return len(due) if owed else 0, owed


async def _owe(
    connection: AsyncConnection,
    network: str,
    confirmed: Sequence[Deposit],
    rules: dict[str, NetworkAsset],
    tip_height: int,
) -> int:
    last = await chain_store.last_block(connection, network)
    height = -1 if last is None else min(last.height, tip_height)
    now = await store.by_payments(connection, network, [deposit.payment_id or "" for deposit in confirmed])
    bookings = []
    for read in confirmed:
        if now.get(read.payment_id or "") != read:
            continue  # it changed meanwhile
        deposit = await _by_rules_of_now(connection, read, rules)
        if (deposit.block_height or 0) + (deposit.credit_depth or 1) - 1 > height:
            continue
        if deposit.booked < deposit.amount:
            bookings.append(credit_of(deposit))
            continue
        after = await store.step(connection, deposit.id, state=DepositState.CREDITED)
        await settle_alarm(connection, network, after)
        await emit_updated(connection, deposit, after, height)
    if bookings:
        await store.owe(connection, bookings)
    return len(bookings)


async def _by_rules_of_now(connection: AsyncConnection, deposit: Deposit, rules: dict[str, NetworkAsset]) -> Deposit:
    """The deposit with the depths of now, where they ask for more than those at which it was noted."""
    rule = rules.get(deposit.currency)
    if rule is None or deposit.credit_depth is None or deposit.withdrawable_depth is None:
        return deposit
    depths = depths_of(rule, deposit.amount, 0)
    credit_depth = max(deposit.credit_depth, depths[0])
    withdrawable_depth = max(deposit.withdrawable_depth, depths[1])
    if (credit_depth, withdrawable_depth) == (deposit.credit_depth, deposit.withdrawable_depth):
        return deposit
    return await store.step(connection, deposit.id, credit_depth=credit_depth, withdrawable_depth=withdrawable_depth)
