"""Turn approved withdrawals into payouts: many in one transaction where the chain can, one each where it cannot.

    planned = await plan_withdrawals(desk)

Whoever cannot be paid now stays approved and is named in an alarm; whoever cannot be paid at all (what the address says
is none of this network, an amount that nodes do not relay) fails alone and gets the funds back; all others go on
(T-58). Invariant: a withdrawal starts being paid in the transaction that holds the coins or the nonce for it, so no
crash leaves it half in (T-49), and of two schedulers one finds it locked or gone (T-51). Limit: at most `batch_max` at
a time, of all currencies alike; among them the oldest first, and the next time those behind them.
"""

from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.faults import CAUGHT, Faults, reason_of
from pyxiu.custody.freezes import is_frozen
from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.payouts.coins import COINS_MAX, fee_for
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Payout, PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.ports import AccountChain, CallRevertsError, FeeQuote, GasCall, UtxoChain
from pyxiu.custody.payouts.reserve import (
    FeeTooHighError,
    ShortError,
    facts_of,
    rate_within,
    reserve_account,
    reserve_utxo,
)
from pyxiu.custody.payouts.sources import NoSourceError, PayingWallet, hot_wallet
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.settle_withdrawal import give_back
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

#: The alarm that names who waits because of the hot wallet, the fee or the contract.
WAITING = "payouts_waiting"
#: Why somebody waits without anything being wrong with the node.
_LATER = (ShortError, FeeTooHighError, CallRevertsError, NoSourceError, reservations.UnexplainedNonceError)


class Ready(msgspec.Struct, frozen=True):
    """A withdrawal that can be paid, as the chain has it."""

    withdrawal: Withdrawal
    destination: str
    chain_amount: int


class _Sorted(msgspec.Struct):
    """What became of the approved ones that were looked at; `waiting` says why, by tid."""

    ready: list[Ready] = []
    impossible: list[tuple[Withdrawal, str]] = []
    waiting: dict[str, str] = {}


async def plan_withdrawals(desk: Desk) -> int:
    """How many withdrawals have begun to be paid. Raises TransientError at the end if some had trouble."""
    found, faults = _Sorted(), Faults()
    async with desk.services.database.begin() as connection:
        approved = await withdrawals.approved_withdrawals(
            connection, desk.key, desk.settings.batch_max, desk.turns.after
        )
    for withdrawal in approved:
        await _sort(desk, withdrawal, found)
    for withdrawal, reason in found.impossible:
        with faults.of(withdrawal.tid):
            await _fail(desk, withdrawal, reason)
    if isinstance(desk.chain, UtxoChain):
        begun = await _plan_batches(desk, desk.chain, found, faults)
    else:
        begun = await _plan_each(desk, desk.chain, found, faults)
    desk.turns.note(approved)
    told = "; ".join(f"{tid}: {reason}" for tid, reason in sorted(found.waiting.items()))
    async with desk.services.database.begin() as connection:
        await settle_alarm(connection, desk.key, WAITING, told)
    faults.raise_any()
    return begun


async def _sort(desk: Desk, withdrawal: Withdrawal, found: _Sorted) -> None:
    asset = await desk.asset(withdrawal.currency)
    if asset is None or not asset.withdrawal_enabled:
        found.waiting[withdrawal.tid] = f"withdrawals of {withdrawal.currency} are switched off"
        return
    destination = desk.chain.destination(withdrawal.rid)
    amount = asset.to_chain(withdrawal.amount)
    if destination is None:
        found.impossible.append((withdrawal, f"not an address of {desk.network.name}"))
    elif amount is None:
        found.impossible.append((withdrawal, f"{desk.network.name} does not carry so many digits"))
    elif isinstance(desk.chain, UtxoChain) and amount < desk.chain.dust(destination):
        found.impossible.append((withdrawal, f"too little for an output on {desk.network.name}"))
    else:
        found.ready.append(Ready(withdrawal, destination, amount))


async def _plan_batches(desk: Desk, chain: UtxoChain, found: _Sorted, faults: Faults) -> int:
    """One payout for each currency (there is one, as UTXO chains carry their own coin only)."""
    quote = await chain.fees() if found.ready else FeeQuote(0, 0)
    begun = 0
    for currency in sorted({one.withdrawal.currency for one in found.ready}):
        mine = [one for one in found.ready if one.withdrawal.currency == currency]
        try:
            begun += await _plan_batch(desk, chain, currency, mine, quote, found.waiting)
        except CAUGHT as error:
            found.waiting.update({one.withdrawal.tid: reason_of(error) for one in mine})
            if not isinstance(error, _LATER):
                faults.note(currency, error)
    return begun


async def _plan_batch(
    desk: Desk, chain: UtxoChain, currency: str, wanted: Sequence[Ready], quote: FeeQuote, waiting: dict[str, str]
) -> int:
    """How many are paid; the others are named as waiting. Raises what `_LATER` has if none can be."""
    rate = rate_within(desk, quote)
    async with desk.services.database.begin() as connection:
        wallet = await hot_wallet(connection, desk.key, currency)
        if wallet is None or wallet.home is None:
            raise ShortError(f"no active hot wallet with a key pays {currency}")
        await reservations.lock_wallet(connection, wallet.id)
        still = [one for one in wanted if await _is_payable(connection, one.withdrawal)]
        batch = await _fitting(connection, desk, chain, wallet, still, rate)
        waiting.update({one.withdrawal.tid: _short(wallet) for one in still if one not in batch})
        if not batch:
            return 0
        payout = await _put(connection, desk, wallet, currency, batch)
        failpoint("payout_planned_before_commit")
        await reserve_utxo(connection, desk, chain, payout, quote)
    failpoint("payout_reserved")
    return len(batch)


async def _fitting(
    connection: AsyncConnection,
    desk: Desk,
    chain: UtxoChain,
    wallet: PayingWallet,
    wanted: Sequence[Ready],
    rate: int,
) -> list[Ready]:
    """Those that the wallet can pay together, the oldest first; a large one that does not fit holds up no small one."""
    assert wallet.home is not None
    keys = {wallet.home.destination: wallet.home.key}
    coins = await reservations.free_coins(connection, desk.key, keys, depth=desk.settings.spend_depth)
    spendable = coins[:COINS_MAX]
    batch: list[Ready] = []
    left = sum(coin.amount for coin in spendable)
    left -= fee_for(chain.size([coin.script for coin in spendable], [wallet.home.destination]), rate)
    for one in wanted:
        cost = one.chain_amount + fee_for(chain.size([], [one.destination]), rate)
        if cost <= left:
            batch.append(one)
            left -= cost
    return batch


async def _plan_each(desk: Desk, chain: AccountChain, found: _Sorted, faults: Faults) -> int:
    begun = 0
    for one in found.ready:
        # Noted before it is tried: where a pass is cut off because estimates take long, the next one goes on behind it.
        desk.turns.note([one.withdrawal])
        try:
            begun += await _plan_one(desk, chain, one)
        except CAUGHT as error:
            found.waiting[one.withdrawal.tid] = reason_of(error)
            if not isinstance(error, _LATER):
                faults.note(one.withdrawal.tid, error)
    return begun


async def _plan_one(desk: Desk, chain: AccountChain, one: Ready) -> bool:
    asset = await desk.asset(one.withdrawal.currency)
    assert asset is not None, one
    async with desk.services.database.connect() as connection:
        wallet = await hot_wallet(connection, desk.key, one.withdrawal.currency)
    if wallet is None or wallet.home is None:
        raise ShortError(f"no active hot wallet with a key pays {one.withdrawal.currency}")
    call = GasCall(
        sender=wallet.home.destination,
        contract=asset.contract,
        destination=one.destination,
        amount=one.chain_amount,
    )
    async with desk.services.database.begin() as connection:
        # Asked under the lock, so that no other payout of this wallet starts between the look and the decision.
        await reservations.lock_wallet(connection, wallet.id)
        if not await _is_payable(connection, one.withdrawal):
            return False
        if await _is_short(chain, call):
            raise ShortError(_short(wallet))
        facts = await facts_of(chain, call)
        payout = await _put(connection, desk, wallet, one.withdrawal.currency, [one])
        failpoint("payout_planned_before_commit")
        await reserve_account(connection, desk, chain, payout, call, facts)
    failpoint("payout_reserved")
    return True


async def _is_short(chain: AccountChain, call: GasCall) -> bool:
    """Whether a look at the balance is enough to say no: a node refuses to estimate what an account cannot pay."""
    return await chain.balance(call.sender, call.contract) < call.amount


async def _is_payable(connection: AsyncConnection, seen: Withdrawal) -> bool:
    """Whether it still is as it was seen; locked from here on."""
    now = await withdrawals.lock(connection, seen.id)
    return now.state is WithdrawalState.APPROVED and not await is_frozen(connection, now.uid)


async def _put(
    connection: AsyncConnection, desk: Desk, wallet: PayingWallet, currency: str, batch: Sequence[Ready]
) -> Payout:
    plan = PayoutPlan(
        network=desk.key,
        purpose=Purpose.WITHDRAWAL,
        source=Source(wallet.id),
        outputs=tuple(
            PlannedOutput(one.withdrawal.rid, one.chain_amount, withdrawal_id=one.withdrawal.id) for one in batch
        ),
        currency=currency,
    )
    payout = await store.put_payout(connection, plan, [one.destination for one in batch])
    for one in batch:
        await withdrawals.move(connection, one.withdrawal.id, WithdrawalState.PAYING, payout_id=payout.id)
    return payout


async def _fail(desk: Desk, seen: Withdrawal, reason: str) -> None:
    """It can never be paid there: the funds go back."""
    async with desk.services.database.begin() as connection:
        if not await _is_payable(connection, seen):
            return
        await withdrawals.move(connection, seen.id, WithdrawalState.PAYING)
        await withdrawals.move(connection, seen.id, WithdrawalState.FAILED, reason=reason)
    log.warning("withdrawal_impossible", tid=seen.tid, reason=reason)
    await give_back(desk.services, seen.id, reason)


def _short(wallet: PayingWallet) -> str:
    return f"the hot wallet {wallet.name} does not have it"
