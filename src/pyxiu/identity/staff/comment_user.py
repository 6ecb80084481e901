"""Notes about a user, for staff only.

Invariant: who wrote a note is kept, and what it said before it was changed or removed is in the trail. Limit: anybody
of staff who may manage users may change a note, also about colleagues and the own account, as it decides nothing.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import user_by_id, user_by_uid
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff import comment_store
from pyxiu.identity.staff.model import Act, Comment, Refusal
from pyxiu.identity.staff.note import CREATE, DELETE, UPDATE, note


async def add_comment(services: IdentityServices, act: Act, uid: str, title: str, data: str) -> User | Refusal:
    """The user that it is about."""
    async with services.database.begin() as connection:
        user = await user_by_uid(connection, uid)
        if user is None:
            return Refusal.USER_UNKNOWN
        comment = await comment_store.add(connection, user.id, act.by.uid, title, data)
        await note(connection, act, topic="comments", action=CREATE, target_uid=uid, after=_shown(comment))
    return user


async def change_comment(
    services: IdentityServices, act: Act, comment_id: int, title: str | None, data: str | None
) -> User | Refusal:
    """What is None stays as it is."""
    async with services.database.begin() as connection:
        before = await comment_store.find(connection, comment_id)
        if before is None:
            return Refusal.COMMENT_UNKNOWN
        user = await _user_of(connection, before)
        after = await comment_store.change(
            connection, comment_id, before.title if title is None else title, before.data if data is None else data
        )
        shown = {"before": _shown(before), "after": _shown(after)}
        await note(connection, act, topic="comments", action=UPDATE, target_uid=user.uid, **shown)
    return user


async def remove_comment(services: IdentityServices, act: Act, comment_id: int) -> User | Refusal:
    async with services.database.begin() as connection:
        before = await comment_store.find(connection, comment_id)
        if before is None:
            return Refusal.COMMENT_UNKNOWN
        user = await _user_of(connection, before)
        await comment_store.remove(connection, comment_id)
        await note(connection, act, topic="comments", action=DELETE, target_uid=user.uid, before=_shown(before))
    return user


async def _user_of(connection: AsyncConnection, comment: Comment) -> User:
    user = await user_by_id(connection, comment.user_id)
    assert user is not None, comment.user_id
    return user


def _shown(comment: Comment) -> dict[str, Any]:
    return {"id": comment.id, "author_uid": comment.author_uid, "title": comment.title, "data": comment.data}
