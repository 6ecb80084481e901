"""Follow payouts on the chain until it has decided: by the coins they spend, by the nonce they use.

Any member of the group counts, whichever node kept (T-54); and one that is none of ours but pays the same from the same
coin or nonce counts too (T-53). Invariant: confirmed and failed are what blocks say, at the network's depth, and never
what a node said when it was given the bytes. Limit: something else in our place that does not pay the same parks the
payout: a person decides.
"""

from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.chain import HistoryMissingError, Inclusion
from pyxiu.custody.faults import CAUGHT, Faults, in_turn
from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Attempt, AttemptKind, Output, Payout
from pyxiu.custody.payouts.park_payout import move_withdrawals, park, was_signed
from pyxiu.custody.payouts.payload import read_account
from pyxiu.custody.payouts.ports import AccountChain, ForeignSpend, UtxoChain
from pyxiu.custody.payouts.rescue_payout import lost_parent
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.clock import now_of
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

AT_ONCE = 500
UNDONE = "payout_undone"
#: Payouts of which the node cannot tell what has taken their place.
UNCLEAR = "payout_unclear"
FOLLOWED = (PayoutState.SIGNED, PayoutState.BROADCAST, PayoutState.PARKED)


class Found(msgspec.Struct, frozen=True):
    """What is in a block in a payout's place. `fails`: it is certain that the payout is not paid by it."""

    txid: str
    height: int
    fee: int | None = None
    fails: str | None = None
    strange: str | None = None


async def confirm_payouts(desk: Desk) -> int:
    """How many have come to an end. Raises TransientError at the end if some had trouble."""
    async with desk.services.database.connect() as connection:
        after = desk.turns.before("confirm")
        ids = await store.followed_ids(connection, desk.key, FOLLOWED, after=after, limit=AT_ONCE)
    desk.turns.ended("confirm", ids)
    unclear: list[str] = []

    async def follow(payout_id: int) -> int:
        try:
            return await _follow(desk, payout_id)
        except HistoryMissingError as error:  # nothing is decided about this one
            unclear.append(f"payout {payout_id}: {error}")
            return 0

    try:
        return await in_turn("payout", ids, follow)
    finally:
        # A page without any says nothing of those on the others.
        if unclear or len(ids) < AT_ONCE:
            async with desk.services.database.begin() as connection:
                await settle_alarm(connection, desk.key, UNCLEAR, "; ".join(unclear))


async def look_at_chain(desk: Desk, payout: Payout) -> Found | None:
    """What is in a block in its place; None if nothing is, or it was never signed. Raises HistoryMissingError."""
    async with desk.services.database.connect() as connection:
        attempts = [one for one in await store.attempts_of(connection, payout.id) if was_signed(one)]
        outputs = await store.outputs_of(connection, payout.id)
    if not attempts:
        return None
    if isinstance(desk.chain, UtxoChain):
        return await _look_at_coins(desk, desk.chain, payout, attempts, outputs)
    return await _look_at_nonce(desk, desk.chain, payout, attempts, outputs)


async def _follow(desk: Desk, payout_id: int) -> bool:
    async with desk.services.database.connect() as connection:
        payout = await store.find_payout(connection, payout_id)
        # Taken before the look: a process that hangs in between decides by the depth that there was, never by one that
        # has grown on top of what is in no block any more (T-51).
        scanned = await reservations.scanned_height(connection, desk.key)
    assert payout is not None, payout_id
    found = await look_at_chain(desk, payout)
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state not in FOLLOWED:
            return False
        ended = await _decide(connection, desk, payout, found, scanned)
    if ended:
        failpoint("payout_decided")
    return ended


async def _look_at_coins(
    desk: Desk, chain: UtxoChain, payout: Payout, attempts: Sequence[Attempt], outputs: Sequence[Output]
) -> Found | None:
    async with desk.services.database.connect() as connection:
        spender = await spender_of(connection, payout.id)
    if spender is None:
        return None
    txid, height = spender
    ours = next((one for one in attempts if one.txid == txid), None)
    if ours is not None and ours.kind is not AttemptKind.ADOPTED:
        return Found(txid, height, ours.chain_fee)
    foreign = await chain.spends(txid, height)
    if foreign is None:
        return None
    if _pays(foreign, outputs, ""):
        return Found(txid, height)
    return Found(txid, height, strange=f"its coins were spent by {txid}, which does not pay what it should")


async def _look_at_nonce(
    desk: Desk, chain: AccountChain, payout: Payout, attempts: Sequence[Attempt], outputs: Sequence[Output]
) -> Found | None:
    for attempt in reversed(attempts):
        assert attempt.txid is not None, attempt
        inclusion = await chain.inclusion(attempt.txid)
        if inclusion.block is not None:
            return await _member(desk, chain, payout, attempt, inclusion, outputs)
    held = _signed_with(attempts)
    if held is None:
        async with desk.services.database.connect() as connection:
            held = await reservations.nonce_of(connection, payout.id)
    if held is None:
        return None
    address, nonce = held
    if await chain.nonce(address) <= nonce:
        return None
    foreign = await chain.taken_by(address, nonce)
    if foreign is None:
        raise HistoryMissingError(f"nonce {nonce} of {address} was used, and the node does not tell by what")
    inclusion = await chain.inclusion(foreign.txid)
    if inclusion.block is None:
        return None
    ours = next((one for one in attempts if one.txid == foreign.txid), None)
    if ours is not None:  # mined since it was asked for
        return await _member(desk, chain, payout, ours, inclusion, outputs)
    asset = await desk.asset(payout.currency)
    if asset is not None and not foreign.failed and _pays(foreign, outputs, asset.contract):
        return Found(foreign.txid, inclusion.block.height, await chain.fee_paid(foreign.txid))
    strange = f"its nonce {nonce} was used by {foreign.txid}, which does not pay what it should"
    return Found(foreign.txid, inclusion.block.height, await chain.fee_paid(foreign.txid), strange=strange)


def _signed_with(attempts: Sequence[Attempt]) -> tuple[str, int] | None:
    """The account and the nonce that are in the signed bytes, whatever became of the reservation."""
    for attempt in attempts:
        if attempt.kind is not AttemptKind.ADOPTED:
            told = read_account(attempt.payload)
            return told.sender, told.nonce
    return None


async def _member(
    desk: Desk,
    chain: AccountChain,
    payout: Payout,
    attempt: Attempt,
    inclusion: Inclusion,
    outputs: Sequence[Output],
) -> Found:
    assert attempt.txid is not None, attempt
    assert inclusion.block is not None, inclusion
    fee = await chain.fee_paid(attempt.txid)
    fails = strange = None
    if inclusion.failed:
        fails = "the contract refused the transfer: it was mined and did nothing"
    elif attempt.kind is AttemptKind.CANCEL:
        fails = "canceled: another transaction took its nonce and pays nobody"
    else:
        asset = await desk.asset(payout.currency)
        [output] = outputs
        if asset is None or asset.contract:
            wanted = (output.destination, asset.contract if asset else "", output.chain_amount)
            if wanted not in await chain.moved(attempt.txid):
                strange = f"{attempt.txid} was mined, and the token's contract does not say that it moved anything"
    return Found(attempt.txid, inclusion.block.height, fee, fails=fails, strange=strange)


def _pays(foreign: ForeignSpend, outputs: Sequence[Output], contract: str) -> bool:
    """Whether it pays every output at least as often as it is meant."""
    paid = list(foreign.pays)
    for output in outputs:
        wanted = (output.destination, contract, output.chain_amount)
        if wanted not in paid:
            return False
        paid.remove(wanted)
    return True


async def _decide(connection: AsyncConnection, desk: Desk, payout: Payout, found: Found | None, scanned: int) -> bool:
    if found is None:
        if payout.block_height is not None:
            log.warning("payout_out_of_block", payout=payout.id, txid=payout.txid)
            await _note(connection, payout, None)
        return await _end_without_parent(connection, payout)
    if found.strange is not None:
        if payout.state is not PayoutState.PARKED or payout.reason != found.strange:
            log.error("payout_displaced", payout=payout.id, reason=found.strange)
            await park(connection, payout, found.strange)
        return False
    await _note(connection, payout, found)
    depth = scanned - found.height + 1
    if depth < desk.network.min_confirmations:
        return False
    if found.fails is not None:
        await store.move(connection, payout, PayoutState.FAILED, reason=found.fails, chain_fee=found.fee)
        return True
    await move_withdrawals(connection, payout.id, WithdrawalState.PAYING)
    await reservations.release_unspent(connection, payout.id, found.txid)
    await store.move(connection, payout, PayoutState.CONFIRMED, reason=None, chain_fee=found.fee)
    return True


async def _end_without_parent(connection: AsyncConnection, payout: Payout) -> bool:
    """A child whose parent was never mined and never will be has failed; it has cost nothing."""
    lost = await lost_parent(connection, payout)
    if lost is None:
        return False
    await reservations.release(connection, payout.id)
    await store.move(connection, payout, PayoutState.FAILED, reason=lost)
    return True


async def _note(connection: AsyncConnection, payout: Payout, found: Found | None) -> None:
    """Show in the payout and its withdrawals where it is."""
    height = None if found is None else found.height
    txid = payout.txid if found is None else found.txid
    if (payout.txid, payout.block_height) == (txid, height):
        return
    # Out of a block again: the same bytes are due to be sent once more (T-60).
    await store.note(connection, payout.id, txid=txid, block_height=height, next_try_at=None)
    for output in await store.outputs_of(connection, payout.id):
        if output.withdrawal_id is not None:
            await withdrawals.note_chain(connection, output.withdrawal_id, txid=txid, block_height=height)


async def spender_of(connection: AsyncConnection, payout_id: int) -> tuple[str, int] | None:
    """The transaction in a block that spends a coin of this payout, and its height."""
    row = (
        await connection.execute(
            text(
                """
                SELECT s.spender, s.block_height FROM reserved_inputs r
                    JOIN chain_spends s ON s.network = r.network AND s.payment_id = r.payment_id
                WHERE r.payout_id = :payout AND r.released_at IS NULL
                ORDER BY s.block_height, s.spender LIMIT 1
                """
            ),
            {"payout": payout_id},
        )
    ).one_or_none()
    return None if row is None else (row.spender, int(row.block_height))


async def watch_confirmed(desk: Desk) -> None:
    """Confirmed payouts that the chain has undone, deeper than anybody waited: sent again, and an alarm (T-60)."""
    async with desk.services.database.connect() as connection:
        height = await reservations.scanned_height(connection, desk.key)
        recent = await store.confirmed_since(connection, desk.key, height - desk.settings.watch_blocks)
    undone, faults = [], Faults()
    for payout in recent:
        assert payout.txid is not None, payout
        try:
            inclusion = await desk.chain.inclusion(payout.txid)
        except CAUGHT as error:
            faults.note(f"payout {payout.id}", error)
            continue
        if inclusion.block is None:
            undone.append(payout)
    async with desk.services.database.begin() as connection:
        for payout in undone:
            await store.note(connection, payout.id, next_try_at=now_of(desk.services.clock))
        told = ", ".join(f"payout {payout.id} ({payout.txid})" for payout in undone)
        if undone or not faults:  # nobody knows of those that the node says nothing of: the alarm stays as it is
            await settle_alarm(connection, desk.key, UNDONE, told and f"confirmed, and in no block any more: {told}")
    faults.raise_any()
