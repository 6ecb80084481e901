"""A user as the wire has it: to the user itself, with labels and what KYC knows.

Invariant: no field that is not listed here is ever shown; personal data is masked as the settings say. Limit: staff has
entities of its own.
"""

from typing import Annotated

import msgspec

from pyxiu.api.identity.kyc_entities import (
    DataStorageEntity,
    PhoneEntity,
    ProfileEntity,
    data_storage_entity,
    phone_entity,
    profile_entity,
)
from pyxiu.api.wire.texts import iso8601_of
from pyxiu.identity.accounts.store import user_by_id
from pyxiu.identity.kyc.kyc_of_user import kyc_of_user
from pyxiu.identity.labels.model import Label
from pyxiu.identity.labels.store import labels_of
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices


class LabelEntity(msgspec.Struct, frozen=True):
    """Something that is known about a user: private ones are ours, public ones the user's own."""

    key: str
    value: str
    scope: Annotated[str, msgspec.Meta(description="public or private.")]
    created_at: str
    updated_at: str


class FullUser(msgspec.Struct, frozen=True):
    """An account as its owner sees it."""

    email: str
    username: str | None
    uid: str
    role: str
    level: Annotated[int, msgspec.Meta(description="How far it is verified: 0 to 3.")]
    otp: Annotated[bool, msgspec.Meta(description="Whether an authenticator app is on.")]
    state: Annotated[str, msgspec.Meta(description="pending, active, locked, banned or deleted.")]
    referral_uid: str | None
    data: Annotated[str | None, msgspec.Meta(description="JSON as text, as the front-end wrote it.")]
    csrf_token: Annotated[
        str | None,
        msgspec.Meta(description="Where a session was opened: what X-CSRF-Token must say. Null elsewhere."),
    ]
    labels: list[LabelEntity]
    phones: list[PhoneEntity]
    profiles: list[ProfileEntity]
    data_storages: list[DataStorageEntity]
    created_at: str
    updated_at: str


def label_entity(label: Label) -> LabelEntity:
    return LabelEntity(
        label.key, label.value, label.scope.value, iso8601_of(label.created_at), iso8601_of(label.updated_at)
    )


async def full_user(services: IdentityServices, user: User, *, csrf_token: str | None = None) -> FullUser:
    """All about the account `user`: ask only for the caller's own."""
    masked = services.settings.kyc.mask_personal
    async with services.database.connect() as connection:
        labels = await labels_of(connection, user.id)
        kyc = await kyc_of_user(connection, services, user.id)
        referrer = None if user.referral_id is None else await user_by_id(connection, user.referral_id)
    return FullUser(
        email=user.email,
        username=user.username,
        uid=user.uid,
        role=user.role,
        level=user.level,
        otp=user.otp,
        state=user.state.value,
        referral_uid=None if referrer is None else referrer.uid,
        data=user.data,
        csrf_token=csrf_token,
        labels=[label_entity(label) for label in labels],
        phones=[phone_entity(phone, masked=masked) for phone in kyc.phones],
        profiles=[profile_entity(profile, masked=masked) for profile in kyc.profiles],
        data_storages=[data_storage_entity(storage) for storage in kyc.data_storages],
        created_at=iso8601_of(user.created_at),
        updated_at=iso8601_of(user.updated_at),
    )
