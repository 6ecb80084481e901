"""/admin/profiles: who members say to be, and what staff decides about it."""

from typing import Annotated, Final

from pyxiu.api.admin.fields import Fields
from pyxiu.api.admin.refusals import ABOUT_USERS, USER_UNKNOWN, error_codes, refused
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, read, staff_endpoint
from pyxiu.api.admin.users import Uid
from pyxiu.api.endpoint import Reply, paginated
from pyxiu.api.errors import refuse
from pyxiu.api.identity.kyc_entities import ProfileEntity, profile_entity
from pyxiu.api.identity.kyc_refusals import field_codes
from pyxiu.api.identity.kyc_refusals import refused as refused_fields
from pyxiu.api.pagination import Paged, page_headers
from pyxiu.api.params import Choice, Text
from pyxiu.identity.accounts.store import user_by_uid
from pyxiu.identity.kyc.model import REVIEWED_STATES, InvalidFields, Profile, ProfileFields, ProfileState
from pyxiu.identity.kyc.profile_store import ProfileStore
from pyxiu.identity.kyc.read_fields import REQUIRED, read_profile
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.model import Refusal
from pyxiu.identity.staff.review_user_profile import add_user_profile, review_user_profile
from pyxiu.kit.clock import now_of

PREFIX: Final = "admin.profile"
_FIELD: Final = Text("admin.profile.invalid_field")
_FIELD_NAMES: Final = ProfileFields.__struct_fields__
_STATES: Final = tuple(sorted(REVIEWED_STATES))


class ProfilesQuery(Paged, frozen=True, kw_only=True):
    uid: Annotated[str | None, Text("admin.user.invalid_uid", "Only those of one member.")] = None


class AddFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    first_name: Annotated[str | None, _FIELD] = None
    last_name: Annotated[str | None, _FIELD] = None
    dob: Annotated[str | None, _FIELD] = None
    address: Annotated[str | None, _FIELD] = None
    postcode: Annotated[str | None, _FIELD] = None
    city: Annotated[str | None, _FIELD] = None
    country: Annotated[str | None, _FIELD] = None
    metadata: Annotated[str | None, _FIELD] = None


class ReviewFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    state: Annotated[str, Choice(_STATES, "admin.profile.invalid_state", "What is decided.")]


@staff_endpoint(
    "GET",
    "/admin/profiles",
    needs=read(Kind.PROFILE),
    fields=ProfilesQuery,
    noun="profile",
    returns=list[ProfileEntity],
    headers=paginated(),
    errors={404: (USER_UNKNOWN.code,)},
)
async def list_profiles(call: StaffCall[ProfilesQuery]) -> Reply:
    """Profiles of all members or of one, unmasked, the newest first."""
    given, services = call.given, call.services
    async with services.database.connect() as connection:
        user_id = None
        if given.uid is not None:
            user = await user_by_uid(connection, given.uid)
            if user is None:
                raise refuse(USER_UNKNOWN)
            user_id = user.id
        store = ProfileStore(connection, services.sealer)
        rows, total = await store.page(user_id, limit=given.limit, offset=(given.page - 1) * given.limit)
    body = [profile_entity(row, masked=False) for row in rows]
    return Reply(body, headers=page_headers(limit=given.limit, page=given.page, total=total))


@staff_endpoint(
    "POST",
    "/admin/profiles",
    needs=manage(Kind.PROFILE),
    fields=AddFields,
    noun="profile",
    status=201,
    returns=ProfileEntity,
    errors={
        **error_codes(*ABOUT_USERS, Refusal.PROFILE_OPEN),
        422: (
            *error_codes(*ABOUT_USERS, Refusal.PROFILE_OPEN)[422],
            *field_codes(PREFIX, REQUIRED, (*REQUIRED, "metadata")),
            "dob.in_future",
        ),
    },
)
async def post_profile(call: StaffCall[AddFields]) -> Reply:
    """Enter a profile for a member: whole, and submitted at once with you as its author."""
    sent = {name: getattr(call.given, name) for name in _FIELD_NAMES}
    fields = read_profile(sent, today=now_of(call.services.clock).date())
    if isinstance(fields, InvalidFields):
        raise refused_fields(fields, prefix=PREFIX)
    return _shown(await add_user_profile(call.services, call.act, call.given.uid, fields), status=201)


@staff_endpoint(
    "PUT",
    "/admin/profiles",
    needs=manage(Kind.PROFILE),
    fields=ReviewFields,
    noun="profile",
    returns=ProfileEntity,
    errors=error_codes(*ABOUT_USERS, Refusal.PROFILE_NOT_EDITABLE, Refusal.SECOND_REVIEWER_NEEDED),
)
async def put_profile(call: StaffCall[ReviewFields]) -> Reply:
    """Verify or reject the submitted profile of a member. Nobody decides about the own one."""
    state = ProfileState(call.given.state)
    return _shown(await review_user_profile(call.services, call.act, call.given.uid, state), status=200)


def _shown(profile: Profile | InvalidFields | Refusal, *, status: int) -> Reply:
    if isinstance(profile, InvalidFields):
        raise refused_fields(profile, prefix=PREFIX)
    if isinstance(profile, Refusal):
        raise refused(profile)
    return Reply(profile_entity(profile, masked=False), status=status)


ENDPOINTS: Final = (list_profiles, post_profile, put_profile)
