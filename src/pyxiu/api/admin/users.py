"""/admin/users: who has an account here, and what staff decides about it."""

from typing import Annotated, Any, Final

from pyxiu.api.admin.entities import StaffUser, StaffUserWithKyc, staff_user
from pyxiu.api.admin.fields import Fields, Word
from pyxiu.api.admin.periods import Period, PeriodPage
from pyxiu.api.admin.refusals import ABOUT_USERS, REFUSALS, USER_UNKNOWN, error_codes, refused
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, read, staff_endpoint
from pyxiu.api.admin.user_views import user_with_kyc, users_page
from pyxiu.api.endpoint import NoQuery, Reply, paginated
from pyxiu.api.errors import ApiError, refuse
from pyxiu.api.pagination import Ordering
from pyxiu.api.params import Choice, Flag, Integer, Text
from pyxiu.identity.model import User
from pyxiu.identity.staff import user_store
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.change_user_email import change_user_email
from pyxiu.identity.staff.change_user_role import change_user_role
from pyxiu.identity.staff.change_user_state import change_user_state
from pyxiu.identity.staff.model import Refusal
from pyxiu.identity.staff.switch_off_second_factor import switch_off_second_factor
from pyxiu.identity.staff.user_store import ORDERS, UserFilter

Uid = Annotated[str, Word("admin.user.empty_uid", "admin.user.invalid_uid", "Whose account.")]
_FILTER: Final = Text("admin.user.invalid_filter", "Exactly this.")
_LEVEL: Final = Integer(0, 1_000, "admin.user.non_integer_level", "admin.user.invalid_level", "Exactly this.")
EXTENDED: Final = Flag("admin.user.invalid_extended", "With profiles.")
NOTHING_TO_CHANGE: Final = ApiError(422, ("admin.user.one_change_at_a_time",))
_CHANGES: Final = ("state", "otp", "email")


class UsersQuery(PeriodPage, frozen=True, kw_only=True):
    extended: Annotated[bool, EXTENDED] = False
    uid: Annotated[str | None, _FILTER] = None
    email: Annotated[str | None, _FILTER] = None
    role: Annotated[str | None, _FILTER] = None
    country: Annotated[str | None, Text("admin.user.invalid_filter", "Of a profile: ISO 3166 alpha-2.")] = None
    level: Annotated[int | None, _LEVEL] = None
    state: Annotated[str | None, _FILTER] = None
    range_: Period = "created"
    ordering: Ordering = "asc"
    order_by: Annotated[str, Choice(ORDERS, "admin.user.invalid_order_by", "What the list is ordered by.")] = "id"


class PendingQuery(PeriodPage, frozen=True, kw_only=True):
    extended: Annotated[bool, EXTENDED] = False
    uid: Annotated[str | None, _FILTER] = None
    email: Annotated[str | None, _FILTER] = None
    role: Annotated[str | None, _FILTER] = None
    first_name: Annotated[str | None, _FILTER] = None
    last_name: Annotated[str | None, _FILTER] = None
    country: Annotated[str | None, Text("admin.user.invalid_filter", "Of a profile: ISO 3166 alpha-2.")] = None
    level: Annotated[int | None, _LEVEL] = None
    state: Annotated[str | None, _FILTER] = None
    range_: Period = "created"


class UpdateFields(Fields, frozen=True, kw_only=True):
    """One of `state` and `otp`."""

    uid: Uid
    state: Annotated[str | None, Text("admin.user.invalid_state", "The new state.")] = None
    otp: Annotated[bool | None, Flag("admin.user.invalid_otp", "false: switch the second factor off.")] = None


class PutFields(Fields, frozen=True, kw_only=True):
    """One of `state`, `otp` and `email`."""

    uid: Uid
    state: Annotated[str | None, Text("admin.user.invalid_state", "The new state.")] = None
    otp: Annotated[bool | None, Flag("admin.user.invalid_otp", "false: switch the second factor off.")] = None
    email: Annotated[str | None, Text("email.invalid", "The new e-mail; superadmins only.")] = None


class RoleFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    role: Annotated[str, Word("admin.user.empty_role", "admin.user.invalid_role", "The new role.")]


@staff_endpoint(
    "GET",
    "/admin/users",
    needs=read(Kind.USER),
    fields=UsersQuery,
    returns=list[StaffUser],
    headers=paginated(),
)
async def list_users(call: StaffCall[UsersQuery]) -> Reply:
    """All users, or those that fit every filter."""
    given = call.given
    return await users_page(call, _filter(given), order_by=given.order_by, descending=given.ordering == "desc")


@staff_endpoint(
    "GET",
    "/admin/users/documents/pending",
    needs=read(Kind.USER),
    fields=PendingQuery,
    returns=list[StaffUser],
    headers=paginated(),
)
async def list_pending(call: StaffCall[PendingQuery]) -> Reply:
    """Users whose documents wait for a decision, those that have not changed for longest first."""
    names = {"first_name": call.given.first_name, "last_name": call.given.last_name}
    wanted = _filter(call.given, pending_documents=True, **names)
    return await users_page(call, wanted, order_by="updated_at", descending=False)


@staff_endpoint(
    "GET",
    "/admin/users/{uid}",
    needs=read(Kind.USER),
    returns=StaffUserWithKyc,
    path_parameters={"uid": "Whose account."},
    errors={404: (USER_UNKNOWN.code,)},
)
async def show_user(call: StaffCall[NoQuery]) -> Reply:
    """A user with labels, profiles, phones, documents and notes, unmasked."""
    return await user_with_kyc(call, call.call.path["uid"])


_UPDATE_ERRORS: Final = error_codes(
    *ABOUT_USERS,
    Refusal.STATE_INVALID,
    Refusal.STATE_UNCHANGED,
    Refusal.OTP_IS_ENABLED_BY_USERS,
    Refusal.OTP_UNCHANGED,
)
_ONE_CHANGE: Final = NOTHING_TO_CHANGE.codes


@staff_endpoint(
    "POST",
    "/admin/users/update",
    needs=manage(Kind.USER),
    fields=UpdateFields,
    returns=StaffUser,
    errors={**_UPDATE_ERRORS, 422: (*_UPDATE_ERRORS[422], *_ONE_CHANGE)},
)
async def update_user(call: StaffCall[UpdateFields]) -> Reply:
    """Change the state of a user, or switch the second factor off: one of them at a time.

    A state that staff sets stays until staff changes it. A graver one that follows from a label (`ban`, `lock`, …)
    stays in force; the answer shows which it is.
    """
    return await _updated(call, call.given.state, call.given.otp, None)


@staff_endpoint(
    "PUT",
    "/admin/users",
    needs=manage(Kind.USER),
    fields=PutFields,
    returns=StaffUser,
    errors={
        **_UPDATE_ERRORS,
        422: (
            *_UPDATE_ERRORS[422],
            *_ONE_CHANGE,
            *(
                REFUSALS[refusal].code
                for refusal in (
                    Refusal.ONLY_SUPERADMIN_CHANGES_EMAIL,
                    Refusal.EMAIL_INVALID,
                    Refusal.EMAIL_TAKEN,
                    Refusal.EMAIL_UNCHANGED,
                )
            ),
        ),
    },
)
async def put_user(call: StaffCall[PutFields]) -> Reply:
    """The same, and for superadmins the e-mail."""
    return await _updated(call, call.given.state, call.given.otp, call.given.email)


@staff_endpoint(
    "POST",
    "/admin/users/role",
    needs=manage(Kind.PERMISSION),
    fields=RoleFields,
    returns=StaffUser,
    errors=error_codes(*ABOUT_USERS, Refusal.ROLE_UNCHANGED, Refusal.ROLE_UNKNOWN),
)
async def update_role(call: StaffCall[RoleFields]) -> Reply:
    """Change the role of a user. Superadmins only; the user's sessions end."""
    changed = await change_user_role(call.services, call.act, call.given.uid, call.given.role)
    return await _shown(call, changed)


async def _updated(call: StaffCall[Any], state: str | None, otp: bool | None, email: str | None) -> Reply:  # noqa: FBT001 - three optional changes
    changes = dict(zip(_CHANGES, (state, otp, email), strict=True))
    if sum(value is not None for value in changes.values()) != 1:
        raise NOTHING_TO_CHANGE
    uid = call.given.uid
    if state is not None:
        return await _shown(call, await change_user_state(call.services, call.act, uid, state))
    if email is not None:
        return await _shown(call, await change_user_email(call.services, call.act, uid, email))
    if otp:
        raise refused(Refusal.OTP_IS_ENABLED_BY_USERS)
    return await _shown(call, await switch_off_second_factor(call.services, call.act, uid))


async def _shown(call: StaffCall[Any], changed: User | Refusal) -> Reply:
    if isinstance(changed, Refusal):
        raise refused(changed)
    async with call.services.database.connect() as connection:
        found = await user_store.by_uid(connection, changed.uid)
    if found is None:
        raise refuse(USER_UNKNOWN)
    return Reply(staff_user(found))


def _filter(given: Any, **more: Any) -> UserFilter:
    names = ("uid", "email", "role", "country", "level", "state", "range_")
    same = {name: getattr(given, name) for name in names}
    return UserFilter(**same, since=given.since, until=given.until, **more)


ENDPOINTS: Final = (list_users, list_pending, show_user, update_user, put_user, update_role)
