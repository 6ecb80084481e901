"""Decide that something leaves: a payout in state planned, which the scheduler then reserves and has signed.

    async with services.database.begin() as connection:
        payout = await plan_payout(connection, PayoutPlan(network="litecoin", purpose=Purpose.SWEEP, …))

For moves between destinations of ours (sweeps, gas, treasury); withdrawals are planned by `plan_withdrawals.py`.
Invariant: nothing is held before it is reserved, so a plan that cannot be paid holds up nobody else's. Limit: on chains
with accounts one output a payout.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.model import Payout, PayoutPlan, Purpose
from pyxiu.custody.payouts.sources import destination_of, paying_wallet, places_of
from pyxiu.kit.errors import PermanentError


class PlanRefusedError(PermanentError):
    """What is planned cannot be a payout; the text says why."""


async def plan_payout(connection: AsyncConnection, plan: PayoutPlan) -> Payout:
    """Raises PlanRefusedError for a destination that is not ours, NoSourceError for a source that cannot pay."""
    if plan.purpose is Purpose.WITHDRAWAL:
        raise PlanRefusedError("withdrawals are planned from their own rows")
    if not plan.outputs or any(output.chain_amount <= 0 for output in plan.outputs):
        raise PlanRefusedError("expected outputs of more than nothing")
    wallet = await paying_wallet(connection, plan.source.wallet_id)
    if wallet.network != plan.network:
        raise PlanRefusedError(f"wallet {wallet.name} is on {wallet.network}, not on {plan.network}")
    await places_of(connection, wallet, plan.source.deposit_address_ids)
    destinations = []
    for output in plan.outputs:
        destination = await destination_of(connection, plan.network, output.address)
        if destination is None:
            raise PlanRefusedError(f"{output.address} is no address of ours on {plan.network}")
        destinations.append(destination)
    return await store.put_payout(connection, plan, destinations)
