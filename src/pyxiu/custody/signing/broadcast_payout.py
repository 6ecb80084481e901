"""Send signed bytes, and send the same bytes again until a block has them (T-50, T-60).

Invariant: only bytes that are stored are sent, and what a node answers never makes a payout paid or failed: a refusal
is noted, and the chain decides. Limit: what a person has parked is not sent again.
"""

import datetime
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.custody.chain import BroadcastRefusedError, NodeFaultError, NodeUnavailableError
from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.payouts.model import Attempt, AttemptState, Payout
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.ports import Broadcaster
from pyxiu.kit.clock import Clock, now_of
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

AT_ONCE = 200
RETRY_FIRST_S = 5
RETRY_LONGEST_S = 300
NODE_AWAY = "signer_node"
SENT = (PayoutState.SIGNED, PayoutState.BROADCAST)


@dataclass(frozen=True)
class Sender:
    """One network's way out."""

    network: str
    database: AsyncEngine
    node: Broadcaster
    clock: Clock
    settings: PayoutSettings = field(default_factory=PayoutSettings)


async def broadcast_signed(sender: Sender) -> int:
    """How many transactions a node has taken. A node that is away is an alarm, not an error."""
    async with sender.database.connect() as connection:
        due = now_of(sender.clock)
        ids = await store.payout_ids(connection, sender.network, SENT, due=due, limit=AT_ONCE)
        ids += await store.resend_ids(connection, sender.network, due=due, limit=AT_ONCE)
    sent, away = 0, ""
    for payout_id in sorted(ids):
        try:
            sent += await _send_payout(sender, payout_id)
        except (NodeUnavailableError, NodeFaultError) as error:
            away = str(error)
            await _again(sender, payout_id, away)
            break
    if ids:
        async with sender.database.begin() as connection:
            await settle_alarm(connection, sender.network, NODE_AWAY, away)
    return sent


async def _send_payout(sender: Sender, payout_id: int) -> int:
    """What is new of it, and the newest that was sent before once more."""
    async with sender.database.connect() as connection:
        payout = await store.find_payout(connection, payout_id)
        assert payout is not None, payout_id
        attempts = [one for one in await store.attempts_of(connection, payout_id) if one.signed is not None]
    if payout.block_height is not None and payout.state is not PayoutState.CONFIRMED:
        await _again(sender, payout_id, None)
        return 0
    refusals = []
    taken = 0
    for attempt in _to_send(payout, attempts):
        try:
            await _send(sender, attempt)
            taken += 1
        except BroadcastRefusedError as error:
            refusals.append(f"attempt {attempt.attempt}: {error}")
            async with sender.database.begin() as connection:
                await store.set_attempt(connection, attempt.id, reason=str(error))
    await _again(sender, payout_id, "; ".join(refusals) or None, refused=not taken)
    return taken


def _to_send(payout: Payout, attempts: list[Attempt]) -> list[Attempt]:
    if payout.state is PayoutState.CONFIRMED:
        return [one for one in attempts if one.txid == payout.txid]
    new = [one for one in attempts if one.state is AttemptState.SIGNED]
    before = [one for one in attempts if one.state is AttemptState.BROADCAST]
    # The newest first: it replaces the others where the node lets it.
    return [*reversed(new), *before[-1:]]


async def _send(sender: Sender, attempt: Attempt) -> None:
    assert attempt.signed is not None, attempt
    failpoint("payout_before_broadcast")
    txid = await sender.node.broadcast(attempt.signed)
    assert txid == attempt.txid, (txid, attempt.txid)
    failpoint("payout_broadcast_before_note")
    async with sender.database.begin() as connection:
        payout = await store.lock_payout(connection, attempt.payout_id)
        if attempt.state is not AttemptState.BROADCAST:
            now = now_of(sender.clock)
            await store.set_attempt(
                connection, attempt.id, state=AttemptState.BROADCAST.value, broadcast_at=now, reason=None
            )
        if payout.state is PayoutState.SIGNED:
            await store.move(connection, payout, PayoutState.BROADCAST)
    failpoint("payout_broadcast")


async def _again(sender: Sender, payout_id: int, reason: str | None, *, refused: bool = True) -> None:
    """When it is looked at next: soon after a refusal, later and later; otherwise in the time for sending again."""
    if reason is not None:
        log.warning("payout_refused", payout=payout_id, reason=reason)
    async with sender.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state is PayoutState.CONFIRMED:
            await store.note(connection, payout_id, next_try_at=None)
            return
        pause_s = sender.settings.resend_s
        tries = 0
        if reason is not None and refused:
            tries = payout.tries + 1
            pause_s = min(RETRY_FIRST_S * 2 ** min(payout.tries, 10), RETRY_LONGEST_S)
        again = now_of(sender.clock) + datetime.timedelta(seconds=pause_s)
        await store.note(connection, payout_id, next_try_at=again, tries=tries, reason=reason)
