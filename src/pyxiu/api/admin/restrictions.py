"""/admin/restrictions: who is let in or kept out by address, and the links that let somebody in."""

import datetime
from typing import Annotated, Final

import msgspec

from pyxiu.api.admin.entities import RestrictionEntity, restriction_entity
from pyxiu.api.admin.fields import Fields, Word
from pyxiu.api.admin.periods import Period, PeriodPage
from pyxiu.api.admin.refusals import error_codes
from pyxiu.api.admin.rules import delete_rule, post_rule, put_rule
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, read, staff_endpoint
from pyxiu.api.endpoint import Reply, paginated
from pyxiu.api.pagination import paged
from pyxiu.api.params import Choice, Integer
from pyxiu.identity.access.model import Category, Restriction, RestrictionScope, RestrictionState
from pyxiu.identity.access.restrictions import CODE_MAX, CODE_MIN, RESTRICTIONS
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.access.whitelinks import EXPIRE_MAX, EXPIRE_MIN
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.add_whitelink import add_whitelink
from pyxiu.identity.staff.model import Refusal

ID_MAX: Final = (1 << 63) - 1
Id = Annotated[
    int, Integer(1, ID_MAX, "admin.restriction.non_integer_id", "admin.restriction.invalid_id", "Which row.")
]
_SCOPE: Final = Choice(tuple(RestrictionScope), "admin.restriction.invalid_scope", "What `value` is.")
_CATEGORY: Final = Choice(tuple(Category), "admin.restriction.invalid_category", "What it does.")
_STATE: Final = Choice(tuple(RestrictionState), "admin.restriction.invalid_state", "Whether it counts.")
_VALUE: Final = Word(
    "admin.restriction.empty_value",
    "admin.restriction.invalid_value",
    "An address, a network as 10.0.0.0/8, an ISO code of a country or continent, or all.",
    64,
)
_CODE: Final = Integer(
    CODE_MIN,
    CODE_MAX,
    "admin.restriction.non_integer_code",
    "admin.restriction.invalid_code",
    "The status to answer with.",
)
_INVALID: Final = (
    "admin.restriction.invalid_category",
    "admin.restriction.invalid_scope",
    "admin.restriction.invalid_value",
    "admin.restriction.invalid_state",
    "admin.restriction.invalid_code",
    "value.taken",
)
_UNITS: Final = {"day": datetime.timedelta(days=1), "hour": datetime.timedelta(hours=1)}


class RestrictionsQuery(PeriodPage, frozen=True, kw_only=True):
    scope: Annotated[str | None, _SCOPE] = None
    category: Annotated[str | None, _CATEGORY] = None
    range_: Period = "created"


class AddFields(Fields, frozen=True, kw_only=True):
    scope: Annotated[str, _SCOPE]
    value: Annotated[str, _VALUE]
    category: Annotated[str, _CATEGORY]
    state: Annotated[str, _STATE] = RestrictionState.ENABLED.value
    code: Annotated[int | None, _CODE] = None


class ChangeFields(Fields, frozen=True, kw_only=True):
    id: Id
    scope: Annotated[str | None, _SCOPE] = None
    category: Annotated[str | None, _CATEGORY] = None
    value: Annotated[str | None, _VALUE] = None
    state: Annotated[str | None, _STATE] = None
    code: Annotated[int | None, _CODE] = None


class RemoveFields(Fields, frozen=True, kw_only=True):
    id: Id


class WhitelinkFields(Fields, frozen=True, kw_only=True):
    expire_time: Annotated[
        int,
        Integer(
            EXPIRE_MIN,
            EXPIRE_MAX,
            "admin.restriction.non_integer_expire_time",
            "admin.restriction.invalid_expire_time",
            "For how many days or hours it works.",
        ),
    ] = EXPIRE_MIN
    range_: Annotated[str, Choice(tuple(_UNITS), "admin.restriction.invalid_range", "Days or hours.")] = "day"


class Whitelink(msgspec.Struct, frozen=True):
    """A token that lets an address in: posted from there to /identity/users/access."""

    whitelink_token: str


@staff_endpoint(
    "GET",
    "/admin/restrictions",
    needs=read(Kind.RESTRICTION),
    fields=RestrictionsQuery,
    noun="restriction",
    returns=list[RestrictionEntity],
    headers=paginated(),
)
async def list_restrictions(call: StaffCall[RestrictionsQuery]) -> Reply:
    """All restrictions, or those that fit every filter."""
    async with call.services.database.connect() as connection:
        rows = await AccessStore(connection).rules(Restriction)
    return paged([row for row in rows if _fits(row, call.given)], call.given, restriction_entity)


@staff_endpoint(
    "POST",
    "/admin/restrictions",
    needs=manage(Kind.RESTRICTION),
    fields=AddFields,
    noun="restriction",
    returns=RestrictionEntity,
    errors={422: _INVALID},
)
async def post_restriction(call: StaffCall[AddFields]) -> Reply:
    """Add a restriction; it counts in every process within a second.

    Categories in their order: whitelist lets in whatever else says; maintenance and blacklist keep out; blocklogin
    keeps from logging in, and ends all sessions when it is enabled.
    """
    return await post_rule(call, RESTRICTIONS, restriction_entity)


@staff_endpoint(
    "PUT",
    "/admin/restrictions",
    needs=manage(Kind.RESTRICTION),
    fields=ChangeFields,
    noun="restriction",
    returns=RestrictionEntity,
    errors={**error_codes(Refusal.ROW_UNKNOWN), 422: _INVALID},
)
async def put_restriction(call: StaffCall[ChangeFields]) -> Reply:
    """Change a restriction; what is not given stays."""
    return await put_rule(call, RESTRICTIONS, restriction_entity)


@staff_endpoint(
    "DELETE",
    "/admin/restrictions",
    needs=manage(Kind.RESTRICTION),
    fields=RemoveFields,
    noun="restriction",
    returns=None,
    errors=error_codes(Refusal.ROW_UNKNOWN),
)
async def delete_restriction(call: StaffCall[RemoveFields]) -> Reply:
    """Remove a restriction."""
    return await delete_rule(call, RESTRICTIONS)


@staff_endpoint(
    "POST",
    "/admin/restrictions/whitelink",
    needs=manage(Kind.RESTRICTION),
    fields=WhitelinkFields,
    noun="restriction",
    returns=Whitelink,
)
async def post_whitelink(call: StaffCall[WhitelinkFields]) -> Reply:
    """Make a token that lets an address in. It is shown once."""
    lifetime = call.given.expire_time * _UNITS[call.given.range_]
    return Reply(Whitelink(await add_whitelink(call.services, call.act, lifetime)))


def _fits(row: Restriction, given: RestrictionsQuery) -> bool:
    moment = row.created_at if given.range_ == "created" else row.updated_at
    in_period = (given.since is None or moment >= given.since) and (given.until is None or moment < given.until)
    return in_period and given.scope in {None, row.scope.value} and given.category in {None, row.category.value}


ENDPOINTS: Final = (list_restrictions, post_restriction, put_restriction, delete_restriction, post_whitelink)
