"""Sweeping on chains of outputs: many deposits leave in one transaction.

Invariant: only outputs that are deep enough, that nothing spends and that are worth ten times the fee of spending them;
the others are listed. Limit: one deposit wallet a sweep, the one with the most in it, and OUTPUTS_MAX outputs.
"""

from collections.abc import Sequence
from typing import Final

from pyxiu.custody.payouts.coins import fee_for
from pyxiu.custody.payouts.ports import UtxoChain
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.asset_pass import AssetPass, destination_of
from pyxiu.custody.sweeps.model import Dust, UnspentOutput
from pyxiu.custody.sweeps.worth import Coin, Sorted, sort_outputs
from pyxiu.custody.treasury import wallet_store

#: Outputs of one sweep: some 14,000 vbytes, a seventh of what nodes relay.
OUTPUTS_MAX: Final = 200
#: Outputs that are looked at: dust among them is listed.
LOOKED_AT_MAX: Final = 5_000


async def plan_outputs(one: AssetPass, chain: UtxoChain) -> None:
    network, asset = one.network.key, one.asset.asset
    async with one.services.database.connect() as connection:
        if await store.outputs_must_wait(connection, network, asset):
            return
        outputs = await store.unspent_outputs(
            connection, network, tip=one.tip, depth=one.network.min_confirmations, limit=LOOKED_AT_MAX
        )
    mine = _of_fullest_wallet(outputs)
    destinations = [destination_of(chain, wallet.address) for wallet in one.wallets]
    found = await _sorted(one, chain, mine, destinations) if mine else Sorted((), ())
    dust = _dust(one, mine, {coin.id for coin in found.dust}, found.reason)
    one.planned.dust += len(dust)
    async with one.services.database.begin() as connection:
        await store.list_dust(connection, network, asset, dust)
        if not found.worth:
            return
        held = await wallet_store.outputs_held(connection, network)
        least = max(one.min_collection, *(chain.dust(destination) for destination in destinations))
        parts = await one.parts(connection, found.total, held, least)
        if not parts:
            return
        sweep = await store.put_sweep(
            connection,
            # The fee is taken from the first output: the largest can bear it.
            sorted(parts, key=lambda part: -part.amount),
            network=network,
            currency=asset,
            wallet_id=mine[0].wallet_id,
            coins=[coin.id for coin in found.worth],
            chain_amount=found.total,
            height=one.tip,
        )
        if sweep is not None:
            one.planned.sweeps.append(sweep.id)


def _of_fullest_wallet(outputs: Sequence[UnspentOutput]) -> list[UnspentOutput]:
    by_wallet: dict[int, list[UnspentOutput]] = {}
    for output in outputs:
        by_wallet.setdefault(output.wallet_id, []).append(output)
    return max(by_wallet.values(), key=lambda mine: sum(output.amount for output in mine), default=[])


async def _sorted(
    one: AssetPass, chain: UtxoChain, outputs: Sequence[UnspentOutput], destinations: Sequence[str]
) -> Sorted:
    """Worth and dust at the fee of the moment; outputs beyond a transaction's bound are neither, their turn comes."""
    rate = (await chain.fees()).rate
    # Deposit addresses have the same kind of script as the wallets that are derived from our keys.
    script = outputs[0].script
    first = chain.size([script], destinations)
    each = chain.size([script, script], destinations) - first
    return sort_outputs(
        [Coin(output.payment_id, output.amount) for output in outputs],
        cost_each=fee_for(each, rate),
        cost_once=fee_for(first - each, rate),
        min_collection=one.min_collection,
        count_max=OUTPUTS_MAX,
    )


def _dust(one: AssetPass, outputs: Sequence[UnspentOutput], ids: set[str], reason: str) -> list[Dust]:
    """By address, the largest first."""
    by_address: dict[int, list[UnspentOutput]] = {}
    for output in outputs:
        if output.payment_id in ids:
            by_address.setdefault(output.deposit_address_id, []).append(output)
    dust = [
        Dust(
            network=one.network.key,
            currency=one.asset.asset,
            deposit_address_id=address_id,
            chain_amount=sum(output.amount for output in mine),
            coins=len(mine),
            reason=reason,
            height=one.tip,
        )
        for address_id, mine in by_address.items()
    ]
    return sorted(dust, key=lambda each: -each.chain_amount)
