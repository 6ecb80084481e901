"""Make an API key, for a user or for one of the user's service accounts.

Invariant: the secret is shown once, here, and stored sealed; of an Ed25519 key we never have one. Withdrawals wait
after every new key (S-5). Limit: so many keys a holder, counted under a lock on the user's row.
"""

import secrets
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.api_keys import store
from pyxiu.identity.api_keys.actions import create_action
from pyxiu.identity.api_keys.holder import KnownHolder, holder_of
from pyxiu.identity.api_keys.model import ApiKey, IssuedKey, KeySpec, KeyState, key_purpose
from pyxiu.identity.api_keys.prove_key_change import prove_key_change
from pyxiu.identity.api_keys.signatures import Algorithm
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused
from pyxiu.identity.factors.store import lock_user
from pyxiu.identity.services import IdentityServices

_KID_BYTES = 8
_SECRET_BYTES = 16


async def create_api_key(
    services: IdentityServices,
    caller: Caller,
    spec: KeySpec,
    proof: FactorProof,
    *,
    service_account_uid: str | None = None,
) -> IssuedKey | Refused:
    async with services.database.begin() as connection:
        await lock_user(connection, caller.user.id)
        known = await holder_of(connection, caller, service_account_uid)
        if known is None:
            return Refused(Refusal.UNKNOWN)
        refused = await prove_key_change(connection, services, caller, proof, create_action(known.uid, spec))
        if refused is not None:
            return refused
        if not known.active:
            return Refused(Refusal.HOLDER_NOT_ACTIVE)
        if await store.count_keys(connection, known.holder) >= services.settings.api_keys_max:
            return Refused(Refusal.LIMIT_REACHED)
        issued = await _issue(connection, services, known, spec)
        await start_cool_off(connection, services, caller.user.id)
        await _tell(connection, services, caller, issued.key)
        return issued


async def _issue(
    connection: AsyncConnection, services: IdentityServices, known: KnownHolder, spec: KeySpec
) -> IssuedKey:
    kid = secrets.token_hex(_KID_BYTES)
    secret = secrets.token_hex(_SECRET_BYTES) if spec.algorithm is Algorithm.HS256 else None
    values: dict[str, Any] = {
        "kid": kid,
        "user_id": known.holder.user_id,
        "service_account_id": known.holder.service_account_id,
        "algorithm": spec.algorithm.value,
        "secret_sealed": None if secret is None else services.sealer.seal(secret.encode(), key_purpose(kid)),
        "public_key": spec.public_key,
        "scopes": [scope.value for scope in spec.scopes],
        "label": spec.label,
        "networks": list(spec.networks),
        "expires_at": spec.expires_at,
        "state": KeyState.ACTIVE.value,
        "legacy_signature": spec.legacy_signature,
    }
    key = await store.insert_key(connection, values)
    # Also for a new key: who asked for this id before may remember that there is none.
    await announce(connection, Change.API_KEY, kid)
    return IssuedKey(key, secret)


async def _tell(connection: AsyncConnection, services: IdentityServices, caller: Caller, key: ApiKey) -> None:
    user = caller.user
    scopes = [scope.value for scope in key.scopes]
    told = {"kid": key.kid, "label": key.label, "scopes": scopes}
    await emit_about_user(connection, services, "system.api_key.created", user, **told)
    activity = Activity(
        user_id=user.id,
        topic="account",
        action="create API key",
        result=Result.SUCCEED,
        client=caller.client,
        data=told,
    )
    await record_activity(connection, activity)
