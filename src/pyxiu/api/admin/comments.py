"""/admin/users/comments and /admin/users/data_storage: notes of staff, and what users keep here."""

from typing import Annotated, Any, Final

from pyxiu.api.admin.entities import StaffUserWithKyc
from pyxiu.api.admin.fields import Fields, LongText, Word
from pyxiu.api.admin.refusals import ABOUT_USERS, error_codes, refused
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, staff_endpoint
from pyxiu.api.admin.user_views import user_with_kyc
from pyxiu.api.admin.users import Uid
from pyxiu.api.endpoint import Reply
from pyxiu.api.params import Integer
from pyxiu.identity.model import User
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.comment_user import add_comment, change_comment, remove_comment
from pyxiu.identity.staff.model import Refusal
from pyxiu.identity.staff.remove_data_storage import remove_data_storage

ID_MAX: Final = (1 << 63) - 1
TITLE_LENGTH_MAX: Final = 64
#: A comment fits into a request with everything else that is in it.
BODY_BYTES_MAX: Final = 320 * 1024
Id = Annotated[int, Integer(1, ID_MAX, "admin.comment.non_integer_id", "admin.comment.invalid_id", "Which note.")]
_TITLE: Final = Word(
    "admin.comment.empty_title", "admin.comments.title_too_long", "At most 64 characters.", TITLE_LENGTH_MAX
)
_DATA: Final = LongText(
    "admin.comment.empty_data", "admin.comments.data_too_long", "admin.comment.invalid_data", "The note."
)


class AddFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    title: Annotated[str, _TITLE]
    data: Annotated[str, _DATA]


class ChangeFields(Fields, frozen=True, kw_only=True):
    id: Id
    title: Annotated[str | None, _TITLE] = None
    data: Annotated[str | None, _DATA] = None


class RemoveFields(Fields, frozen=True, kw_only=True):
    id: Id


class StorageFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    title: Annotated[str, Word("admin.user.empty_title", "admin.user.invalid_title", "Of what the user keeps.")]


@staff_endpoint(
    "POST",
    "/admin/users/comments",
    needs=manage(Kind.USER),
    fields=AddFields,
    noun="comment",
    status=201,
    body_bytes_max=BODY_BYTES_MAX,
    returns=StaffUserWithKyc,
    errors=error_codes(Refusal.USER_UNKNOWN),
)
async def post_comment(call: StaffCall[AddFields]) -> Reply:
    """Write a note about a user; only staff sees it."""
    given = call.given
    return await _whole(call, await add_comment(call.services, call.act, given.uid, given.title, given.data), 201)


@staff_endpoint(
    "PUT",
    "/admin/users/comments",
    needs=manage(Kind.USER),
    fields=ChangeFields,
    noun="comment",
    body_bytes_max=BODY_BYTES_MAX,
    returns=StaffUserWithKyc,
    errors=error_codes(Refusal.COMMENT_UNKNOWN),
)
async def put_comment(call: StaffCall[ChangeFields]) -> Reply:
    """Change title or text of a note."""
    given = call.given
    return await _whole(call, await change_comment(call.services, call.act, given.id, given.title, given.data))


@staff_endpoint(
    "DELETE",
    "/admin/users/comments",
    needs=manage(Kind.USER),
    fields=RemoveFields,
    noun="comment",
    returns=StaffUserWithKyc,
    errors=error_codes(Refusal.COMMENT_UNKNOWN),
)
async def delete_comment(call: StaffCall[RemoveFields]) -> Reply:
    """Remove a note; what it said stays in the audit trail."""
    return await _whole(call, await remove_comment(call.services, call.act, call.given.id))


@staff_endpoint(
    "DELETE",
    "/admin/users/data_storage",
    needs=manage(Kind.USER),
    fields=StorageFields,
    returns=StaffUserWithKyc,
    errors=error_codes(*ABOUT_USERS, Refusal.STORAGE_UNKNOWN),
)
async def delete_data_storage(call: StaffCall[StorageFields]) -> Reply:
    """Remove what a user keeps under a title, so that it can be kept anew."""
    given = call.given
    return await _whole(call, await remove_data_storage(call.services, call.act, given.uid, given.title))


async def _whole(call: StaffCall[Any], user: User | Refusal, status: int = 200) -> Reply:
    if isinstance(user, Refusal):
        raise refused(user)
    return await user_with_kyc(call, user.uid, status=status)


ENDPOINTS: Final = (post_comment, put_comment, delete_comment, delete_data_storage)
