"""Note that payments to deposit addresses have been moved into the treasury: their deposits are collected.

Invariant: in one transaction the payments wait for no sweep any more, and their members are told, each deposit once.
Limit: whether they have been moved is decided before.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.deposits import store as deposit_store
from pyxiu.custody.deposits.events import emit_updated
from pyxiu.custody.sweeps import store


async def note_swept(connection: AsyncConnection, network: str, payment_ids: Sequence[str]) -> None:
    """The deposits whose coins these were are collected, as members see it."""
    if not payment_ids:
        return
    await store.take_off_swept(connection, network, payment_ids)
    last = await chain_store.last_block(connection, network)
    for deposit in await deposit_store.note_swept(connection, network, payment_ids):
        before = msgspec.structs.replace(deposit, sweep_state=None)
        await emit_updated(connection, before, deposit, last.height if last else None)
