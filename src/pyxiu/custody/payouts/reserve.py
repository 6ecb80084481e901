"""Take what a payout needs and write down what will be signed: coins on UTXO chains, a nonce on chains with accounts.

The node is asked first, without a transaction; then coins or nonce, the payload and the state are written in one.
Invariant: a payout is reserved with a payload or not at all, and its fee is within the bounds of the settings. Limit:
whether it is worth its fee is for whoever planned it.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts import nonces, reservations, store
from pyxiu.custody.payouts.coins import Chosen, choose_coins, fee_for, pay_with, spend_whole
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Attempt, AttemptKind, Output, Payout, Purpose, payload_hash
from pyxiu.custody.payouts.payload import (
    AccountPayload,
    ChangeWords,
    GasWords,
    PayeeWords,
    Payload,
    UtxoInput,
    UtxoPayload,
    words_of,
)
from pyxiu.custody.payouts.ports import AccountChain, Coin, FeeQuote, GasCall, GasQuote, UtxoChain
from pyxiu.custody.payouts.sources import PayingWallet, Place, own_key, paying_wallet, places_of
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.kit.errors import TransientError

GWEI = 10**9


class ShortError(TransientError):
    """The source does not have enough, for now."""


class FeeTooHighError(TransientError):
    """The chain asks for more than the settings allow, for now."""


class AccountFacts(msgspec.Struct, frozen=True):
    """What the node says of an account, in the same moment as far as it goes."""

    nonce: int
    coin: int
    token: int
    fees: GasQuote
    gas: int


async def reserve_utxo(
    connection: AsyncConnection, desk: Desk, chain: UtxoChain, payout: Payout, quote: FeeQuote
) -> Payout:
    """Raises ShortError or FeeTooHighError, and has changed nothing then."""
    rate = rate_within(desk, quote)
    await reservations.lock_wallet(connection, payout.wallet_id)
    wallet = await paying_wallet(connection, payout.wallet_id)
    places = await places_of(connection, wallet, payout.source_ids)
    keys = {place.destination: place.key for place in places}
    coins = await reservations.free_coins(
        connection, desk.key, keys, depth=desk.settings.spend_depth, named=payout.coins
    )
    outputs = await store.outputs_of(connection, payout.id)
    change_to = wallet.home or places[0]
    chosen = _chosen(chain, payout, coins, outputs, change_to.destination, rate)
    if chosen is None:
        raise ShortError(
            f"{wallet.name} has {sum(coin.amount for coin in coins)} free, "
            f"{sum(output.chain_amount for output in outputs)} and the fee are needed"
        )
    await reservations.reserve_coins(connection, desk.key, payout.id, [coin.id for coin in chosen.coins])
    await put_utxo_attempt(connection, desk, chain, payout, outputs, chosen, change_to)
    return await store.move(connection, payout, PayoutState.RESERVED)


async def put_utxo_attempt(
    connection: AsyncConnection,
    desk: Desk,
    chain: UtxoChain,
    payout: Payout,
    outputs: Sequence[Output],
    chosen: Chosen,
    change_to: Place,
) -> Attempt:
    """Write the transaction that spends these coins."""
    payees = [await _words(connection, desk, output) for output in outputs]
    if payout.subtract_fee:
        left = sum(coin.amount for coin in chosen.coins) - chosen.change - chosen.fee
        first = left - sum(output.chain_amount for output in outputs[1:])
        if first < chain.dust(outputs[0].destination):
            raise ShortError("the fee takes all that the first output has")
        payees[0] = msgspec.structs.replace(payees[0], amount=str(first))
    paid = [(one.destination, int(one.amount)) for one in payees]
    if chosen.change:
        paid.append((change_to.destination, chosen.change))
    payload = UtxoPayload(
        form="utxo-1",
        network=desk.key,
        chain=chain.name,
        payout=payout.id,
        attempt=len(await store.attempts_of(connection, payout.id)) + 1,
        purpose=payout.purpose.value,
        currency=payout.currency,
        unsigned=chain.build(chosen.coins, paid).hex(),
        inputs=[
            UtxoInput(
                coin=coin.id, amount=str(coin.amount), script=coin.script, key=coin.key.key_id, path=coin.key.path
            )
            for coin in chosen.coins
        ],
        outputs=payees,
        change=_change(change_to, chosen.change),
        fee=str(chosen.fee),
        previous=await chain.previous(chosen.coins),
    )
    return await _put(connection, payout, payload, chosen.fee)


async def reserve_account(
    connection: AsyncConnection, desk: Desk, chain: AccountChain, payout: Payout, call: GasCall, facts: AccountFacts
) -> Payout:
    """Raises ShortError, FeeTooHighError or UnexplainedNonceError, and has changed nothing then."""
    fees = gas_within(desk, facts.fees)
    await reservations.lock_wallet(connection, payout.wallet_id)
    [output] = await store.outputs_of(connection, payout.id)
    fee = facts.gas * fees.max_fee
    call = await _affordable(connection, desk, payout, call, facts, fee)
    await _older_first(connection, payout, call)
    nonce = await reservations.reserve_nonce(connection, desk.key, call.sender, payout.id, on_chain=facts.nonce)
    await put_account_attempt(connection, desk, chain, payout, output, call, nonce=nonce, gas=facts.gas, fees=fees)
    return await store.move(connection, payout, PayoutState.RESERVED)


async def put_account_attempt(  # noqa: PLR0913 - the parts of one transaction
    connection: AsyncConnection,
    desk: Desk,
    chain: AccountChain,
    payout: Payout,
    output: Output,
    call: GasCall,
    *,
    nonce: int,
    gas: int,
    fees: GasQuote,
    max_fee: int | None = None,
    cancel: bool = False,
) -> Attempt:
    """Write the transaction with this nonce; `cancel` pays nothing to the sender itself."""
    key = await own_key(connection, desk.key, call.sender)
    assert key is not None, call.sender
    max_fee = max_fee or fees.max_fee
    payees = [] if cancel else [await _words(connection, desk, output)]
    if payees:
        payees[0] = msgspec.structs.replace(payees[0], amount=str(call.amount))
    built = chain.build(call, nonce=nonce, gas=gas, max_fee=max_fee, priority=fees.priority)
    payload = AccountPayload(
        form="account-1",
        network=desk.key,
        chain=chain.name,
        payout=payout.id,
        attempt=len(await store.attempts_of(connection, payout.id)) + 1,
        purpose=payout.purpose.value,
        currency=payout.currency,
        unsigned=built.hex(),
        sender=call.sender,
        key=key.key_id,
        path=key.path,
        nonce=nonce,
        contract=call.contract,
        outputs=payees,
        cancel=cancel,
        gas=GasWords(limit=str(gas), max_fee=str(max_fee), priority=str(fees.priority)),
        fee=str(gas * max_fee),
    )
    kind = AttemptKind.CANCEL if cancel else AttemptKind.PAYMENT
    return await _put(connection, payout, payload, gas * max_fee, kind)


async def account_call(connection: AsyncConnection, desk: Desk, payout: Payout) -> tuple[PayingWallet, GasCall]:
    """Who pays whom. Raises NoSourceError."""
    wallet = await paying_wallet(connection, payout.wallet_id)
    [place] = await places_of(connection, wallet, payout.source_ids)
    [output] = await store.outputs_of(connection, payout.id)
    asset = await desk.asset(payout.currency)
    if asset is None:
        raise ShortError(f"{payout.currency} does not move on {desk.key} any more")
    return wallet, GasCall(
        sender=place.destination,
        contract=asset.contract,
        destination=output.destination,
        amount=output.chain_amount,
    )


async def facts_of(chain: AccountChain, call: GasCall) -> AccountFacts:
    """Ask the node. Raises CallRevertsError."""
    nonce, coin = await chain.nonce(call.sender), await chain.balance(call.sender, "")
    token = await chain.balance(call.sender, call.contract) if call.contract else 0
    return AccountFacts(nonce, coin, token, await chain.fees(), await chain.gas(call))


def rate_within(desk: Desk, quote: FeeQuote) -> int:
    """The rate to pay, for 1,000 vbytes. Raises FeeTooHighError."""
    if quote.rate > desk.settings.fee_rate_max * 1_000:
        raise FeeTooHighError(
            f"{desk.key} asks for {quote.rate // 1_000} for a vbyte, at most {desk.settings.fee_rate_max} is paid"
        )
    return quote.rate


def gas_within(desk: Desk, quote: GasQuote) -> GasQuote:
    """What to offer for a unit of gas. Raises FeeTooHighError; the spare for a growing base fee is cut to the bound."""
    bound = desk.settings.gas_price_max * GWEI
    if quote.base + quote.priority > bound:
        raise FeeTooHighError(
            f"{desk.key} asks for {(quote.base + quote.priority) // GWEI} gwei, at most "
            f"{desk.settings.gas_price_max} are paid"
        )
    if quote.max_fee > bound:
        return GasQuote((bound - quote.priority) // 2, quote.priority)
    return quote


def _chosen(
    chain: UtxoChain, payout: Payout, coins: Sequence[Coin], outputs: Sequence[Output], change_to: str, rate: int
) -> Chosen | None:
    destinations = [output.destination for output in outputs]

    def fee_of(taken: Sequence[Coin], change: int) -> int:
        paid = [*destinations, *[change_to] * change]
        return fee_for(chain.size([coin.script for coin in taken], paid), rate)

    target, dust = sum(output.chain_amount for output in outputs), chain.dust(change_to)
    if payout.coins:
        if len(coins) != len(payout.coins):
            return None
        choose = spend_whole if payout.subtract_fee else pay_with
        return choose(coins, target, fee_of, dust=dust)
    if payout.subtract_fee:
        return spend_whole(coins, target, fee_of, dust=dust)
    return choose_coins(coins, target, fee_of, dust=dust)


async def _affordable(
    connection: AsyncConnection, desk: Desk, payout: Payout, call: GasCall, facts: AccountFacts, fee: int
) -> GasCall:
    """The call with the amount that it pays. Raises ShortError."""
    pending = await reservations.pending_of(connection, desk.key, call.sender)
    contracts = {one.asset: one.contract for one in await desk.services.assets.assets(desk.key)}
    coin_pending = sum(amount for name, amount in pending.amounts.items() if not contracts.get(name))
    coin = facts.coin - coin_pending - pending.fees - fee
    if call.contract:
        token = facts.token - pending.amounts.get(payout.currency, 0)
        if token < call.amount:
            raise ShortError(f"{call.sender} has {token} of {payout.currency} free, {call.amount} are needed")
        if coin < 0:
            raise ShortError(f"{call.sender} lacks {-coin} of the network's coin for gas")
        return call
    if payout.subtract_fee:
        call = msgspec.structs.replace(call, amount=call.amount - fee)
        if call.amount <= 0:
            raise ShortError("the fee takes all that is to be paid")
    if coin < call.amount:
        raise ShortError(f"{call.sender} has {max(coin, 0)} free after gas, {call.amount} are needed")
    return call


async def _older_first(connection: AsyncConnection, payout: Payout, call: GasCall) -> None:
    """Raises ShortError where an older one waits for the signer's limit: this one would pass it, or wait too with a
    nonce that others need.
    """
    if payout.purpose is not Purpose.WITHDRAWAL:
        return
    older = await nonces.older_in_line(connection, payout, amount=call.amount)
    if older is not None:
        raise ShortError(f"payout {older} comes first, which the signer's limit of {payout.currency} holds up")


async def _words(connection: AsyncConnection, desk: Desk, output: Output) -> PayeeWords:
    key = await own_key(connection, desk.key, output.destination)
    tid = None
    if output.withdrawal_id is not None:
        withdrawal = await withdrawals.find(connection, output.withdrawal_id)
        assert withdrawal is not None, output
        tid = withdrawal.tid
    return PayeeWords(
        address=output.address,
        destination=output.destination,
        amount=str(output.chain_amount),
        withdrawal=tid,
        key=key.key_id if key else None,
        path=key.path if key else None,
    )


def _change(to: Place, amount: int) -> ChangeWords | None:
    if not amount:
        return None
    return ChangeWords(destination=to.destination, amount=str(amount), key=to.key.key_id, path=to.key.path)


async def _put(
    connection: AsyncConnection,
    payout: Payout,
    payload: Payload,
    fee: int,
    kind: AttemptKind = AttemptKind.PAYMENT,
) -> Attempt:
    words = words_of(payload)
    return await store.put_attempt(connection, payout.id, words, payload_hash(words), chain_fee=fee, kind=kind)
