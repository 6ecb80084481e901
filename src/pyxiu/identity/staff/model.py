"""Who of staff acts, why, and how an action is refused.

Invariant: a refusal is a value and nothing has changed then. Limit: what HTTP makes of it is the edge's table.
"""

import datetime
from enum import StrEnum

import msgspec

from pyxiu.identity.model import Client, User


class Staff(msgspec.Struct, frozen=True):
    """Who acts, from where."""

    user: User
    client: Client

    @property
    def uid(self) -> str:
        return self.user.uid

    @property
    def role(self) -> str:
        return self.user.role


class Act(msgspec.Struct, frozen=True):
    """An action of staff with its reason, which the settings may demand."""

    by: Staff
    reason: str | None = None


class Refusal(StrEnum):
    USER_UNKNOWN = "no such user"
    TARGET_IS_SUPERADMIN = "only a superadmin changes a superadmin, or makes one"
    TARGET_IS_STAFF = "staff of the same or a higher rank is not changed"
    TARGET_IS_SELF = "nobody decides about the own account"
    ONLY_SUPERADMIN_CHANGES_EMAIL = "only a superadmin changes an e-mail"
    OTP_IS_ENABLED_BY_USERS = "staff can only switch a second factor off"
    ACTOR_CHANGED = "who acts has another role or state by now"
    STATE_UNCHANGED = "the user has this state"
    OTP_UNCHANGED = "the user has no second factor to switch off"
    EMAIL_UNCHANGED = "the user has this e-mail"
    ROLE_UNCHANGED = "the user has this role"
    STATE_INVALID = "no such state"
    EMAIL_INVALID = "no e-mail address"
    EMAIL_TAKEN = "somebody else has this e-mail"
    ROLE_UNKNOWN = "no permission names this role"
    LABEL_INVALID = "no label of this form"
    LABEL_UNKNOWN = "the user has no such label"
    LABEL_TAKEN = "the user has such a label already"
    COMMENT_UNKNOWN = "no such comment"
    STORAGE_UNKNOWN = "the user keeps nothing under this title"
    ROW_UNKNOWN = "no such row"
    PROFILE_OPEN = "another profile is drafted or submitted"
    PROFILE_NOT_EDITABLE = "no profile that waits for a decision"
    SECOND_REVIEWER_NEEDED = "whoever entered a profile does not verify it"


class InvalidRow(msgspec.Struct, frozen=True):
    """A permission or restriction that cannot be, with the codes of what is wrong."""

    codes: tuple[str, ...]


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A note of staff about a user."""

    id: int
    user_id: int
    author_uid: str
    title: str
    data: str
    created_at: datetime.datetime
    updated_at: datetime.datetime
