"""Note an action in the trail, in the db transaction of the change itself.

    await record_activity(connection, Activity(user_id=user.id, topic="password", action="change",
                                               result=Result.SUCCEED, client=client))

Invariant: a staff action and its link in the chain commit together with what it changed, or not at all. Limit: staff
actions wait for each other from this call to their commit, so make it the last thing before the end of the transaction.
"""

import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.activities import store
from pyxiu.identity.activities.chain import Link, hash_of
from pyxiu.identity.activities.model import Activity, Category, Result, StoredActivity
from pyxiu.identity.activities.redact import redacted

_AGENT_LENGTH_MAX = 500
_WORD_LENGTH_MAX = 255


async def record_activity(connection: AsyncConnection, activity: Activity) -> None:
    """Write one row. Secrets are taken out of `data`, `before` and `after`; long texts are cut."""
    if Category(activity.category) is Category.USER:
        await store.insert_activity(connection, _row(activity, await store.now(connection)))
        return
    end, written_at = await store.lock_chain(connection, activity.user_id)
    row = msgspec.structs.replace(_row(activity, written_at), chain_seq=end.seq + 1, prev_hash=end.hash)
    link = Link(end.seq + 1, hash_of(row, end.hash))
    await store.insert_activity(connection, msgspec.structs.replace(row, hash=link.hash))
    await store.move_chain_end(connection, link)


def _row(activity: Activity, written_at: datetime.datetime) -> StoredActivity:
    return StoredActivity(
        id=0,
        user_id=activity.user_id,
        target_uid=activity.target_uid,
        category=Category(activity.category).value,
        user_ip=_word(activity.client.ip),
        user_ip_country=_word(activity.client.country),
        user_agent=_clean(activity.client.user_agent)[:_AGENT_LENGTH_MAX],
        topic=_word(activity.topic),
        action=_word(activity.action),
        result=Result(activity.result).value,
        data=redacted(activity.data),
        reason=None if activity.reason is None else _clean(activity.reason)[:_AGENT_LENGTH_MAX],
        before=redacted(activity.before),
        after=redacted(activity.after),
        created_at=written_at,
    )


def _word(text: str) -> str:
    return _clean(text)[:_WORD_LENGTH_MAX]


def _clean(text: str) -> str:
    """Text that PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode(errors="replace").decode()
