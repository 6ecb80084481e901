"""Take a new passkey into an account.

Invariant: who has a factor already must prove one, so that a stolen session alone cannot add its own; withdrawals wait
after every new passkey (S-5). Limit: attestation is not asked for, so what kind of device it is remains its own claim.
"""

from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors import passkey_store, store
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.bound import bound_to
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller, FactorProof, Passkey, Refusal, Refused, refused_by
from pyxiu.identity.factors.renew_recovery_codes import new_recovery_codes
from pyxiu.identity.factors.verify_passkey import Flow, Question, take_fitting
from pyxiu.identity.factors.webauthn import NewCredential, challenge_of_registration, verify_registration
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.store import was_ended

ACTION = "passkey.register"


class RegisteredPasskey(NamedTuple):
    """`recovery_codes` are made with the first factor, empty otherwise."""

    passkey: Passkey
    recovery_codes: tuple[str, ...]


async def register_passkey(
    services: IdentityServices, caller: Caller, credential: dict[str, Any], label: str, proof: FactorProof
) -> RegisteredPasskey | Refused:
    """`credential`: what `navigator.credentials.create()` gave, as JSON. `proof`: of a factor, where there is one."""
    user = caller.user
    async with services.database.begin() as connection:
        await store.lock_user(connection, user.id)
        enabled = await enabled_factors(connection, user.id)
        if len(await passkey_store.passkeys_of(connection, user.id)) >= services.settings.factors.passkeys_max:
            return Refused(Refusal.LIMIT_REACHED)
        if enabled:
            shown = await check_factor(
                connection,
                services,
                user,
                proof,
                flow=ACTION,
                client=caller.client,
                action=action_hash(ACTION),
                session_id=caller.session_id,
            )
            if not shown.ok:
                return refused_by(shown)
        made = await _verified(connection, services, caller, credential)
        if made is None:
            return Refused(Refusal.CREDENTIAL_INVALID)
        passkey = await passkey_store.add_passkey(
            connection, {**made._asdict(), "transports": list(made.transports), "user_id": user.id, "label": label}
        )
        if passkey is None:
            return Refused(Refusal.CREDENTIAL_TAKEN)
        await _tell(connection, services, caller, passkey)
        codes = () if enabled else await new_recovery_codes(connection, user.id)
        return RegisteredPasskey(passkey, codes)


async def _verified(
    connection: AsyncConnection, services: IdentityServices, caller: Caller, credential: dict[str, Any]
) -> NewCredential | None:
    challenge = challenge_of_registration(credential)
    if challenge is None:
        return None
    question = Question(Flow.REGISTER, bound_to(caller.client, caller.session_id))
    taken = await take_fitting(connection, services, challenge, question)
    if await was_ended(connection, caller.session_id):
        # Ended since the request came in, as by a reset: a first passkey would let in again whoever was put out.
        return None
    if taken is None or taken.user_id != caller.user.id:
        return None
    return verify_registration(services.settings.factors, credential, challenge=challenge)


async def _tell(connection: AsyncConnection, services: IdentityServices, caller: Caller, passkey: Passkey) -> None:
    user = caller.user
    await start_cool_off(connection, services, user.id)
    await announce(connection, Change.USER, user.uid)
    await emit_about_user(connection, services, "system.passkey.created", user, label=passkey.label)
    activity = Activity(
        user_id=user.id,
        topic="otp",
        action="register passkey",
        result=Result.SUCCEED,
        client=caller.client,
        data={"passkey_id": passkey.id, "label": passkey.label},
    )
    await record_activity(connection, activity)
