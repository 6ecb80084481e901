"""GET /resource/profiles/me, POST and PUT /resource/profiles: who a member says to be."""

from typing import Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.identity.caller import caller_of, own_user_id
from pyxiu.api.identity.kyc_entities import ProfileEntity, profile_entity
from pyxiu.api.identity.kyc_refusals import REFUSALS, field_codes, refused
from pyxiu.identity.kyc.model import InvalidFields, Profile, ProfileFields, Refusal
from pyxiu.identity.kyc.profile_store import ProfileStore
from pyxiu.identity.kyc.read_fields import REQUIRED, read_profile
from pyxiu.identity.kyc.save_profile import create_profile, update_profile
from pyxiu.kit.clock import now_of

PREFIX: Final = "resource.profile"
NO_PROFILE: Final = WireError(404, "resource.profile.doesnt_exist")
_TRUE: Final = frozenset({"true", "1", "yes", "on", "t"})


class ProfileBody(msgspec.Struct):
    """Optional and untyped: a refused value has its own code."""

    first_name: Any = None
    last_name: Any = None
    dob: Any = None
    address: Any = None
    postcode: Any = None
    city: Any = None
    country: Any = None
    metadata: Any = None
    confirm: Any = None


_TEXT: Final = {"type": "string", "maxLength": 255}
PROFILE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "first_name": {**_TEXT, "description": "Letters, digits, spaces, hyphens and apostrophes."},
        "last_name": {**_TEXT, "description": "The same."},
        "dob": {**_TEXT, "description": "Date of birth: 1990-10-29 or 29/10/1990."},
        "address": _TEXT,
        "postcode": _TEXT,
        "city": _TEXT,
        "country": {**_TEXT, "description": "ISO 3166, alpha-2 or alpha-3."},
        "metadata": {"type": "string", "description": "JSON of an object, at most 4096 bytes."},
        "confirm": {"type": "boolean", "description": "Submit it: then nothing may be missing."},
    },
}
FIELD_CODES: Final = (
    *field_codes(PREFIX, REQUIRED, (*REQUIRED, "metadata")),
    "dob.in_future",
)


@endpoint(
    "GET",
    "/resource/profiles/me",
    group="barong",
    tag="KYC",
    private=True,
    returns=list[ProfileEntity],
    errors={404: (NO_PROFILE.code,)},
)
async def list_profiles(call: Call[NoQuery]) -> Reply:
    """Your profiles, the newest last."""
    services, user_id = call.identity, await own_user_id(call)
    async with services.database.connect() as connection:
        profiles = await ProfileStore(connection, services.sealer).of_user(user_id)
    if not profiles:
        raise refuse(NO_PROFILE)
    masked = services.settings.kyc.mask_personal
    return Reply([profile_entity(profile, masked=masked) for profile in profiles])


@endpoint(
    "POST",
    "/resource/profiles",
    group="barong",
    tag="KYC",
    private=True,
    status=201,
    body=ProfileBody,
    body_schema=PROFILE_SCHEMA,
    returns=ProfileEntity,
    errors={422: (REFUSALS[Refusal.PROFILE_OPEN].code, *FIELD_CODES)},
)
async def post_profile(call: Call[NoQuery]) -> Reply:
    """Begin a profile; with `confirm` hand it in at once.

    Only one at a time can be drafted or submitted; older ones stay as history.
    """
    fields = _fields(call)
    user = (await caller_of(call)).user
    made = await create_profile(call.identity, user, fields, confirm=_confirm(call))
    return _saved(call, made, status=201)


@endpoint(
    "PUT",
    "/resource/profiles",
    group="barong",
    tag="KYC",
    private=True,
    body=ProfileBody,
    body_schema=PROFILE_SCHEMA,
    returns=ProfileEntity,
    errors={404: (REFUSALS[Refusal.PROFILE_NOT_EDITABLE].code,), 422: FIELD_CODES},
)
async def put_profile(call: Call[NoQuery]) -> Reply:
    """Change your draft; with `confirm` hand it in. What is not sent stays as it is."""
    fields = _fields(call)
    user = (await caller_of(call)).user
    return _saved(call, await update_profile(call.identity, user, fields, confirm=_confirm(call)), status=200)


def _fields(call: Call[NoQuery]) -> ProfileFields:
    sent = {name: text_of(getattr(call.body, name)) for name in ProfileFields.__struct_fields__}
    fields = read_profile(sent, today=now_of(call.identity.clock).date())
    if isinstance(fields, InvalidFields):
        raise refused(fields, prefix=PREFIX)
    return fields


def _confirm(call: Call[NoQuery]) -> bool:
    return (text_of(call.body.confirm) or "").lower() in _TRUE


def _saved(call: Call[NoQuery], saved: Profile | InvalidFields | Refusal, *, status: int) -> Reply:
    if not isinstance(saved, Profile):
        raise refused(saved, prefix=PREFIX)
    return Reply(profile_entity(saved, masked=call.identity.settings.kyc.mask_personal), status)


ENDPOINTS: Final = (list_profiles, post_profile, put_profile)
