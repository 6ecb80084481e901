"""Keep an account's nonces moving: what waits holds none, and none that nobody uses stays below one that was sent.

    await pass_on_nonces(desk)      # before anything is reserved: it takes the lowest that was given back
    await fill_gaps(desk)           # after it: for what was left over

A chain takes an account's transactions in the order of their nonces, so one that is not used stops all behind it. A
payout that waits for the signer's limit gives its nonce to whoever comes next, and is reserved anew when the signer
says that there is room. Where nobody comes, and something signed has waited for `gap_after_s`, the account pays the
smallest amount to itself with the nonce: an ordinary move between keys of ours, which needs no new rule in the signer
(a cancellation belongs to a payout that was signed). Invariant: a nonce is given back only by a payout that was never
signed, under its lock (W-5, T-56). Limit: what a person has parked after it was signed keeps its nonce, and has its own
alarm.
"""

import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts import nonces, reservations, store
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.park_payout import begin_again, is_signed
from pyxiu.custody.payouts.plan_payout import plan_payout
from pyxiu.custody.payouts.ports import AccountChain
from pyxiu.custody.payouts.sources import NoSourceError, paying_wallet, places_of
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.kit.clock import now_of

log = structlog.get_logger(__name__)

AT_ONCE = 50
#: What an account pays itself to use up a nonce, in the chain's smallest unit; a payout of nothing is none.
SMALLEST = 1


async def pass_on_nonces(desk: Desk) -> int:
    """How many payouts gave a nonce back or begin again; nothing on chains without nonces."""
    if not isinstance(desk.chain, AccountChain):
        return 0
    async with desk.services.database.connect() as connection:
        waiting = await nonces.unsigned_holders(connection, desk.key, limit=AT_ONCE)
        ready = await nonces.without_nonce(connection, desk.key, limit=AT_ONCE)
    done = sum([await _give_back(desk, payout_id) for payout_id in waiting])
    return done + sum([await _begin_again(desk, payout_id) for payout_id in ready])


async def fill_gaps(desk: Desk) -> int:
    """How many accounts are to use up a nonce that nobody wants."""
    chain = desk.chain
    if not isinstance(chain, AccountChain):
        return 0
    before = now_of(desk.services.clock) - datetime.timedelta(seconds=desk.settings.gap_after_s)
    async with desk.services.database.connect() as connection:
        waiting = await nonces.waiting_above_gaps(connection, desk.key, signed_before=before)
    done = 0
    for one in waiting:
        on_chain = await chain.nonce(one.address)
        try:
            async with desk.services.database.begin() as connection:
                done += await _fill(connection, desk, one, on_chain)
        except NoSourceError as error:
            log.warning("nonce_not_used_up", network=desk.key, address=one.address, reason=str(error))
    return done


async def _give_back(desk: Desk, payout_id: int) -> bool:
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state is not PayoutState.RESERVED or payout.next_try_at is None:
            return False
        if await is_signed(connection, payout_id):
            return False
        # Its request stays: the signer goes on looking at it, and does not sign for a nonce that is not held.
        await reservations.release(connection, payout_id)
    log.info("nonce_given_back", payout=payout_id, reason=payout.reason)
    return True


async def _begin_again(desk: Desk, payout_id: int) -> bool:
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state is not PayoutState.RESERVED or await is_signed(connection, payout_id):
            return False
        if await reservations.nonce_of(connection, payout_id) is not None:
            return False
        await begin_again(connection, payout, "others were given its nonce while it waited for the signer")
    return True


async def _fill(connection: AsyncConnection, desk: Desk, one: nonces.Waiting, on_chain: int) -> bool:
    await reservations.lock_wallet(connection, one.wallet_id)
    if not await nonces.is_gap(connection, desk.key, one.address, on_chain=on_chain, below=one.below):
        return False
    if await nonces.is_filled_already(connection, desk.key, one.address, one.wallet_id, one.source_ids):
        return False
    wallet = await paying_wallet(connection, one.wallet_id)
    [place] = await places_of(connection, wallet, one.source_ids)
    coin = await desk.services.coin_of(desk.key)
    plan = PayoutPlan(
        network=desk.key,
        purpose=Purpose.TREASURY,
        source=Source(one.wallet_id, one.source_ids),
        outputs=(PlannedOutput(place.address, SMALLEST),),
        # Where the coin itself is no asset, the smallest unit of what waits does as well.
        currency=coin.asset if coin is not None else one.currency,
    )
    payout = await plan_payout(connection, plan)
    log.warning("nonce_used_up", network=desk.key, address=one.address, payout=payout.id, below=one.below)
    return True
