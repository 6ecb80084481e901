"""Delete a key; it stops working everywhere within a second.

Invariant: by a proof that is bound to this key. Limit: what it did is in the trail and the journal, under its holder.
"""

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.api_keys import store
from pyxiu.identity.api_keys.actions import delete_action
from pyxiu.identity.api_keys.holder import holder_of
from pyxiu.identity.api_keys.prove_key_change import prove_key_change
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused
from pyxiu.identity.factors.store import lock_user
from pyxiu.identity.services import IdentityServices


async def delete_api_key(
    services: IdentityServices,
    caller: Caller,
    kid: str,
    proof: FactorProof,
    *,
    service_account_uid: str | None = None,
) -> Refused | None:
    """None when it is gone."""
    user = caller.user
    async with services.database.begin() as connection:
        await lock_user(connection, user.id)
        known = await holder_of(connection, caller, service_account_uid)
        key = None if known is None else await store.find_key(connection, known.holder, kid)
        if known is None or key is None:
            return Refused(Refusal.UNKNOWN)
        refused = await prove_key_change(connection, services, caller, proof, delete_action(known.uid, kid))
        if refused is not None:
            return refused
        await store.delete_key(connection, key.id)
        await announce(connection, Change.API_KEY, kid)
        told = {"kid": kid, "label": key.label}
        await emit_about_user(connection, services, "system.api_key.deleted", user, **told)
        activity = Activity(
            user_id=user.id,
            topic="account",
            action="delete API key",
            result=Result.SUCCEED,
            client=caller.client,
            data=told,
        )
        await record_activity(connection, activity)
    return None
