"""An endpoint of staff: declared with the ability that it needs, and refused without.

    @staff_endpoint("POST", "/admin/users/role", needs=manage(Kind.ABILITY), fields=RoleFields, returns=UserEntity)
    async def update_role(call: StaffCall[RoleFields]) -> Reply: ...

Invariant: there is no other way to declare one, so no route is without its check (a test tries each route as each
role); the role is the one in the database at the time of the request. Limit: paths are checked by permissions before,
objects by `may_change.py` after.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from pyxiu.api.admin.fields import Fields, decoder_struct, read_fields, schema_of
from pyxiu.api.admin.refusals import NOT_PERMITTED, REASON_MISSING, SECOND_FACTOR_NEEDED
from pyxiu.api.endpoint import Call, Endpoint, Method, NoQuery, Reply, endpoint
from pyxiu.api.errors import refuse
from pyxiu.api.params import Query, parse_query, query_values
from pyxiu.identity.accounts.store import user_by_id
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.factors.check_factor import enabled_factors
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.abilities import Kind, Need, Verb, can
from pyxiu.identity.staff.model import Act, Staff

F = TypeVar("F", bound=Query)
#: Methods whose parameters come in the query string.
_IN_QUERY: Final = frozenset({"GET", "DELETE"})

#: What each route of staff needs.
NEEDS: Final[dict[tuple[str, str], Need]] = {}


@dataclass(frozen=True)
class StaffCall(Generic[F]):
    """A request of staff that is permitted and whose parameters are valid."""

    call: Call[Any]
    staff: Staff
    given: F

    @property
    def services(self) -> IdentityServices:
        return self.call.staff

    def may(self, need: Need) -> bool:
        return can(self.staff.role, need)

    @property
    def act(self) -> Act:
        """For actions: who and why. Raises ApiError where a reason is demanded and missing."""
        reason = cast("Fields", self.given).reason
        if not (reason and reason.strip()) and self.services.settings.staff_reason:
            raise refuse(REASON_MISSING)
        return Act(self.staff, reason)


Handler = Callable[[StaffCall[Any]], Awaitable[Reply]]


def read(kind: Kind) -> Need:
    return Need(Verb.READ, kind)


def manage(kind: Kind) -> Need:
    return Need(Verb.MANAGE, kind)


def staff_endpoint(
    method: Method,
    path: str,
    *,
    needs: Need,
    fields: type[Query] = NoQuery,
    noun: str = "user",
    errors: dict[int, tuple[str, ...]] | None = None,
    **declaration: Any,
) -> Callable[[Handler], Endpoint]:
    """Declare the function below. `noun`: what `admin.<noun>.missing_<field>` names."""
    missing = f"admin.{noun}.missing_{{name}}"
    if method in _IN_QUERY:
        declaration |= {"query": fields, "late_query": True}
    elif fields is not NoQuery:
        declaration |= {"body": decoder_struct(fields), "body_schema": schema_of(fields)}

    def declare(handler: Handler) -> Endpoint:
        async def guarded(call: Call[Any]) -> Reply:
            staff = await _admitted(call, needs)
            return await handler(StaffCall(call, staff, _given(call, fields, missing)))

        guarded.__doc__ = handler.__doc__
        declared = endpoint(
            method,
            path,
            group="barong",
            tag="Admin",
            private=True,
            missing=missing,
            errors=_with_guard(errors or {}),
            **declaration,
        )(guarded)
        NEEDS[method, path] = needs
        return declared

    return declare


def _given(call: Call[Any], fields: type[Query], missing: str) -> Any:
    """The parameters, looked at after the ability: who may not ask is not told what to ask for."""
    if call.body is not None:
        return read_fields(call.body, fields, missing)
    return parse_query(fields, query_values(call.scope["query_string"]), missing=missing)


def _with_guard(errors: dict[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    codes = (NOT_PERMITTED.code, SECOND_FACTOR_NEEDED.code)
    return {**errors, 401: (*codes, *errors.get(401, ())), 422: (*errors.get(422, ()), REASON_MISSING.code)}


async def _admitted(call: Call[Any], needs: Need) -> Staff:
    """Who acts, by the database and not by what a session or token remembers."""
    services, member = call.staff, call.known_member
    async with services.database.connect() as connection:
        user = await user_by_id(connection, member.user_id)
        factors = await enabled_factors(connection, member.user_id)
    # A service account has the id of its owner, and is not staff because its owner is.
    if user is None or user.uid != member.uid:
        raise refuse(NOT_PERMITTED)
    if not can(user.role, needs):
        await _note_denied(call, user.id, needs)
        raise refuse(NOT_PERMITTED)
    if services.settings.staff_second_factor and not factors:
        raise refuse(SECOND_FACTOR_NEEDED)
    return Staff(user, call.client)


async def _note_denied(call: Call[Any], user_id: int, needs: Need) -> None:
    data = {"method": call.scope["method"], "path": call.scope["path"], "needs": f"{needs.verb} {needs.kind}"}
    denied = Activity(
        user_id=user_id, topic="admin", action="system", result=Result.DENIED, client=call.client, data=data
    )
    async with call.staff.database.begin() as connection:
        await record_activity(connection, denied)
