"""Reserve payouts that were planned by others (sweeps, gas, treasury) or taken up again.

Invariant: one that cannot be reserved now says why in its row and is tried again later, whatever the reason; it holds
up no other. Limit: one whose transfer the contract refuses is parked, because only a person knows whether it ever will
be taken.
"""

import datetime

import structlog

from pyxiu.custody.faults import CAUGHT, Faults, reason_of
from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Payout
from pyxiu.custody.payouts.park_payout import park
from pyxiu.custody.payouts.ports import AccountChain, CallRevertsError, UtxoChain
from pyxiu.custody.payouts.reserve import (
    FeeTooHighError,
    ShortError,
    account_call,
    facts_of,
    reserve_account,
    reserve_utxo,
)
from pyxiu.custody.payouts.sources import NoSourceError
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.kit.clock import now_of
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

AT_ONCE = 50


async def reserve_planned(desk: Desk) -> int:
    """How many were reserved. Raises TransientError at the end if some had trouble."""
    async with desk.services.database.connect() as connection:
        due = now_of(desk.services.clock)
        ids = await store.payout_ids(connection, desk.key, [PayoutState.PLANNED], due=due, limit=AT_ONCE)
    reserved, faults = 0, Faults()
    for payout_id in ids:
        try:
            reserved += await _reserve(desk, payout_id)
        except (ShortError, FeeTooHighError, reservations.UnexplainedNonceError) as error:
            await _later(desk, payout_id, str(error))
        except (CallRevertsError, NoSourceError) as error:
            await _park(desk, payout_id, str(error))
        except CAUGHT as error:
            faults.note(f"payout {payout_id}", error)
            await _later(desk, payout_id, reason_of(error))
        failpoint("payout_reserved")
    faults.raise_any()
    return reserved


async def _reserve(desk: Desk, payout_id: int) -> bool:
    chain = desk.chain
    if isinstance(chain, UtxoChain):
        quote = await chain.fees()
        async with desk.services.database.begin() as connection:
            payout = await store.lock_payout(connection, payout_id)
            if payout.state is not PayoutState.PLANNED:
                return False
            await reserve_utxo(connection, desk, chain, payout, quote)
        return True
    return await _reserve_account(desk, chain, payout_id)


async def _reserve_account(desk: Desk, chain: AccountChain, payout_id: int) -> bool:
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state is not PayoutState.PLANNED:
            return False
        await reservations.lock_wallet(connection, payout.wallet_id)
        _, call = await account_call(connection, desk, payout)
        if await chain.balance(call.sender, call.contract) < call.amount:
            raise ShortError(f"{call.sender} does not have {call.amount} of {payout.currency}")
        if payout.subtract_fee and not call.contract:
            # Estimated for less than all: with nothing left for gas a node refuses to estimate.
            facts = await facts_of(
                chain, type(call)(sender=call.sender, contract="", destination=call.destination, amount=1)
            )
        else:
            facts = await facts_of(chain, call)
        await reserve_account(connection, desk, chain, payout, call, facts)
    return True


async def _later(desk: Desk, payout_id: int, reason: str) -> None:
    again = now_of(desk.services.clock) + datetime.timedelta(seconds=desk.settings.retry_s)
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state is PayoutState.PLANNED:
            await store.note(connection, payout_id, reason=reason, tries=payout.tries + 1, next_try_at=again)


async def _park(desk: Desk, payout_id: int, reason: str) -> None:
    async with desk.services.database.begin() as connection:
        payout: Payout = await store.lock_payout(connection, payout_id)
        if payout.state is PayoutState.PLANNED:
            await park(connection, payout, reason)
    log.warning("payout_parked", payout=payout_id, reason=reason)
