"""Sweeping on chains of accounts: an address is emptied of one asset at a time.

Invariant: the node's balance is what is swept, not what was received, because a token may take a fee or change balances
by itself; and nothing is planned for what is not worth ten times its gas. A sweep moves what had come by then, deep or
not, so what is there no more is taken off the list when it is deep. Limit: ADDRESSES_MAX addresses a pass.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from pyxiu.custody.payouts.ports import AccountChain
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.address_facts import ask_gas
from pyxiu.custody.sweeps.asset_pass import AssetPass, destination_of
from pyxiu.custody.sweeps.model import Dust, FilledAddress
from pyxiu.custody.sweeps.note_swept import note_swept
from pyxiu.custody.sweeps.worth import refusal_of_native, refusal_of_token

#: Addresses that are looked at in one pass.
ADDRESSES_MAX: Final = 500


class _Look(msgspec.Struct, frozen=True):
    """What one pass looks with: `height` is the last block that is deep enough, `caught_up` whether the node has it;
    `held` is what each wallet of the tiers has.
    """

    height: int
    caught_up: bool
    held: Mapping[int, int]
    gas_price: int


async def plan_addresses(one: AssetPass, chain: AccountChain) -> None:
    network, asset = one.network.key, one.asset
    height = one.tip + 1 - one.network.min_confirmations
    async with one.services.database.begin() as connection:
        await store.take_off_own(connection, network)
        filled = await store.filled_addresses(
            connection, network, asset.asset, asset.contract, height=height, limit=ADDRESSES_MAX
        )
    dust: list[Dust] = []
    asked = [address for address in filled if address.swept_since or address.received >= max(1, one.min_collection)]
    look = await _look(one, chain, height) if asked else None
    for address in filled:
        refusal: str | None = f"less than the least collection, {one.min_collection}"
        if look is not None and address in asked:
            refusal = await _plan_address(one, chain, address, look)
        if refusal is not None:
            dust.append(_dust(one, address, refusal, height))
    one.planned.dust += len(dust)
    async with one.services.database.begin() as connection:
        await store.list_dust(connection, network, asset.asset, dust)


async def balances(one: AssetPass, chain: AccountChain) -> dict[int, int]:
    """What each wallet of the tiers has now, as the node tells."""
    return {
        wallet.id: await chain.balance(destination_of(chain, wallet.address), one.asset.contract)
        for wallet in one.wallets
    }


async def _look(one: AssetPass, chain: AccountChain, height: int) -> _Look:
    # Before any balance: what a node tells afterwards is of that block or a later one.
    caught_up = await chain.height() >= height
    return _Look(height, caught_up, await balances(one, chain), (await chain.fees()).max_fee)


async def _plan_address(one: AssetPass, chain: AccountChain, address: FilledAddress, look: _Look) -> str | None:
    """Why an address is not swept; None if it is, or if there is nothing at it."""
    source = destination_of(chain, address.address)
    amount = await chain.balance(source, one.asset.contract)
    if amount == 0:
        await _take_off_moved(one, address, amount, look)
        return None
    quote = await ask_gas(chain, one.asset, source, destination_of(chain, one.wallets[0].address), amount)
    refusal = quote.refused or await refusal_now(one, amount, quote.limit * look.gas_price)
    if refusal is not None:
        # A sweep of coins leaves what its gas has not used. Of a token less than was logged may have come.
        moved = 0 if one.asset.contract else await _take_off_moved(one, address, amount, look)
        return refusal if moved < address.payments else None
    async with one.services.database.begin() as connection:
        parts = await one.parts(connection, amount, look.held, one.min_collection)
        sweep = await store.put_sweep(
            connection,
            parts,
            network=one.network.key,
            currency=one.asset.asset,
            wallet_id=address.wallet_id,
            deposit_address_id=address.deposit_address_id,
            chain_amount=amount,
            height=look.height,
        )
    if sweep is not None:
        one.planned.sweeps.append(sweep.id)
    return None


async def _take_off_moved(one: AssetPass, address: FilledAddress, amount: int, look: _Look) -> int:
    """Note as swept what has left an address with what else was there; how many payments."""
    if not look.caught_up:
        return 0  # what the node tells may be older than the payments
    network, asset = one.network.key, one.asset
    async with one.services.database.begin() as connection:
        moved = await store.payments_moved(
            connection,
            network,
            asset.asset,
            asset.contract,
            address_id=address.deposit_address_id,
            height=look.height,
            balance=amount,
        )
        await note_swept(connection, network, moved)
    return len(moved)


async def refusal_now(one: AssetPass, amount: int, cost: int) -> str | None:
    """Why moving an amount is not worth `cost` units of the network's own coin."""
    asset = one.asset
    if not asset.contract:
        return refusal_of_native(amount, cost=cost, min_collection=one.min_collection)
    coin = await one.services.coin_of(one.network.key)
    return refusal_of_token(asset, coin, amount, cost=cost, min_collection=one.min_collection)


def _dust(one: AssetPass, address: FilledAddress, reason: str, height: int) -> Dust:
    return Dust(
        network=one.network.key,
        currency=one.asset.asset,
        deposit_address_id=address.deposit_address_id,
        chain_amount=address.received,
        coins=address.payments,
        reason=reason,
        height=height,
    )
