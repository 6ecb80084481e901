"""/admin/users/labels: labels of users, which drive level and state."""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.admin.entities import StaffLabel, StaffUser, staff_label
from pyxiu.api.admin.fields import Fields, Word
from pyxiu.api.admin.refusals import ABOUT_USERS, error_codes, refused
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, read, staff_endpoint
from pyxiu.api.admin.user_views import users_page
from pyxiu.api.admin.users import Uid
from pyxiu.api.endpoint import NoQuery, Reply, paginated
from pyxiu.api.pagination import Paged
from pyxiu.api.params import Choice, Flag, Text
from pyxiu.identity.labels.model import Label
from pyxiu.identity.staff import user_store
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.label_user import LabelDraft, add_label, change_label, delete_label
from pyxiu.identity.staff.model import Refusal
from pyxiu.identity.staff.user_store import UserFilter

Key = Annotated[str, Word("admin.label.empty_key", "admin.label.invalid", "3 to 255 of a-z, 0-9, _ and -.")]
Value = Annotated[str, Word("admin.label.empty_value", "admin.label.invalid", "3 to 255 of a-z, 0-9, _ and -.")]
_SCOPE: Final = Choice(("public", "private"), "admin.label.invalid_scope", "private labels drive level and state.")
Description = Annotated[str | None, Text("admin.label.invalid", "What it is about.")]


class LabelCount(msgspec.Struct, frozen=True):
    """How many users have a private label."""

    key: str
    value: str
    count: int


class UsersQuery(Paged, frozen=True, kw_only=True):
    key: Key
    value: Value


class AddFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    key: Key
    value: Value
    description: Description = None
    scope: Annotated[str, _SCOPE] = "public"


class ChangeFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    key: Key
    scope: Annotated[str, _SCOPE]
    value: Value
    description: Description = None


class UpdateFields(ChangeFields, frozen=True, kw_only=True):
    replace: Annotated[bool, Flag("admin.label.invalid_replace", "Add it where there is none.")] = True


class RemoveFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    key: Key
    scope: Annotated[str, _SCOPE]


@staff_endpoint("GET", "/admin/users/labels/list", needs=read(Kind.LABEL), returns=list[LabelCount])
async def list_labels(call: StaffCall[NoQuery]) -> Reply:
    """Which private labels there are, and how many users have each."""
    async with call.services.database.connect() as connection:
        counts = await user_store.label_counts(connection)
    return Reply([LabelCount(*count) for count in counts])


@staff_endpoint(
    "GET",
    "/admin/users/labels",
    needs=read(Kind.LABEL),
    fields=UsersQuery,
    noun="label",
    returns=list[StaffUser],
    headers=paginated(),
)
async def list_users_with_label(call: StaffCall[UsersQuery]) -> Reply:
    """Users who have a private label with this value."""
    return await users_page(call, UserFilter(label=(call.given.key, call.given.value)))


@staff_endpoint(
    "POST",
    "/admin/users/labels",
    needs=manage(Kind.LABEL),
    fields=AddFields,
    noun="label",
    returns=StaffLabel,
    errors=error_codes(*ABOUT_USERS, Refusal.LABEL_INVALID, Refusal.LABEL_TAKEN),
)
async def post_label(call: StaffCall[AddFields]) -> Reply:
    """Add a label to a user."""
    return _shown(await add_label(call.services, call.act, call.given.uid, _draft(call.given)))


@staff_endpoint(
    "POST",
    "/admin/users/labels/update",
    needs=manage(Kind.LABEL),
    fields=UpdateFields,
    noun="label",
    returns=StaffLabel,
    errors=error_codes(*ABOUT_USERS, Refusal.LABEL_INVALID, Refusal.LABEL_UNKNOWN),
)
async def update_label(call: StaffCall[UpdateFields]) -> Reply:
    """Change a label of a user; unless `replace` is false, add it where there is none.

    `document` or `address` as a private label with the value `verified` or `rejected` decides about all documents that
    wait.
    """
    draft, may_be_new = _draft(call.given), call.given.replace
    return _shown(await change_label(call.services, call.act, call.given.uid, draft, may_be_new=may_be_new))


@staff_endpoint(
    "PUT",
    "/admin/users/labels",
    needs=manage(Kind.LABEL),
    fields=ChangeFields,
    noun="label",
    returns=StaffLabel,
    errors=error_codes(*ABOUT_USERS, Refusal.LABEL_INVALID, Refusal.LABEL_UNKNOWN),
)
async def put_label(call: StaffCall[ChangeFields]) -> Reply:
    """Change a label that a user has."""
    return _shown(await change_label(call.services, call.act, call.given.uid, _draft(call.given)))


@staff_endpoint(
    "DELETE",
    "/admin/users/labels",
    needs=manage(Kind.LABEL),
    fields=RemoveFields,
    noun="label",
    returns=None,
    errors=error_codes(*ABOUT_USERS, Refusal.LABEL_UNKNOWN),
)
async def remove_label(call: StaffCall[RemoveFields]) -> Reply:
    """Take a label from a user."""
    draft = LabelDraft(call.given.key, call.given.scope)
    refusal = await delete_label(call.services, call.act, call.given.uid, draft)
    if refusal is not None:
        raise refused(refusal)
    return Reply(None)


def _draft(given: Any) -> LabelDraft:
    return LabelDraft(given.key, given.scope, given.value, given.description)


def _shown(label: Label | Refusal) -> Reply:
    if isinstance(label, Refusal):
        raise refused(label)
    return Reply(staff_label(label))


ENDPOINTS: Final = (list_labels, list_users_with_label, post_label, update_label, put_label, remove_label)
