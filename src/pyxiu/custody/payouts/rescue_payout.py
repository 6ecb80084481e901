"""Get a transaction mined that its node will not replace: a child spends its change and pays for both (CPFP, T-55).

A node may keep the first transaction whatever a better one offers (Litecoin's does unless it is told otherwise, T-54).
Then the child is a payout of its own, from the wallet to itself, approved, signed and followed like any other, and its
fee is booked like any other. Invariant: the child spends nothing but that change, so it can be mined only with the
transaction that it helps; it is over when another one has taken that one's place. Limit: there must be change, large
enough for both fees; a child is not helped by a child.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.coins import Chosen, fee_for
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Attempt, AttemptState, Payout, PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.payload import read_utxo
from pyxiu.custody.payouts.ports import Coin, FeeQuote, Key, Pooled, UtxoChain
from pyxiu.custody.payouts.reserve import put_utxo_attempt, rate_within
from pyxiu.custody.payouts.sources import paying_wallet, places_of
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.kit.errors import PermanentError


class NotBumpableError(PermanentError):
    """There is nothing to bump; the text says why."""


class Kept(msgspec.Struct, frozen=True):
    """The attempt that a node keeps although a better one was offered to it."""

    attempt: Attempt
    pooled: Pooled


async def kept_by_node(chain: UtxoChain, signed: Sequence[Attempt]) -> Kept | None:
    """None as long as no node has refused to replace anything, or where it keeps none of the attempts."""
    if len(signed) < 2 or signed[-1].state is not AttemptState.SIGNED or signed[-1].reason is None:
        return None
    for attempt in reversed(signed[:-1]):
        assert attempt.txid is not None, attempt
        pooled = await chain.pooled(attempt.txid)
        if pooled is not None:
            return Kept(attempt, pooled)
    return None


async def rescue(
    connection: AsyncConnection, desk: Desk, chain: UtxoChain, payout: Payout, kept: Kept, quote: FeeQuote
) -> Attempt:
    """The child's attempt; the caller holds the payout's lock. Raises NotBumpableError or FeeTooHighError."""
    rate = rate_within(desk, quote)
    coin = _change_of(payout, kept.attempt)
    holder = await reservations.holder_of(connection, desk.key, coin.id)
    if holder is not None:
        raise NotBumpableError(f"payout {holder} spends the change of payout {payout.id} and pays for both")
    await reservations.lock_wallet(connection, payout.wallet_id)
    wallet = await paying_wallet(connection, payout.wallet_id)
    home = wallet.home or (await places_of(connection, wallet, payout.source_ids))[0]
    size = chain.size([coin.script], [home.destination])
    fee = max(fee_for(kept.pooled.size + size, rate) - kept.pooled.fees, fee_for(size, rate))
    if coin.amount - fee < chain.dust(home.destination):
        raise NotBumpableError(f"payout {payout.id}: its change of {coin.amount} is too little for a fee of {fee}")
    plan = PayoutPlan(
        network=desk.key,
        purpose=Purpose.TREASURY,
        source=Source(payout.wallet_id, payout.source_ids, (coin.id,)),
        outputs=(PlannedOutput(home.address, coin.amount),),
        currency=payout.currency,
        subtract_fee=True,
    )
    child = await store.put_payout(connection, plan, [home.destination])
    await reservations.reserve_coins(connection, desk.key, child.id, [coin.id])
    outputs = await store.outputs_of(connection, child.id)
    attempt = await put_utxo_attempt(connection, desk, chain, child, outputs, Chosen((coin,), fee, 0), home)
    await store.move(connection, child, PayoutState.RESERVED, reason=f"pays for payout {payout.id} too")
    return attempt


async def parent_of(connection: AsyncConnection, payout: Payout) -> tuple[Payout, str] | None:
    """The payout that a child helps, and which of its transactions; None for a payout that is no child."""
    if payout.purpose is not Purpose.TREASURY or not payout.coins:
        return None
    txid = payout.coins[0].partition(":")[0]
    query = text(
        "SELECT o.id FROM payout_attempts a JOIN payouts o ON o.id = a.payout_id "
        "WHERE a.txid = :txid AND o.network = :network"
    )
    found = (await connection.execute(query, {"txid": txid, "network": payout.network})).scalar_one_or_none()
    parent = None if found is None else await store.find_payout(connection, found)
    return None if parent is None else (parent, txid)


async def lost_parent(connection: AsyncConnection, payout: Payout) -> str | None:
    """Why a child can never be mined: another transaction has taken the place of the one that it helps, for good."""
    found = await parent_of(connection, payout)
    if found is None:
        return None
    parent, txid = found
    if parent.state is PayoutState.FAILED:
        return f"payout {parent.id} has failed, so there is no such change"
    if parent.state is PayoutState.CONFIRMED and parent.txid != txid:
        return f"payout {parent.id} has ended with {parent.txid}, so its change is another coin"
    return None


def _change_of(payout: Payout, attempt: Attempt) -> Coin:
    told = read_utxo(attempt.payload)
    if told.change is None:
        raise NotBumpableError(
            f"payout {payout.id}: the node keeps attempt {attempt.attempt}, which has no change to pay with"
        )
    branch, _, index = told.change.path.partition("/")
    key = Key(told.change.key, int(branch), int(index))
    return Coin(f"{attempt.txid}:{len(told.outputs)}", int(told.change.amount), told.change.destination, key)
