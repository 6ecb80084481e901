"""Deliver the commands that the catalog owes to the engine, in the order in which they were written.

Invariant: a command counts as delivered only when the engine has answered it, after its commit. A crash in between
sends it again, which is harmless: putting the same asset, market, state or fee table twice has the effect of once.
Limit: a rejected command stays owed and is named, because only a person can resolve it.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.catalog.store import CatalogStore, PendingCommand, writing
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import DESCRIPTIONS, Rejection

#: Commands sent to the engine at once.
FRAME_MAX = 500


class CommandSender(Protocol):
    """The part of the engine's client that is needed here."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]: ...


class Delivery(msgspec.Struct):
    """How many commands took effect, and which were rejected and why; `seq` is the last record written."""

    applied: int = 0
    seq: int = 0
    rejected: list[str] = []


async def tell_engine(database: AsyncEngine, engine: CommandSender) -> Delivery:
    """Send all that is owed."""
    delivery = Delivery()
    async with writing(database) as store:
        pending = await store.pending_commands()
        for start in range(0, len(pending), FRAME_MAX):
            frame = pending[start : start + FRAME_MAX]
            outcomes = await engine.submit_many([item.command for item in frame])
            for item, outcome in zip(frame, outcomes, strict=True):
                await _note(store, delivery, item, outcome)
    return delivery


async def _note(store: CatalogStore, delivery: Delivery, item: PendingCommand, outcome: Outcome) -> None:
    if outcome.rejection is Rejection.NONE:
        delivery.applied += 1
        delivery.seq = max(delivery.seq, outcome.seq)
        await store.mark_applied(item.id, outcome.seq)
        return
    reason = f"{outcome.rejection.name}: {DESCRIPTIONS[outcome.rejection]}"
    delivery.rejected.append(f"{item.subject}: {reason}")
    await store.mark_rejected(item.id, reason)
