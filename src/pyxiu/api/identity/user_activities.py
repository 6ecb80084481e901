"""GET /resource/users/activity/{topic}: what was done with the caller's own account."""

from typing import Annotated, Final

import msgspec

from pyxiu.api.endpoint import Call, Reply, endpoint, paginated
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.identity.caller import own_user_id
from pyxiu.api.moments import moment_of
from pyxiu.api.pagination import Paged, page_headers
from pyxiu.api.params import Choice, Integer
from pyxiu.api.wire.texts import iso8601_of
from pyxiu.identity.activities.model import ActivityFilter, Category, Result, StoredActivity
from pyxiu.identity.activities.store import page_of

TOPICS: Final = ("all", "session", "otp", "password", "account")
WRONG_TOPIC: Final = WireError(422, "resource.user.wrong_topic")
_SECONDS_MAX: Final = 4_102_444_800


def _time(name: str, description: str) -> Integer:
    invalid = f"resource.user.invalid_{name}"
    return Integer(0, _SECONDS_MAX, malformed=invalid, outside=invalid, description=description)


class ActivityQuery(Paged, frozen=True):
    time_from: Annotated[int | None, _time("time_from", "Unix seconds: not before.")] = None
    time_to: Annotated[int | None, _time("time_to", "Unix seconds: before.")] = None
    result: Annotated[
        str | None, Choice(tuple(Result), "resource.user.invalid_result", "Only those that ended so.")
    ] = None


class ActivityEntity(msgspec.Struct, frozen=True):
    """Something that was done with an account."""

    id: int
    user_ip: str
    user_ip_country: Annotated[str, msgspec.Meta(description="ISO 3166 alpha-2, empty where it is not known.")]
    user_agent: str
    topic: str
    action: str
    result: Annotated[str, msgspec.Meta(description="succeed, failed or denied.")]
    data: Annotated[str | None, msgspec.Meta(description="JSON as text.")]
    created_at: str


@endpoint(
    "GET",
    "/resource/users/activity/{topic}",
    group="barong",
    tag="Account settings",
    private=True,
    query=ActivityQuery,
    returns=list[ActivityEntity],
    headers=paginated(),
    errors={
        422: (
            WRONG_TOPIC.code,
            "resource.user.invalid_time_from",
            "resource.user.invalid_time_to",
            "resource.user.invalid_result",
        )
    },
    path_parameters={"topic": f"One of {', '.join(TOPICS)}."},
)
async def list_activities(call: Call[ActivityQuery]) -> Reply:
    """What was done with your account, the latest first."""
    topic, query = call.path["topic"], call.query
    if topic not in TOPICS:
        raise refuse(WRONG_TOPIC)
    wanted = ActivityFilter(
        category=Category.USER.value,
        user_id=await own_user_id(call),
        topic=None if topic == "all" else topic,
        result=query.result,
        since=moment_of(query.time_from),
        until=moment_of(query.time_to),
    )
    async with call.identity.database.connect() as connection:
        rows, total = await page_of(connection, wanted, limit=query.limit, offset=(query.page - 1) * query.limit)
    headers = page_headers(limit=query.limit, page=query.page, total=total)
    return Reply([_entity(row) for row in rows], headers=headers)


def _entity(row: StoredActivity) -> ActivityEntity:
    return ActivityEntity(
        id=row.id,
        user_ip=row.user_ip,
        user_ip_country=row.user_ip_country,
        user_agent=row.user_agent,
        topic=row.topic,
        action=row.action,
        result=row.result,
        data=None if row.data is None else msgspec.json.encode(row.data).decode(),
        created_at=iso8601_of(row.created_at),
    )


ENDPOINTS: Final = (list_activities,)
