"""The SQL of staff's notes."""

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.staff.model import Comment
from pyxiu.identity.tables.activities import comments


async def add(connection: AsyncConnection, user_id: int, author_uid: str, title: str, data: str) -> Comment:
    values = {"user_id": user_id, "author_uid": author_uid, "title": title, "data": data}
    row = (await connection.execute(insert(comments).values(values).returning(comments))).mappings().one()
    return Comment(**row)


async def find(connection: AsyncConnection, comment_id: int) -> Comment | None:
    query = select(comments).where(comments.c.id == comment_id).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Comment(**row)


async def change(connection: AsyncConnection, comment_id: int, title: str, data: str) -> Comment:
    statement = update(comments).where(comments.c.id == comment_id)
    statement = statement.values(title=title, data=data, updated_at=func.now())
    return Comment(**(await connection.execute(statement.returning(comments))).mappings().one())


async def remove(connection: AsyncConnection, comment_id: int) -> None:
    await connection.execute(delete(comments).where(comments.c.id == comment_id))


async def of_user(connection: AsyncConnection, user_id: int) -> list[Comment]:
    query = select(comments).where(comments.c.user_id == user_id).order_by(comments.c.id)
    return [Comment(**row) for row in (await connection.execute(query)).mappings()]
