"""/admin/activities: what users did, and what staff did."""

from typing import Annotated, Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.api.admin.entities import StaffActivity, UserActivity, staff_activity, user_activity
from pyxiu.api.admin.periods import Period, PeriodPage
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, read, staff_endpoint
from pyxiu.api.endpoint import Reply, paginated
from pyxiu.api.pagination import page_headers
from pyxiu.api.params import Text
from pyxiu.identity.activities import store
from pyxiu.identity.activities.model import ActivityFilter, Category, StoredActivity
from pyxiu.identity.staff import user_store
from pyxiu.identity.staff.abilities import Kind

_FILTER: Final = Text("admin.activity.invalid_filter", "Exactly this.")


class ActivitiesQuery(PeriodPage, frozen=True, kw_only=True):
    topic: Annotated[str | None, _FILTER] = None
    action: Annotated[str | None, _FILTER] = None
    uid: Annotated[str | None, _FILTER] = None
    email: Annotated[str | None, _FILTER] = None


class StaffActivitiesQuery(ActivitiesQuery, frozen=True, kw_only=True):
    target_uid: Annotated[str | None, _FILTER] = None
    range_: Period = "created"


@staff_endpoint(
    "GET",
    "/admin/activities",
    needs=read(Kind.ACTIVITY),
    fields=ActivitiesQuery,
    noun="activity",
    returns=list[UserActivity],
    headers=paginated(),
)
async def list_activities(call: StaffCall[ActivitiesQuery]) -> Reply:
    """What users did: log-ins, changes of passwords and factors, refused attempts. The newest first."""
    async with call.services.database.connect() as connection:
        rows, total = await _page(connection, call.given, Category.USER)
        users = await user_store.by_ids(connection, [row.user_id for row in rows if row.user_id is not None])
    body = [user_activity(row, users.get(row.user_id or 0)) for row in rows]
    return Reply(body, headers=page_headers(limit=call.given.limit, page=call.given.page, total=total))


@staff_endpoint(
    "GET",
    "/admin/activities/admin",
    needs=manage(Kind.ACTIVITY),
    fields=StaffActivitiesQuery,
    noun="activity",
    returns=list[StaffActivity],
    headers=paginated(),
)
async def list_staff_activities(call: StaffCall[StaffActivitiesQuery]) -> Reply:
    """What staff did, with what was before and after, and why: the audit trail. Superadmins only; the newest first.

    Activities never change, so both values of `range` mean the time when they were written.
    """
    async with call.services.database.connect() as connection:
        rows, total = await _page(connection, call.given, Category.ADMIN, target_uid=call.given.target_uid)
        admins = await user_store.by_ids(connection, [row.user_id for row in rows if row.user_id is not None])
        targets = await user_store.by_uids(connection, [row.target_uid for row in rows if row.target_uid is not None])
    body = [staff_activity(row, admins.get(row.user_id or 0), targets.get(row.target_uid or "")) for row in rows]
    return Reply(body, headers=page_headers(limit=call.given.limit, page=call.given.page, total=total))


async def _page(
    connection: AsyncConnection, given: ActivitiesQuery, category: Category, **more: Any
) -> tuple[list[StoredActivity], int]:
    same = {name: getattr(given, name) for name in ("topic", "action", "uid", "email")}
    wanted = ActivityFilter(category=category.value, since=given.since, until=given.until, **same, **more)
    return await store.page_of(connection, wanted, limit=given.limit, offset=(given.page - 1) * given.limit)


ENDPOINTS: Final = (list_activities, list_staff_activities)
