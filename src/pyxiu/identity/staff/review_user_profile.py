"""Profiles as staff enters and decides them.

Invariant: nobody decides about the own profile, and with double verification not about an own entry either. Limit: the
trail says which profile and which state; names and birth dates stay sealed where they are.
"""

from pyxiu.identity.kyc.model import InvalidFields, Profile, ProfileFields, ProfileState, Reviewer
from pyxiu.identity.kyc.model import Refusal as KycRefusal
from pyxiu.identity.kyc.review_profile import review_profile
from pyxiu.identity.kyc.save_profile import create_profile_for
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import CREATE, UPDATE, note

_REFUSALS = {
    KycRefusal.PROFILE_OPEN: Refusal.PROFILE_OPEN,
    KycRefusal.SECOND_REVIEWER_NEEDED: Refusal.SECOND_REVIEWER_NEEDED,
}


async def add_user_profile(
    services: IdentityServices, act: Act, uid: str, fields: ProfileFields
) -> Profile | InvalidFields | Refusal:
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        profile = await create_profile_for(connection, services, user, fields, author_uid=act.by.uid)
        if isinstance(profile, InvalidFields):
            return profile
        if isinstance(profile, KycRefusal):
            return _REFUSALS.get(profile, Refusal.PROFILE_NOT_EDITABLE)
        after = {"profile": profile.id, "state": profile.state.value}
        await note(connection, act, topic="profiles", action=CREATE, target_uid=uid, after=after)
    return profile


async def review_user_profile(services: IdentityServices, act: Act, uid: str, state: ProfileState) -> Profile | Refusal:
    """`state` is verified or rejected."""
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        reviewer = Reviewer(act.by.uid, act.by.role)
        reviewed = await review_profile(connection, services, user, reviewer, state=state, reason=act.reason)
        if isinstance(reviewed, KycRefusal):
            return _REFUSALS.get(reviewed, Refusal.PROFILE_NOT_EDITABLE)
        before = {"profile": reviewed.before.id, "state": reviewed.before.state.value}
        after = {"profile": reviewed.after.id, "state": reviewed.after.state.value}
        await note(connection, act, topic="profiles", action=UPDATE, target_uid=uid, before=before, after=after)
    return reviewed.after
