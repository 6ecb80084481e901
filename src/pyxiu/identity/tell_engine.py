"""Deliver the commands that identity owes to the engine, in the order in which they were written.

Invariant: a command counts as delivered only when the engine has answered it, after its commit; a crash in between
sends it again, which is harmless, as putting the same member twice has the effect of once. One process at a time
delivers, so a member's commands never overtake each other. Limit: a rejected command stays, with why, for a person.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import DESCRIPTIONS, Rejection
from pyxiu.identity import command_store
from pyxiu.identity.command_store import OwedCommand

#: Commands sent to the engine at once, in one db transaction.
FRAME_MAX = 500

log = structlog.get_logger(__name__)


class CommandSender(Protocol):
    """The part of the engine's client that is needed here."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]: ...


class Delivery(msgspec.Struct):
    """How many commands took effect, which were rejected and why, and the last record that was written for them."""

    applied: int = 0
    seq: int = 0
    rejected: list[str] = []


async def tell_engine(database: AsyncEngine, engine: CommandSender) -> Delivery:
    """Send all that is owed, unless another process is at it."""
    delivery = Delivery()
    while await _tell_some(database, engine, delivery):
        pass
    return delivery


async def _tell_some(database: AsyncEngine, engine: CommandSender, delivery: Delivery) -> bool:
    """Whether there may be more."""
    async with database.begin() as connection:
        if not await command_store.lock_delivery(connection):
            return False
        frame = await command_store.owed(connection, limit=FRAME_MAX)
        if not frame:
            return False
        outcomes = await engine.submit_many([item.command for item in frame])
        for item, outcome in zip(frame, outcomes, strict=True):
            await _note(connection, delivery, item, outcome)
    return len(frame) == FRAME_MAX


async def _note(connection: AsyncConnection, delivery: Delivery, item: OwedCommand, outcome: Outcome) -> None:
    if outcome.rejection is Rejection.NONE:
        delivery.applied += 1
        delivery.seq = max(delivery.seq, outcome.seq)
        await command_store.settle(connection, item.id)
        return
    reason = f"{outcome.rejection.name}: {DESCRIPTIONS[outcome.rejection]}"
    log.error("member_command_rejected", member=item.subject, reason=reason)
    delivery.rejected.append(f"{item.subject}: {reason}")
    await command_store.mark_rejected(connection, item.id, reason)
