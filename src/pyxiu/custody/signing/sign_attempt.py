"""Sign what was approved: look at it with the signer's own eyes, sign, write down, and store the bytes.

    await sign_requested(bench)

Invariant: the signer's log and memory, and the signed bytes, are written in one transaction, so there are no bytes that
it does not know of; nothing is sent here (W-4, W-6). Asked twice for one payload it gives the same bytes (T-61), and
nothing is signed with a nonce that its payout does not hold. Limit: what it refuses is set aside by the scheduler; what
waits for a limit is looked at again, and once there is room it waits no more, which the scheduler sees.
"""

import datetime
from dataclasses import dataclass

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.custody.payouts import reservations
from pyxiu.custody.payouts import store as payouts
from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.payouts.desk import APPROVAL
from pyxiu.custody.payouts.model import Attempt, AttemptState, Payout, payload_hash
from pyxiu.custody.payouts.payload import AccountPayload, Payload, read_payload
from pyxiu.custody.payouts.ports import Checked, Signed, SigningChain
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.ports import Assets
from pyxiu.custody.signing import store
from pyxiu.custody.signing.judge import Known, judge, leaving, outputs_hash
from pyxiu.custody.signing.model import Group, Refused, Unheld, Waits
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.custody.withdrawals.payload import withdrawal_hash
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.clock import Clock, now_of
from pyxiu.kit.errors import PermanentError
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

AT_ONCE = 20
#: A request that a limit holds up is looked at again after this time.
WAIT_S = 30
LIMITED = "signer_waits"
#: Payouts that the alarm names.
NAMED_MAX = 50


@dataclass(frozen=True)
class SigningBench:
    """One network's hands for signing."""

    network: str
    database: AsyncEngine
    assets: Assets
    chain: SigningChain
    #: Whose approvals count.
    approver: Ed25519PublicKey
    clock: Clock


async def sign_requested(bench: SigningBench) -> int:
    """How many attempts were signed."""
    async with bench.database.connect() as connection:
        due = now_of(bench.clock)
        waiting = await payouts.requested_attempts(connection, bench.network, due=due, limit=AT_ONCE)
    done = 0
    for attempt_id, payout_id in waiting:
        failpoint("signer_before_sign")
        async with bench.database.begin() as connection:
            verdict = await _sign(connection, bench, attempt_id, payout_id)
            failpoint("signer_before_commit")
        failpoint("signer_signed")
        done += verdict is None
    # All that wait and not only those that were due; and without any, because what has waited may have been parked.
    async with bench.database.begin() as connection:
        held = await payouts.waiting_for_signer(connection, bench.network, limit=NAMED_MAX)
        told = "; ".join(f"payout {payout_id}: {reason}" for payout_id, reason in held)
        await settle_alarm(connection, bench.network, LIMITED, told)
    return done


async def _sign(
    connection: AsyncConnection, bench: SigningBench, attempt_id: int, payout_id: int
) -> Refused | Waits | Unheld | None:
    payout = await payouts.lock_payout(connection, payout_id)
    attempt = next(one for one in await payouts.attempts_of(connection, payout_id) if one.id == attempt_id)
    if payout.state in (PayoutState.CONFIRMED, PayoutState.FAILED, PayoutState.PARKED):
        return Refused(f"the payout is {payout.state}")
    if attempt.state is not AttemptState.REQUESTED:
        return Refused(f"the attempt is {attempt.state}")
    await store.lock_signer(connection)
    verdict = await _judged(connection, bench, attempt)
    if isinstance(verdict, Refused):
        await _refuse(connection, bench, payout, attempt, verdict.reason)
        return verdict
    if isinstance(verdict, Waits):
        again = now_of(bench.clock) + datetime.timedelta(seconds=WAIT_S)
        await payouts.note(connection, payout.id, reason=verdict.reason, next_try_at=again)
        return verdict
    if isinstance(verdict, Unheld):
        await payouts.note(connection, payout.id, reason="there is room: it waits for a nonce", next_try_at=None)
        return verdict
    signed, payload, checked = verdict
    await _remember(connection, bench, attempt, payload, checked, signed)
    await payouts.set_attempt(
        connection,
        attempt.id,
        signed=signed.raw,
        txid=signed.txid,
        state=AttemptState.SIGNED.value,
        signed_at=now_of(bench.clock),
    )
    if payout.state is PayoutState.RESERVED:
        await payouts.move(connection, payout, PayoutState.SIGNED)
    return None


async def _judged(
    connection: AsyncConnection, bench: SigningBench, attempt: Attempt
) -> Refused | Waits | Unheld | tuple[Signed, Payload, Checked]:
    try:
        bench.approver.verify(attempt.approval or b"", APPROVAL + attempt.payload_hash)
    except InvalidSignature:
        return Refused("the approval is not the scheduler's for this payload")
    if payload_hash(attempt.payload) != attempt.payload_hash:
        return Refused("the payload is not the one that was approved")
    try:
        payload = read_payload(attempt.payload)
        checked = bench.chain.check(attempt.payload)
    except PermanentError as error:  # a key that is not there, too: it must not hold up what can be signed
        return Refused(str(error))
    if (payload.network, payload.payout) != (bench.network, attempt.payout_id):
        return Refused("the payload is for another payout")
    known = await _known(connection, bench, payload, checked)
    verdict = judge(payload, checked, known)
    if verdict is not None:
        return verdict
    if isinstance(payload, AccountPayload) and not await _holds_nonce(connection, payload):
        return Unheld() if known.group is None else Refused("its nonce is not held for this payout any more")
    failpoint("signer_before_signature")
    return bench.chain.sign(attempt.payload), payload, checked


async def _holds_nonce(connection: AsyncConnection, payload: AccountPayload) -> bool:
    """Read under the payout's lock, under which a nonce is given back too."""
    return await reservations.nonce_of(connection, payload.payout) == (payload.sender, payload.nonce)


async def _known(connection: AsyncConnection, bench: SigningBench, payload: Payload, checked: Checked) -> Known:
    policy = await store.policy_of(connection, bench.network)
    assets = {one.asset: one for one in await bench.assets.assets(bench.network)}
    asset = assets.get(payload.currency)
    proofs: dict[str, tuple[str, str]] = {}
    payers: dict[str, int] = {}
    not_paying = set()
    for payee in checked.payees:
        if payee.tid is None or asset is None:
            continue
        row = await withdrawals.find_by_tid(connection, payee.tid)
        amount = asset.from_chain(payee.amount)
        if row is None or amount is None:
            continue
        # Everything but the id from the payload itself: what was confirmed must be what the bytes say.
        real = withdrawal_hash(
            tid=payee.tid, network=bench.network, currency=payload.currency, address=payee.address, amount=amount
        )
        proofs[payee.tid] = (row.proof_hash, real)
        payer = await store.payer_of(connection, payee.tid)
        if payer is not None:
            payers[payee.tid] = payer
        if (row.state, row.payout_id) != (WithdrawalState.PAYING, payload.payout):
            not_paying.add(payee.tid)
    now = now_of(bench.clock)
    spent = {
        limit.period_s: await store.spent_since(
            connection, bench.network, payload.currency, now - datetime.timedelta(seconds=limit.period_s)
        )
        for limit in policy.limits
        if limit.currency == payload.currency
    }
    return Known(
        policy=policy,
        group=await store.group_of(connection, payload.payout),
        proofs=proofs,
        payers=payers,
        spent=spent,
        contract=asset.contract if asset else "unknown",
        not_paying=frozenset(not_paying),
    )


async def _remember(
    connection: AsyncConnection,
    bench: SigningBench,
    attempt: Attempt,
    payload: Payload,
    checked: Checked,
    signed: Signed,
) -> None:
    now = now_of(bench.clock)
    detail = {
        "txid": signed.txid,
        "purpose": payload.purpose,
        "currency": payload.currency,
        "fee": str(checked.fee),
        "locks": list(checked.locks),
        "payees": [[one.address, str(one.amount), one.tid] for one in checked.payees],
    }
    entry = await store.append(
        connection,
        "signed",
        bench.network,
        detail,
        at=now,
        payout_id=attempt.payout_id,
        payload_hash=attempt.payload_hash,
    )
    await store.put_request(connection, attempt.payload_hash, attempt.payout_id, attempt.id, signed.txid, entry.id)
    if await store.group_of(connection, attempt.payout_id) is not None:
        return
    await store.put_group(connection, attempt.payout_id, Group(outputs_hash(checked), frozenset(checked.locks)))
    await store.put_paid(connection, attempt.payout_id, [one.tid for one in checked.payees if one.tid is not None])
    amount = leaving(payload, checked)
    if amount:
        await store.put_spending(connection, attempt.payout_id, bench.network, payload.currency, amount, now)


async def _refuse(
    connection: AsyncConnection, bench: SigningBench, payout: Payout, attempt: Attempt, reason: str
) -> None:
    log.error("signer_refused", payout=payout.id, attempt=attempt.attempt, reason=reason)
    await store.append(
        connection,
        "refused",
        bench.network,
        {"reason": reason},
        at=now_of(bench.clock),
        payout_id=payout.id,
        payload_hash=attempt.payload_hash,
    )
    await payouts.set_attempt(connection, attempt.id, state=AttemptState.REFUSED.value, reason=reason)
    await payouts.note(connection, payout.id, reason=f"the signer refused: {reason}")
