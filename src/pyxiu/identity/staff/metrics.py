"""The figures of staff's first page: sign-ups and log-ins by day, and how many profiles wait.

Invariant: counted from the trail, so they are there for any time. Limit: days are those of UTC.
"""

import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities import store
from pyxiu.identity.activities.model import ActivityFilter, Category
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff import user_store
from pyxiu.identity.staff.user_store import UserFilter

_LOGINS = ("login", "login::2fa")
_SUCCEED, _FAILED = "succeed", "failed"


class Metrics(msgspec.Struct, frozen=True):
    signups: dict[datetime.date, int]
    successful_logins: dict[datetime.date, int]
    failed_logins: dict[datetime.date, int]
    pending_applications: int


async def staff_metrics(
    services: IdentityServices, since: datetime.datetime | None, until: datetime.datetime | None
) -> Metrics:
    async with services.database.connect() as connection:
        pending = UserFilter(pending_documents=True)
        _, waiting = await user_store.page_of(connection, services.sealer, pending, limit=0, offset=0)
        return Metrics(
            await _by_day(connection, "account", ("signup",), _SUCCEED, since, until),
            await _by_day(connection, "session", _LOGINS, _SUCCEED, since, until),
            await _by_day(connection, "session", _LOGINS, _FAILED, since, until),
            waiting,
        )


async def _by_day(
    connection: AsyncConnection,
    topic: str,
    actions: tuple[str, ...],
    result: str,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
) -> dict[datetime.date, int]:
    counts: dict[datetime.date, int] = {}
    for action in actions:
        wanted = ActivityFilter(
            category=Category.USER.value, topic=topic, action=action, result=result, since=since, until=until
        )
        for day, count in await store.counts_by_day(connection, wanted):
            counts[day] = counts.get(day, 0) + count
    return dict(sorted(counts.items()))
