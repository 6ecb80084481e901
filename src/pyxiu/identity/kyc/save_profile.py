"""Make, change and submit a profile; by its member, or by staff for a member.

Invariant: at most one profile of a member is open; only a draft is changed; the state is mirrored in the private label
`profile`. What is submitted is whole. The user's row is locked first, here and wherever KYC decides. Limit: older
profiles stay as they were, as history.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.kyc.announce import profile_saved
from pyxiu.identity.kyc.label import set_kyc_label
from pyxiu.identity.kyc.model import InvalidFields, Profile, ProfileFields, ProfileState, Refusal
from pyxiu.identity.kyc.profile_store import ProfileStore
from pyxiu.identity.kyc.read_fields import missing_fields
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices


async def create_profile(
    services: IdentityServices, user: User, fields: ProfileFields, *, confirm: bool
) -> Profile | InvalidFields | Refusal:
    """A draft, or with `confirm` a submitted profile."""
    missing = missing_fields(fields) if confirm else None
    if missing is not None:
        return missing
    async with services.database.begin() as connection:
        state = ProfileState.SUBMITTED if confirm else ProfileState.DRAFTED
        return await _created(connection, services, user, fields, state)


async def create_profile_for(
    connection: AsyncConnection, services: IdentityServices, user: User, fields: ProfileFields, *, author_uid: str
) -> Profile | InvalidFields | Refusal:
    """By staff: submitted at once, and it says who made it."""
    missing = missing_fields(fields)
    if missing is not None:
        return missing
    return await _created(connection, services, user, fields, ProfileState.SUBMITTED, author_uid)


async def update_profile(
    services: IdentityServices, user: User, fields: ProfileFields, *, confirm: bool
) -> Profile | InvalidFields | Refusal:
    """Change what is given of the draft; with `confirm` submit it."""
    async with services.database.begin() as connection:
        await lock_user(connection, user.id)
        store = ProfileStore(connection, services.sealer)
        profile = await store.latest(user.id)
        if profile is None or profile.state is not ProfileState.DRAFTED:
            return Refusal.PROFILE_NOT_EDITABLE
        merged = _merged(profile.fields, fields)
        missing = missing_fields(merged) if confirm else None
        if missing is not None:
            return missing
        state = ProfileState.SUBMITTED if confirm else ProfileState.DRAFTED
        saved = await store.write(profile, merged, state)
        await set_kyc_label(connection, services, user, "profile", saved.state.value)
        await profile_saved(connection, user, saved, before=profile)
    return saved


async def _created(
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    fields: ProfileFields,
    state: ProfileState,
    author_uid: str | None = None,
) -> Profile | Refusal:
    await lock_user(connection, user.id)
    profile = await ProfileStore(connection, services.sealer).add(user.id, fields, state, author_uid)
    if profile is None:
        return Refusal.PROFILE_OPEN
    await set_kyc_label(connection, services, user, "profile", state.value)
    await profile_saved(connection, user, profile, before=None)
    return profile


def _merged(old: ProfileFields, new: ProfileFields) -> ProfileFields:
    """What is new where something was said."""
    values = {name: getattr(new, name) for name in ProfileFields.__struct_fields__}
    kept = {name: getattr(old, name) for name, value in values.items() if value is None}
    return ProfileFields(**{**values, **kept})
