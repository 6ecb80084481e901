"""Users and what belongs to them as staff sees it: whole.

Invariant: a hash, a secret or a sealed value is no field of any of these. Limit: documents are shown only to roles that
may read them, because each comes with a link to its file.
"""

import json
from typing import Annotated, Any

import msgspec

from pyxiu.api.identity.kyc_entities import DataStorageEntity, DocumentEntity, PhoneEntity, ProfileEntity
from pyxiu.api.wire.texts import Time, iso8601_of
from pyxiu.identity.access.model import Permission, Restriction
from pyxiu.identity.activities.model import StoredActivity
from pyxiu.identity.labels.model import Label, Level
from pyxiu.identity.staff.model import Comment
from pyxiu.identity.staff.user_store import FoundUser


class StaffUser(msgspec.Struct, frozen=True):
    """A user."""

    email: str
    uid: str
    role: str
    level: int
    otp: Annotated[bool, msgspec.Meta(description="Whether an authenticator app is set up.")]
    state: Annotated[str, msgspec.Meta(description="pending, active, locked, banned or deleted.")]
    referral_uid: str | None
    data: Annotated[str | None, msgspec.Meta(description="JSON that the user keeps.")]
    username: str | None
    created_at: Time
    updated_at: Time
    profiles: Annotated[
        list[ProfileEntity] | msgspec.UnsetType, msgspec.Meta(description="Only when asked with `extended`.")
    ] = msgspec.UNSET


class StaffLabel(msgspec.Struct, frozen=True):
    """A label of a user."""

    key: str
    value: str
    scope: Annotated[str, msgspec.Meta(description="public: the user's own note; private: ours.")]
    description: str | None
    created_at: Time
    updated_at: Time


class CommentEntity(msgspec.Struct, frozen=True):
    """A note of staff."""

    id: int
    author_uid: str
    title: str
    data: str
    created_at: Time
    updated_at: Time


class StaffUserWithKyc(msgspec.Struct, frozen=True):
    """A user with all that belongs to it."""

    email: str
    uid: str
    role: str
    level: int
    otp: bool
    state: str
    referral_uid: str | None
    data: str | None
    username: str | None
    created_at: Time
    updated_at: Time
    profiles: list[ProfileEntity]
    labels: list[StaffLabel]
    phones: list[PhoneEntity]
    documents: Annotated[list[DocumentEntity], msgspec.Meta(description="Empty for roles that may not read documents.")]
    data_storages: list[DataStorageEntity]
    comments: list[CommentEntity]


class PermissionEntity(msgspec.Struct, frozen=True):
    """Who may call what: a rule of the permission table."""

    id: int
    action: Annotated[str, msgspec.Meta(description="ACCEPT, DROP or AUDIT.")]
    role: str
    verb: str
    path: str
    topic: str | None
    created_at: Time
    updated_at: Time


class RestrictionEntity(msgspec.Struct, frozen=True):
    """Who is let in or kept out by address."""

    id: int
    category: str
    scope: str
    value: str
    code: Annotated[int, msgspec.Meta(description="The status that is answered with.")]
    state: str
    created_at: Time
    updated_at: Time


class LevelEntity(msgspec.Struct, frozen=True):
    """A level, and the private label that it takes beside those of the levels below."""

    id: int
    key: str
    value: str
    description: str | None


class UserActivity(msgspec.Struct, frozen=True):
    """What a user did."""

    id: int
    user_ip: str
    user_ip_country: str
    user_agent: str
    topic: str
    action: str
    result: Annotated[str, msgspec.Meta(description="succeed, failed or denied.")]
    data: Annotated[str | None, msgspec.Meta(description="JSON, without secrets.")]
    created_at: Time
    user: StaffUser | None


class StaffActivity(msgspec.Struct, frozen=True):
    """What staff did. `admin` is null for the operator at the command line."""

    id: int
    user_ip: str
    user_ip_country: str
    user_agent: str
    topic: str
    action: str
    result: str
    data: str | None
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    chain_seq: Annotated[int | None, msgspec.Meta(description="The number of the entry in the hash chain.")]
    created_at: Time
    admin: StaffUser | None
    target: StaffUser | None


def staff_user(found: FoundUser, profiles: list[ProfileEntity] | msgspec.UnsetType = msgspec.UNSET) -> StaffUser:
    user = found.user
    return StaffUser(
        email=user.email,
        uid=user.uid,
        role=user.role,
        level=user.level,
        otp=user.otp,
        state=user.state.value,
        referral_uid=found.referral_uid,
        data=user.data,
        username=user.username,
        created_at=iso8601_of(user.created_at),
        updated_at=iso8601_of(user.updated_at),
        profiles=profiles,
    )


def staff_label(label: Label) -> StaffLabel:
    stamps = iso8601_of(label.created_at), iso8601_of(label.updated_at)
    return StaffLabel(label.key, label.value, label.scope.value, label.description, *stamps)


def comment_entity(comment: Comment) -> CommentEntity:
    stamps = iso8601_of(comment.created_at), iso8601_of(comment.updated_at)
    return CommentEntity(comment.id, comment.author_uid, comment.title, comment.data, *stamps)


def permission_entity(row: Permission) -> PermissionEntity:
    stamps = iso8601_of(row.created_at), iso8601_of(row.updated_at)
    return PermissionEntity(row.id, row.action.value, row.role, row.verb, row.path, row.topic, *stamps)


def restriction_entity(row: Restriction) -> RestrictionEntity:
    stamps = iso8601_of(row.created_at), iso8601_of(row.updated_at)
    return RestrictionEntity(row.id, row.category.value, row.scope.value, row.value, row.code, row.state.value, *stamps)


def level_entity(level: Level) -> LevelEntity:
    return LevelEntity(level.id, level.key, level.value, level.description)


def user_activity(row: StoredActivity, user: FoundUser | None) -> UserActivity:
    return UserActivity(
        id=row.id,
        user_ip=row.user_ip,
        user_ip_country=row.user_ip_country,
        user_agent=row.user_agent,
        topic=row.topic,
        action=row.action,
        result=row.result,
        data=json_text(row.data),
        created_at=iso8601_of(row.created_at),
        user=None if user is None else staff_user(user),
    )


def staff_activity(row: StoredActivity, admin: FoundUser | None, target: FoundUser | None) -> StaffActivity:
    return StaffActivity(
        id=row.id,
        user_ip=row.user_ip,
        user_ip_country=row.user_ip_country,
        user_agent=row.user_agent,
        topic=row.topic,
        action=row.action,
        result=row.result,
        data=json_text(row.data),
        reason=row.reason,
        before=row.before,
        after=row.after,
        chain_seq=row.chain_seq,
        created_at=iso8601_of(row.created_at),
        admin=None if admin is None else staff_user(admin),
        target=None if target is None else staff_user(target),
    )


def json_text(data: dict[str, Any] | None) -> str | None:
    return None if data is None else json.dumps(data, ensure_ascii=False)
