"""/admin/metrics, /admin/levels, /admin/abilities and /admin/api_keys: what staff looks at and does not change."""

import datetime
from typing import Annotated, Final

import msgspec

from pyxiu.api.admin.entities import LevelEntity, level_entity
from pyxiu.api.admin.fields import Word
from pyxiu.api.admin.refusals import USER_UNKNOWN
from pyxiu.api.admin.staff_endpoint import StaffCall, read, staff_endpoint
from pyxiu.api.endpoint import NoQuery, Reply, paginated
from pyxiu.api.errors import ApiError, refuse
from pyxiu.api.identity.api_keys import ApiKeyEntity, key_entity
from pyxiu.api.moments import moment_of
from pyxiu.api.pagination import Ordering, Paged, page_headers
from pyxiu.api.params import Choice, Query, Text
from pyxiu.identity.accounts.store import user_by_uid
from pyxiu.identity.api_keys import store as key_store
from pyxiu.identity.labels.store import all_levels
from pyxiu.identity.staff.abilities import Kind, abilities_of
from pyxiu.identity.staff.metrics import staff_metrics

_DATE_LENGTH_MAX: Final = 40
INVALID_DATE: Final = "admin.metrics.invalid_date"


class MetricsQuery(Query, frozen=True, kw_only=True):
    created_from: Annotated[str | None, Text(INVALID_DATE, "A day, 2026-03-01, a time or seconds since 1970.")] = None
    created_to: Annotated[str | None, Text(INVALID_DATE, "The same; not included.")] = None


class KeysQuery(Paged, frozen=True, kw_only=True):
    uid: Annotated[str, Word("admin.user.empty_uid", "admin.user.invalid_uid", "Whose keys.")]
    ordering: Ordering = "asc"
    order_by: Annotated[
        str, Choice(key_store.ORDERS, "admin.api_key.invalid_order_by", "What the list is ordered by.")
    ] = "id"


class MetricsEntity(msgspec.Struct, frozen=True):
    """Figures by day (UTC). `sucessful_logins` is spelt as the wire has always spelt it."""

    signups: dict[str, int]
    sucessful_logins: dict[str, int]
    failed_logins: dict[str, int]
    pending_applications: int


class AbilitiesEntity(msgspec.Struct, frozen=True):
    """What the caller's role may do: `manage` includes reading."""

    manage: list[str]
    read: list[str]


@staff_endpoint(
    "GET",
    "/admin/metrics",
    needs=read(Kind.USER),
    fields=MetricsQuery,
    noun="metrics",
    returns=MetricsEntity,
    errors={422: (INVALID_DATE,)},
)
async def show_metrics(call: StaffCall[MetricsQuery]) -> Reply:
    """Sign-ups and log-ins by day, and how many members wait for a decision about documents."""
    since, until = moment(call.given.created_from), moment(call.given.created_to)
    found = await staff_metrics(call.services, since, until)
    return Reply(
        MetricsEntity(
            signups=_days(found.signups),
            sucessful_logins=_days(found.successful_logins),
            failed_logins=_days(found.failed_logins),
            pending_applications=found.pending_applications,
        )
    )


@staff_endpoint("GET", "/admin/levels", needs=read(Kind.LEVEL), returns=list[LevelEntity])
async def list_levels(call: StaffCall[NoQuery]) -> Reply:
    """The levels in their order: who has the private labels of levels 1 to n is on level n."""
    async with call.services.database.connect() as connection:
        levels = await all_levels(connection)
    return Reply([level_entity(level) for level in levels])


@staff_endpoint("GET", "/admin/abilities", needs=read(Kind.ABILITY), returns=AbilitiesEntity)
async def show_abilities(call: StaffCall[NoQuery]) -> Reply:
    """What your role may do here."""
    abilities = abilities_of(call.staff.role)
    return Reply(AbilitiesEntity([kind.value for kind in abilities.manage], [kind.value for kind in abilities.read]))


@staff_endpoint(
    "GET",
    "/admin/api_keys",
    needs=read(Kind.API_KEY),
    fields=KeysQuery,
    noun="api_key",
    returns=list[ApiKeyEntity],
    headers=paginated(),
    errors={404: (USER_UNKNOWN.code,)},
)
async def list_api_keys(call: StaffCall[KeysQuery]) -> Reply:
    """The API keys of a user, without their secrets."""
    given = call.given
    async with call.services.database.connect() as connection:
        user = await user_by_uid(connection, given.uid)
        if user is None:
            raise refuse(USER_UNKNOWN)
        holder = key_store.Holder(user.id)
        keys = await key_store.keys_of(
            connection,
            holder,
            order_by=given.order_by,
            descending=given.ordering == "desc",
            limit=given.limit,
            offset=(given.page - 1) * given.limit,
        )
        total = await key_store.count_keys(connection, holder)
    headers = page_headers(limit=given.limit, page=given.page, total=total)
    return Reply([key_entity(key) for key in keys], headers=headers)


def moment(text: str | None) -> datetime.datetime | None:
    """A day, a time or seconds. Raises ApiError 422."""
    if not text:
        return None
    try:
        if text.isascii() and text.isdecimal():
            return moment_of(int(text[:_DATE_LENGTH_MAX]))
        parsed = datetime.datetime.fromisoformat(text)
        # The first and the last hours of the calendar are none everywhere.
        return parsed.replace(tzinfo=parsed.tzinfo or datetime.UTC).astimezone(datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise ApiError(422, (INVALID_DATE,)) from None


def _days(counts: dict[datetime.date, int]) -> dict[str, int]:
    return {day.isoformat(): count for day, count in counts.items()}


ENDPOINTS: Final = (show_metrics, list_levels, show_abilities, list_api_keys)
