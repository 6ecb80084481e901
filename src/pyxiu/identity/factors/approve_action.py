"""Prove a factor ahead for one action: a token that lets this action through once, shortly, in this session.

Invariant: the token holds for the hash of kind and fields and for nothing else (S-2); at rest there is its hash. Limit:
what may be approved is not asked here; a token for an action that nobody takes is worth nothing.
"""

import datetime
import secrets
from typing import NamedTuple

from pyxiu.identity.factors import store
from pyxiu.identity.factors.bound import bound_to
from pyxiu.identity.factors.check_factor import approval_hash, check_factor, enabled_factors
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused, refused_by
from pyxiu.identity.factors.store import Approval
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of

_TOKEN_BYTES = 32


class Approved(NamedTuple):
    token: str
    expires_at: datetime.datetime

    def __repr__(self) -> str:
        return f"Approved(expires_at={self.expires_at})"


async def approve_action(
    services: IdentityServices, caller: Caller, action: str, proof: FactorProof
) -> Approved | Refused:
    """`action`: its `action_hash`. An approval cannot be made of an approval: that would make it last."""
    user = caller.user
    async with services.database.begin() as connection:
        if not await enabled_factors(connection, user.id):
            return Refused(Refusal.NO_FACTOR)
        shown = await check_factor(
            connection,
            services,
            user,
            proof._replace(approval=None),
            flow="approval",
            client=caller.client,
            action=action,
            session_id=caller.session_id,
        )
        if shown.factor is None:
            return refused_by(shown)
        now = now_of(services.clock)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        expires_at = now + datetime.timedelta(seconds=services.settings.factors.approval_s)
        bound = bound_to(caller.client, caller.session_id)
        approval = Approval(approval_hash(token), user.id, action, shown.factor.value, bound, expires_at)
        await store.put_approval(connection, approval, now)
    return Approved(token, expires_at)
