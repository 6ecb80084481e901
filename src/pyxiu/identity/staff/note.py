"""The audit entry of a staff action; the last statement of its db transaction."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities.model import Activity, Category, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.staff.model import Act

CREATE: Final = "create"
UPDATE: Final = "update"
DELETE: Final = "delete"


async def note(
    connection: AsyncConnection,
    act: Act,
    *,
    topic: str,
    action: str,
    target_uid: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    await record_activity(
        connection,
        Activity(
            user_id=act.by.user.id,
            category=Category.ADMIN,
            target_uid=target_uid,
            topic=topic,
            action=action,
            result=Result.SUCCEED,
            client=act.by.client,
            reason=act.reason,
            before=before,
            after=after,
        ),
    )
