"""Gas for tokens: a payout from the fee wallet to the address that cannot pay for moving what it holds.

Invariant: gas is sent when nothing else is under way at the address, and never more than GAS_TRIES_MAX times for one
sweep. Limit: the price is the moment's; if it has doubled when the gas is there, more is sent.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.payouts.model import PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.plan_payout import plan_payout
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.model import Sweep
from pyxiu.custody.sweeps.states import SweepState
from pyxiu.custody.treasury import wallet_store

GAS_TRIES_MAX: Final = 3


async def top_up_gas(connection: AsyncConnection, sweep: Sweep, coin: NetworkAsset, missing: int) -> Sweep:
    """Send `missing` units of the network's coin to its address; the sweep, which is locked, waits for them."""
    if sweep.gas_tries >= GAS_TRIES_MAX:
        reason = f"gas was sent {sweep.gas_tries} times and is not enough"
        return await store.move(connection, sweep, SweepState.PARKED, reason=reason)
    wallet = await wallet_store.fee_wallet(connection, sweep.network)
    if wallet is None:
        reason = f"there is no fee wallet on {sweep.network} that our signer has the key of"
        return await store.move(connection, sweep, SweepState.PARKED, reason=reason)
    address = await store.address_of(connection, sweep)
    payout = await plan_payout(
        connection,
        PayoutPlan(
            network=sweep.network,
            purpose=Purpose.GAS,
            source=Source(wallet.id),
            outputs=(PlannedOutput(address, missing, sweep_id=sweep.id),),
            currency=coin.asset,
        ),
    )
    return await store.move(
        connection, sweep, SweepState.WAITING_GAS, gas_payout_id=payout.id, gas_tries=sweep.gas_tries + 1
    )
