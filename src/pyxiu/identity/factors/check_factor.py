"""Whether what a request shows is a second factor of this user, good for this action and not used before.

    result = await check_factor(connection, services, user, FactorProof(otp_code), flow="login", client=client)

Invariants: a code, a challenge and an approval let one request through, however many come at once; an account's wrong
codes are counted over all flows, sessions and addresses, also when the caller's transaction is rolled back; a proof
that was made for one action is none for another (S-2). What stands in for a passkey, and every recovery code, starts
the withdrawal cool-off: a thief who talks somebody out of a code must still wait. Limit: whether a factor is needed at
all is the caller's question (`enabled_factors`); without one enabled nothing is OK.
"""

import hashlib
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors import store
from pyxiu.identity.factors.bound import bound_to
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import (
    FALLBACKS,
    INVALID,
    MISSING,
    Factor,
    FactorOutcome,
    FactorProof,
    FactorResult,
)
from pyxiu.identity.factors.recovery_codes import code_hash
from pyxiu.identity.factors.totp import clean_code, matching_step
from pyxiu.identity.factors.verify_passkey import Flow, Question, verify_passkey
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.store import was_ended
from pyxiu.identity.throttle import give_back, take
from pyxiu.kit.clock import now_of

_NS_PER_S = 1_000_000_000
_DAY_S = 24 * 3600
_BUCKETS = ("factor", "factor_day")


async def check_factor(  # noqa: PLR0913 - the circumstances of a check are told apart by name
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    proof: FactorProof,
    *,
    flow: str,
    client: Client,
    action: str | None = None,
    session_id: int | None = None,
) -> FactorResult:
    """Use up the proof in the caller's transaction. `action`: its `action_hash`, None for a login.

    A session that ended since the request came in proves nothing: what it asked for would outlive its end.
    """
    if await was_ended(connection, session_id):
        return INVALID
    check = _Check(connection, services, user, client, flow, action, session_id)
    if proof.approval:
        result = await _approval(check, proof.approval)
    elif proof.assertion is not None:
        result = await _assertion(check, proof.assertion)
    elif proof.otp_code:
        result = await _otp_code(check, proof.otp_code)
    elif proof.recovery_code:
        result = await _recovery_code(check, proof.recovery_code)
    else:
        return MISSING
    if result.ok:
        await _note_success(check, proof, result.factor)
    return result


async def enabled_factors(connection: AsyncConnection, user_id: int) -> frozenset[str]:
    """`totp`, `passkey`, both or none. A flagged passkey counts: to copy one must not take the lock off the door."""
    totp, passkey = await store.kinds_of(connection, user_id)
    return frozenset([Factor.TOTP.value] * totp + [Factor.PASSKEY.value] * passkey)


class _Check(NamedTuple):
    connection: AsyncConnection
    services: IdentityServices
    user: User
    client: Client
    flow: str
    action: str | None
    session_id: int | None


async def _otp_code(check: _Check, typed: str) -> FactorResult:
    code = clean_code(typed)
    secret = await store.find_totp(check.connection, check.user.id)
    if code is None or secret is None or not secret.enabled:
        return INVALID
    locked = await count_try(check.services, check.user.id)
    if locked is not None:
        return locked
    opened = check.services.sealer.open(secret.sealed, totp_purpose(check.user.id)).decode()
    step = matching_step(opened, code, check.services.clock.now_ns() // _NS_PER_S)
    if step is None or not await store.use_totp_step(check.connection, check.user.id, step):
        return INVALID
    return FactorResult(FactorOutcome.OK, factor=Factor.TOTP)


async def _recovery_code(check: _Check, typed: str) -> FactorResult:
    hashed = code_hash(typed, check.user.id)
    if hashed is None:
        return INVALID
    locked = await count_try(check.services, check.user.id)
    if locked is not None:
        return locked
    if not await store.use_recovery_code(check.connection, check.user.id, hashed):
        return INVALID
    return FactorResult(FactorOutcome.OK, factor=Factor.RECOVERY)


async def _assertion(check: _Check, assertion: dict[str, Any]) -> FactorResult:
    flow = Flow.LOGIN if check.action is None else Flow.PROOF
    question = Question(flow, bound_to(check.client, check.session_id), check.action)
    passkey = await verify_passkey(check.connection, check.services, assertion, question, client=check.client)
    if passkey is None or passkey.user_id != check.user.id:
        return INVALID
    return FactorResult(FactorOutcome.OK, factor=Factor.PASSKEY)


async def _approval(check: _Check, token: str) -> FactorResult:
    """An approval is gone once it is shown, whether it fits or not."""
    approval = await store.take_approval(check.connection, approval_hash(token))
    if approval is None or approval.expires_at <= now_of(check.services.clock):
        return INVALID
    fits = (approval.user_id, approval.action, approval.bound_to) == (
        check.user.id,
        check.action,
        bound_to(check.client, check.session_id),
    )
    return FactorResult(FactorOutcome.OK, factor=Factor(approval.factor)) if fits else INVALID


async def count_try(services: IdentityServices, user_id: int) -> FactorResult | None:
    """Count a try of a code that could be guessed, before it is compared; LOCKED when there were too many."""
    knobs = services.settings.factors
    limits = ((knobs.tries, knobs.tries_window_s), (knobs.tries_a_day, _DAY_S))
    for bucket, (limit, window_s) in zip(_BUCKETS, limits, strict=True):
        throttled = await take(services, bucket, str(user_id), limit=limit, window_s=window_s)
        if throttled is not None:
            return FactorResult(FactorOutcome.LOCKED, retry_after_s=throttled.retry_after_s)
    return None


async def forgive_try(services: IdentityServices, user_id: int) -> None:
    """The code was right: only wrong ones count."""
    for bucket in _BUCKETS:
        await give_back(services, bucket, str(user_id))


async def _note_success(check: _Check, proof: FactorProof, factor: Factor | None) -> None:
    if factor not in FALLBACKS or proof.approval:
        # What an approval stands for was noted when it was made.
        return
    await forgive_try(check.services, check.user.id)
    has_passkey = (await store.kinds_of(check.connection, check.user.id))[1]
    if factor is Factor.TOTP and not has_passkey:
        return
    await start_cool_off(check.connection, check.services, check.user.id)
    if factor is Factor.RECOVERY:
        left = await store.recovery_codes_left(check.connection, check.user.id)
        told = {"left": left, "user_ip": check.client.ip}
        await emit_about_user(check.connection, check.services, "system.recovery_code.used", check.user, **told)
        activity = Activity(
            user_id=check.user.id,
            topic="otp",
            action="use recovery code",
            result=Result.SUCCEED,
            client=check.client,
            data={"flow": check.flow, "left": left},
        )
        await record_activity(check.connection, activity)


def totp_purpose(user_id: int) -> str:
    """What the secret of an app is sealed for."""
    return f"totp:{user_id}"


def approval_hash(token: str) -> bytes:
    return hashlib.sha256(f"pyxiu-approval:{token}".encode()).digest()
