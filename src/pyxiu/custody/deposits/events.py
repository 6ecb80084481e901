"""What deposits announce: `model.deposit.created` and `model.deposit.updated`, in the transaction of the change.

Invariant: every change of what members see is announced. Limit: a further confirmation is not one.
"""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.wire import CREATED, UPDATED, record_of
from pyxiu.storage.outbox import Emitted, emit_all

#: A change of these alone is not announced.
_PASSING = ("updated_at", "blockchain_confirmations")


async def emit_created(connection: AsyncConnection, deposits: Iterable[Deposit], height: int | None) -> None:
    events = [Emitted(CREATED, aggregate_of(deposit), record_of(deposit, height)) for deposit in deposits]
    await emit_all(connection, events)


async def emit_updated(connection: AsyncConnection, before: Deposit, after: Deposit, height: int | None) -> None:
    """Nothing if members see no difference."""
    await emit_all_updated(connection, [(before, after)], height)


async def emit_all_updated(
    connection: AsyncConnection, changes: Iterable[tuple[Deposit, Deposit]], height: int | None
) -> None:
    """Deposits before and after."""
    events = []
    for before, after in changes:
        shown, old = record_of(after, height), record_of(before, height)
        changed = {name: old.get(name) for name in shown if old.get(name) != shown[name] and name not in _PASSING}
        if changed:
            events.append(Emitted(UPDATED, aggregate_of(after), shown, changed))
    await emit_all(connection, events)


def aggregate_of(deposit: Deposit) -> str:
    return f"deposit:{deposit.tid}"
