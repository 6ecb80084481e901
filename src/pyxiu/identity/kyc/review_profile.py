"""Verify or reject a submitted profile: staff, or a provider's verdict.

Invariant: only submitted profiles are decided, once; with double verification nobody verifies an own entry, except
roles that the settings name. Limit: who may call this and the audit trail are the caller's task, in the same
transaction.
"""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.kyc.announce import profile_saved
from pyxiu.identity.kyc.label import set_kyc_label
from pyxiu.identity.kyc.model import REVIEWED_STATES, Profile, ProfileState, Refusal, Reviewer
from pyxiu.identity.kyc.profile_store import ProfileStore
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices


class ReviewedProfile(NamedTuple):
    before: Profile
    after: Profile


async def review_profile(
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    reviewer: Reviewer,
    *,
    state: ProfileState,
    reason: str | None = None,
) -> ReviewedProfile | Refusal:
    """`state` is verified or rejected."""
    assert state in REVIEWED_STATES, state
    await lock_user(connection, user.id)
    store = ProfileStore(connection, services.sealer)
    profile = await store.latest(user.id)
    if profile is None or profile.state is not ProfileState.SUBMITTED:
        return Refusal.PROFILE_NOT_EDITABLE
    settings = services.settings.kyc
    own_entry = profile.author_uid == reviewer.uid and state is ProfileState.VERIFIED
    if settings.double_verification and own_entry and reviewer.role not in settings.verification_roles:
        return Refusal.SECOND_REVIEWER_NEEDED
    decided = await store.decide(profile, state, reviewed_by=reviewer.uid, reason=reason)
    await set_kyc_label(connection, services, user, "profile", state.value)
    await profile_saved(connection, user, decided, before=profile)
    return ReviewedProfile(profile, decided)
