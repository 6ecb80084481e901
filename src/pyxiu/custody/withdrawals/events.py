"""What withdrawals announce: `model.withdraw.created` and `model.withdraw.updated`, in the transaction of the change.

Invariant: every change of what members see is announced. Limit: a further confirmation is not one.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.store import last_block
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.wire import record_of
from pyxiu.storage.outbox import emit

CREATED: Final = "model.withdraw.created"
UPDATED: Final = "model.withdraw.updated"


async def emit_created(connection: AsyncConnection, row: Withdrawal) -> None:
    await emit(connection, CREATED, record_of(row, None), aggregate=f"withdraw:{row.tid}")


async def emit_updated(connection: AsyncConnection, before: Withdrawal, after: Withdrawal) -> None:
    """With the previous values of what changed."""
    height = await _height(connection, after)
    shown = record_of(after, height)
    names = sorted({*shown, *record_of(before, height)} - {"updated_at"})
    old = {name: record_of(before, height).get(name) for name in names}
    changes = {name: value for name, value in old.items() if shown.get(name) != value}
    if changes:
        await emit(connection, UPDATED, shown, aggregate=f"withdraw:{after.tid}", changes=changes)


async def _height(connection: AsyncConnection, row: Withdrawal) -> int | None:
    if row.network is None or row.block_height is None:
        return None
    last = await last_block(connection, row.network)
    return None if last is None else last.height
