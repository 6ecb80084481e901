"""Change a key: what it may do, from where, until when, and whether it works at all.

Invariant: what is not given stays as it is. Whoever may do more with it than before (another scope, another network,
alive again) makes withdrawals wait, as a new key does. Limit: algorithm and secret never change.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.api_keys import store
from pyxiu.identity.api_keys.actions import update_action
from pyxiu.identity.api_keys.holder import holder_of
from pyxiu.identity.api_keys.model import ApiKey, KeyChange, KeyState
from pyxiu.identity.api_keys.prove_key_change import prove_key_change
from pyxiu.identity.api_keys.signatures import Algorithm
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused
from pyxiu.identity.factors.store import lock_user
from pyxiu.identity.services import IdentityServices


async def update_api_key(
    services: IdentityServices,
    caller: Caller,
    kid: str,
    change: KeyChange,
    proof: FactorProof,
    *,
    service_account_uid: str | None = None,
) -> ApiKey | Refused:
    async with services.database.begin() as connection:
        await lock_user(connection, caller.user.id)
        known = await holder_of(connection, caller, service_account_uid)
        before = None if known is None else await store.find_key(connection, known.holder, kid)
        if known is None or before is None:
            return Refused(Refusal.UNKNOWN)
        refused = await prove_key_change(connection, services, caller, proof, update_action(known.uid, kid, change))
        if refused is not None:
            return refused
        if change.state is KeyState.ACTIVE and not known.active:
            return Refused(Refusal.HOLDER_NOT_ACTIVE)
        if change.legacy_signature is True and before.algorithm is not Algorithm.HS256:
            return Refused(Refusal.CREDENTIAL_INVALID)
        after = await store.update_key(connection, before.id, _values(change)) if change.given() else before
        if _is_mightier(before, after):
            await start_cool_off(connection, services, caller.user.id)
        await _tell(connection, services, caller, before, after)
        return after


def _values(change: KeyChange) -> dict[str, Any]:
    return {
        name: [str(item) for item in value] if isinstance(value, tuple) else value
        for name, value in change.given().items()
    }


def _is_mightier(before: ApiKey, after: ApiKey) -> bool:
    """Whether it lets somebody do what it did not before."""
    if after.state is not KeyState.ACTIVE:
        return False
    revived = before.state is not KeyState.ACTIVE
    more_scopes = not set(after.scopes) <= set(before.scopes)
    more_networks = bool(before.networks) and not (after.networks and set(after.networks) <= set(before.networks))
    weaker = after.legacy_signature and not before.legacy_signature
    longer = before.expires_at is not None and (after.expires_at is None or after.expires_at > before.expires_at)
    return revived or more_scopes or more_networks or weaker or longer


async def _tell(
    connection: AsyncConnection, services: IdentityServices, caller: Caller, before: ApiKey, after: ApiKey
) -> None:
    user = caller.user
    await announce(connection, Change.API_KEY, after.kid)
    told = {"kid": after.kid, "label": after.label, "state": after.state.value}
    await emit_about_user(connection, services, "system.api_key.updated", user, **told)
    activity = Activity(
        user_id=user.id,
        topic="account",
        action="update API key",
        result=Result.SUCCEED,
        client=caller.client,
        data={"kid": after.kid, "from": _told(before), "to": _told(after)},
    )
    await record_activity(connection, activity)


def _told(key: ApiKey) -> dict[str, Any]:
    return {
        "state": key.state.value,
        "scopes": [scope.value for scope in key.scopes],
        "networks": list(key.networks),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
        "legacy_signature": key.legacy_signature,
    }
