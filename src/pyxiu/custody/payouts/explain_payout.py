"""All that there is to say about a payout, in lines for a person.

Invariant: nothing secret is in it; signed bytes are named by their txid. Limit: as the tables are now; the chain is not
asked.
"""

import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.alarms import open_texts
from pyxiu.custody.payouts.gate import SHUT
from pyxiu.custody.payouts.model import Attempt, Payout
from pyxiu.custody.payouts.plan_withdrawals import WAITING
from pyxiu.custody.payouts.rescue_payout import parent_of
from pyxiu.custody.payouts.states import WATCHES
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.clock import now_of


async def explain_payout(services: CustodyServices, named: str) -> list[str] | None:
    """`named`: a payout's number or a withdrawal's tid. None for neither."""
    async with services.database.connect() as connection:
        if not named.isdecimal() or int(named) >= 2**63:
            return await _of_withdrawal(connection, services, named)
        payout = await store.find_payout(connection, int(named))
        return None if payout is None else await _told(connection, payout, now_of(services.clock))


async def _of_withdrawal(connection: AsyncConnection, services: CustodyServices, tid: str) -> list[str] | None:
    row = await withdrawals.find_by_tid(connection, tid)
    if row is None:
        return None
    lines = [f"withdrawal {tid}  {row.network}  {row.currency}  {row.state}"]
    payout_id = await store.payout_of_withdrawal(connection, row.id)
    payout = None if payout_id is None else await store.find_payout(connection, payout_id)
    if payout is not None:
        return [*lines, *await _told(connection, payout, now_of(services.clock))]
    if row.state is WithdrawalState.APPROVED and row.network is not None:
        alarms = await open_texts(connection, row.network)
        lines += [f"waits    {told}" for kind, told in alarms.items() if kind == WAITING or kind.startswith(SHUT)]
        lines.append("no payout has it yet: the scheduler takes approved ones every few seconds")
    return lines


async def _told(connection: AsyncConnection, payout: Payout, now: datetime.datetime) -> list[str]:
    age_s = int((now - payout.state_since).total_seconds())
    lines = [
        f"payout   {payout.id}  {payout.network}  {payout.purpose}  {payout.currency}",
        f"state    {payout.state} for {max(age_s, 0)} s",
    ]
    if payout.reason:
        lines.append(f"reason   {payout.reason}")
    if payout.txid:
        lines.append(f"chain    {payout.txid} in block {payout.block_height or 'none'}")
    outputs = await store.outputs_of(connection, payout.id)
    lines += [f"pays     {output.chain_amount} to {output.address}" for output in outputs]
    coins = await reservations.coins_of(connection, payout.id)
    lines += [f"holds    coin {coin}" for coin in coins]
    nonce = await reservations.nonce_of(connection, payout.id)
    if nonce is not None:
        lines.append(f"holds    nonce {nonce[1]} of {nonce[0]}")
    lines += [_attempt(one) for one in await store.attempts_of(connection, payout.id)]
    child_of = await parent_of(connection, payout)
    if child_of is not None:
        lines.append(f"helps    payout {child_of[0].id}, whose change it spends and for which it pays too")
    watch = WATCHES.get(payout.state)
    if watch is not None:
        lines.append(f"next     the {watch.owner} moves it on; otherwise: {watch.exit}")
    return lines


def _attempt(attempt: Attempt) -> str:
    told = f"attempt  {attempt.attempt}  {attempt.kind}  {attempt.state}  fee {attempt.chain_fee}"
    return "  ".join([told, *filter(None, (attempt.txid, attempt.reason))])
