"""The second factor that every change of keys needs.

Invariant: an account without a factor has no keys made or changed, whatever else it shows. Limit: reading is free.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused, refused_by
from pyxiu.identity.services import IdentityServices


async def prove_key_change(
    connection: AsyncConnection, services: IdentityServices, caller: Caller, proof: FactorProof, action: str
) -> Refused | None:
    """None when the proof holds for this action."""
    if not await enabled_factors(connection, caller.user.id):
        return Refused(Refusal.NO_FACTOR)
    shown = await check_factor(
        connection,
        services,
        caller.user,
        proof,
        flow="api_key",
        client=caller.client,
        action=action,
        session_id=caller.session_id,
    )
    return None if shown.ok else refused_by(shown)
