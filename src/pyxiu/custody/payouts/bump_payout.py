"""Offer more for a payout that no block takes: the same coins or the same nonce, so that the chain takes one of them.

    await bump_payout(desk, payout_id)          # as far as the bounds allow
    await cancel_payout(desk, payout_id)        # accounts: take the nonce with a payment to nobody

Where a node keeps what it had, the next offer is a child of that one (`rescue_payout.py`). Invariant: a further attempt
spends all that the first one spends (T-54), and pays somebody something; it is approved and signed like the first, and
all of them are followed. Limit: a bump above the bounds of the settings is not made: the payout is parked with an alarm
(T-55). One whose amount is too small for a better fee that is taken from it waits for blocks.
"""

from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.faults import in_turn
from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.coins import COINS_MAX, Chosen, bumped, fee_for, replacement_fee
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Attempt, AttemptKind, AttemptState, Output, Payout
from pyxiu.custody.payouts.park_payout import park
from pyxiu.custody.payouts.payload import UtxoPayload, read_account, read_utxo
from pyxiu.custody.payouts.ports import AccountChain, Coin, FeeQuote, GasCall, GasQuote, Key, UtxoChain
from pyxiu.custody.payouts.rescue_payout import Kept, NotBumpableError, kept_by_node, rescue
from pyxiu.custody.payouts.reserve import GWEI, FeeTooHighError, ShortError, put_account_attempt, put_utxo_attempt
from pyxiu.custody.payouts.sources import NoSourceError, Place, paying_wallet, places_of
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.kit.clock import now_of

log = structlog.get_logger(__name__)

#: Signed attempts of one payout; after that a person looks.
ATTEMPTS_MAX = 8
AT_ONCE = 50
#: The gas of a plain transfer, which a cancellation is.
CANCEL_GAS = 21_000
LIVE = (PayoutState.SIGNED, PayoutState.BROADCAST)


async def bump_stuck(desk: Desk) -> int:
    """Bump what has waited for too long and offers less than the chain asks for; how many.

    Raises TransientError at the end if some had trouble.
    """
    async with desk.services.database.connect() as connection:
        after = desk.turns.before("bump")
        ids = await store.followed_ids(connection, desk.key, LIVE, after=after, limit=AT_ONCE)
    desk.turns.ended("bump", ids)
    return await in_turn("payout", ids, lambda payout_id: _bump_if_stuck(desk, payout_id))


async def bump_payout(desk: Desk, payout_id: int) -> Attempt:
    """The new attempt, which is of another payout where a child helps. Raises NotBumpableError or FeeTooHighError."""
    chain = desk.chain
    if isinstance(chain, UtxoChain):
        kept = await _kept(desk, chain, payout_id)
        quote = await chain.fees()
        async with desk.services.database.begin() as connection:
            payout, last, outputs = await _bumpable(connection, desk, payout_id)
            if kept is not None:
                return await rescue(connection, desk, chain, payout, kept, quote)
            return await _bump_utxo(connection, desk, chain, payout, last, outputs, quote)
    fees = await chain.fees()
    async with desk.services.database.begin() as connection:
        payout, last, outputs = await _bumpable(connection, desk, payout_id)
        return await _bump_account(connection, desk, chain, payout, last, outputs, fees)


async def cancel_payout(desk: Desk, payout_id: int) -> Attempt:
    """Take the payout's nonce with a payment of nothing to ourselves; when that is mined, the payout has failed."""
    chain = desk.chain
    if isinstance(chain, UtxoChain):
        raise NotBumpableError(f"{desk.key} has no nonces: bump the payout, or wait until its coins are spent")
    fees = await chain.fees()
    async with desk.services.database.begin() as connection:
        payout, last, outputs = await _bumpable(connection, desk, payout_id)
        return await _bump_account(connection, desk, chain, payout, last, outputs, fees, cancel=True)


async def _bump_if_stuck(desk: Desk, payout_id: int) -> bool:
    async with desk.services.database.connect() as connection:
        payout = await store.find_payout(connection, payout_id)
        assert payout is not None, payout_id
        attempts = await store.attempts_of(connection, payout_id)
    signed = [one for one in attempts if one.signed is not None]
    if payout.block_height is not None or len(signed) != len(_not_refused(attempts)) or not signed:
        return False
    waited_s = (now_of(desk.services.clock) - (signed[-1].signed_at or payout.created_at)).total_seconds()
    if waited_s < desk.settings.bump_after_s:
        return False
    kept = await kept_by_node(desk.chain, signed) if isinstance(desk.chain, UtxoChain) else None
    if not await _offers_too_little(desk, kept.attempt if kept else signed[-1]):
        return False
    if kept is None and len(signed) >= ATTEMPTS_MAX:
        await _park(desk, payout_id, f"no block takes it after {len(signed)} attempts")
        return False
    try:
        await bump_payout(desk, payout_id)
    except FeeTooHighError as error:
        await _park(desk, payout_id, f"it offers too little and more is above the bound: {error}")
        return False
    except (NotBumpableError, NoSourceError, ShortError) as error:
        # Its own alarm is open when it has waited for too long.
        log.info("payout_not_bumped", payout=payout_id, reason=str(error))
        return False
    return True


async def _kept(desk: Desk, chain: UtxoChain, payout_id: int) -> Kept | None:
    async with desk.services.database.connect() as connection:
        attempts = await store.attempts_of(connection, payout_id)
    return await kept_by_node(chain, [one for one in attempts if one.signed is not None])


async def _offers_too_little(desk: Desk, attempt: Attempt) -> bool:
    """Whether a better offer would help; otherwise blocks are just slow."""
    if isinstance(desk.chain, UtxoChain):
        told = read_utxo(attempt.payload)
        size = _size(desk.chain, told)
        return attempt.chain_fee < fee_for(size, (await desk.chain.fees()).rate)
    old = _gas_of(attempt)
    fees = await desk.chain.fees()
    return old.base < fees.base + fees.priority or old.priority < fees.priority


async def _bumpable(connection: AsyncConnection, desk: Desk, payout_id: int) -> tuple[Payout, Attempt, list[Output]]:
    payout = await store.lock_payout(connection, payout_id)
    attempts = await store.attempts_of(connection, payout_id)
    signed = [one for one in attempts if one.signed is not None]
    if payout.network != desk.key or payout.state not in LIVE or not signed:
        raise NotBumpableError(f"payout {payout_id} is {payout.state}: only what was signed is bumped")
    if payout.block_height is not None:
        raise NotBumpableError(f"payout {payout_id} is in block {payout.block_height}")
    if any(one.state is AttemptState.REQUESTED for one in attempts):
        raise NotBumpableError(f"an attempt of payout {payout_id} waits for the signer")
    return payout, signed[-1], await store.outputs_of(connection, payout_id)


async def _bump_utxo(
    connection: AsyncConnection,
    desk: Desk,
    chain: UtxoChain,
    payout: Payout,
    last: Attempt,
    outputs: Sequence[Output],
    quote: FeeQuote,
) -> Attempt:
    told = read_utxo(last.payload)
    await reservations.lock_wallet(connection, payout.wallet_id)
    wallet = await paying_wallet(connection, payout.wallet_id)
    places = await places_of(connection, wallet, payout.source_ids)
    change_to = wallet.home or places[0]
    coins = [_coin(one.coin, one.amount, one.script, one.key, one.path) for one in told.inputs]
    spare: list[Coin] = []
    if not payout.coins and not payout.subtract_fee:
        keys = {place.destination: place.key for place in places}
        spare = await reservations.free_coins(connection, desk.key, keys, depth=desk.settings.spend_depth)
    chosen = _replacement(
        chain, payout, coins, outputs, spare=spare, change_to=change_to, old_fee=last.chain_fee, quote=quote
    )
    size = chain.size([coin.script for coin in chosen.coins], [output.destination for output in outputs])
    if chosen.fee > fee_for(size, desk.settings.fee_rate_max * 1_000):
        raise FeeTooHighError(f"a replacement would cost {chosen.fee} for {size} vbytes")
    more = [coin.id for coin in chosen.coins[len(coins) :]]
    if more:
        await reservations.reserve_coins(connection, desk.key, payout.id, more)
    return await put_utxo_attempt(connection, desk, chain, payout, outputs, chosen, change_to)


def _replacement(  # noqa: PLR0913 - what the choice is among
    chain: UtxoChain,
    payout: Payout,
    coins: Sequence[Coin],
    outputs: Sequence[Output],
    *,
    spare: Sequence[Coin],
    change_to: Place,
    old_fee: int,
    quote: FeeQuote,
) -> Chosen:
    """All the old coins, and as many new ones as the better fee needs. Raises NotBumpableError."""
    destinations = [output.destination for output in outputs]
    target, dust = sum(output.chain_amount for output in outputs), chain.dust(change_to.destination)
    for count in range(min(len(spare), COINS_MAX - len(coins)) + 1):
        taken = (*coins, *spare[:count])
        scripts = [coin.script for coin in taken]
        total = sum(coin.amount for coin in taken)
        with_change = replacement_fee(
            old_fee, chain.size(scripts, [*destinations, change_to.destination]), quote.rate, quote.floor
        )
        without = replacement_fee(old_fee, chain.size(scripts, destinations), quote.rate, quote.floor)
        if payout.subtract_fee:
            kept = total - target if total - target >= dust else 0
            fee = with_change if kept else without
            first = total - kept - fee - sum(output.chain_amount for output in outputs[1:])
            if first < chain.dust(outputs[0].destination):
                raise NotBumpableError(f"payout {payout.id}: a better fee of {fee} takes all that its first output has")
            return Chosen(taken, fee, kept)
        if total - target - with_change >= dust:
            return Chosen(taken, with_change, total - target - with_change)
        if total - target >= without:
            return Chosen(taken, total - target, 0)
    raise NotBumpableError(f"payout {payout.id}: the wallet has no more coins for a better fee")


async def _bump_account(  # noqa: PLR0913 - what the new transaction is made of
    connection: AsyncConnection,
    desk: Desk,
    chain: AccountChain,
    payout: Payout,
    last: Attempt,
    outputs: Sequence[Output],
    fees: GasQuote,
    *,
    cancel: bool = False,
) -> Attempt:
    told, old = read_account(last.payload), _gas_of(last)
    if last.kind is AttemptKind.CANCEL:
        cancel = True
    gas = CANCEL_GAS if cancel else int(told.gas.limit)
    max_fee, priority = bumped(old.base, fees.max_fee), bumped(old.priority, fees.priority)
    if max_fee > desk.settings.gas_price_max * GWEI:
        # The spare for a growing base fee may be left out, if that is still a replacement.
        max_fee = bumped(old.base, fees.base + fees.priority)
    if max_fee > desk.settings.gas_price_max * GWEI:
        raise FeeTooHighError(
            f"a replacement offers {max_fee // GWEI} gwei, at most {desk.settings.gas_price_max} are paid"
        )
    [output] = outputs
    amount = output.chain_amount
    if payout.subtract_fee and not told.contract:
        amount -= gas * max_fee
    if amount <= 0 and not cancel:
        raise NotBumpableError(f"payout {payout.id}: a better fee of {gas * max_fee} takes all that is to be paid")
    call = GasCall(
        sender=told.sender,
        contract="" if cancel else told.contract,
        destination=told.sender if cancel else output.destination,
        amount=0 if cancel else amount,
    )
    return await put_account_attempt(
        connection,
        desk,
        chain,
        payout,
        output,
        call,
        nonce=told.nonce,
        gas=gas,
        fees=GasQuote(fees.base, min(priority, max_fee)),
        max_fee=max_fee,
        cancel=cancel,
    )


async def _park(desk: Desk, payout_id: int, reason: str) -> None:
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state in LIVE:
            await park(connection, payout, reason)
    log.warning("payout_parked", payout=payout_id, reason=reason)


def _gas_of(attempt: Attempt) -> GasQuote:
    """What an attempt offers for a unit of gas: `base` is the whole of it."""
    told = read_account(attempt.payload).gas
    return GasQuote(int(told.max_fee), int(told.priority))


def _not_refused(attempts: Sequence[Attempt]) -> list[Attempt]:
    return [one for one in attempts if one.state is not AttemptState.REFUSED]


def _size(chain: UtxoChain, told: UtxoPayload) -> int:
    paid = [one.destination for one in told.outputs] + ([told.change.destination] if told.change else [])
    return chain.size([one.script for one in told.inputs], paid)


def _coin(coin: str, amount: str, script: str, key_id: str, path: str) -> Coin:
    branch, _, index = path.partition("/")
    return Coin(coin, int(amount), script, Key(key_id, int(branch), int(index)))
