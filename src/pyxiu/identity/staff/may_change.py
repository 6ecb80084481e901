"""Whom staff may touch: never oneself, never somebody of the same or a higher rank, superadmins only by superadmins.

Invariant: every action on a user begins here, with the user's row locked, so that a role that changes at the same time
is seen. Limit: what kinds of things a role works on is in `abilities.py`.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import lock_user, user_by_uid
from pyxiu.identity.model import LIVE_STATES, User
from pyxiu.identity.staff.abilities import SUPERADMIN, rank_of
from pyxiu.identity.staff.model import Refusal, Staff


async def user_to_change(connection: AsyncConnection, staff: Staff, uid: str) -> User | Refusal:
    """The user, locked, if this member of staff may change it."""
    found = await user_by_uid(connection, uid)
    if found is None:
        return Refusal.USER_UNKNOWN
    # The one who acts is locked as well, in the order of ids: whoever is being demoted acts no more.
    locked = {user_id: await lock_user(connection, user_id) for user_id in sorted({found.id, staff.user.id})}
    actor, target = locked[staff.user.id], locked[found.id]
    if actor.role != staff.role or actor.state not in LIVE_STATES:
        return Refusal.ACTOR_CHANGED
    return refusal_for(actor, target) or target


def refusal_for(actor: User, target: User) -> Refusal | None:
    """Why this actor may not change this user; None if nothing speaks against it."""
    if target.role == SUPERADMIN and actor.role != SUPERADMIN:
        return Refusal.TARGET_IS_SUPERADMIN
    if actor.id == target.id:
        return Refusal.TARGET_IS_SELF
    if actor.role != SUPERADMIN and rank_of(target.role) >= rank_of(actor.role):
        return Refusal.TARGET_IS_STAFF
    return None
