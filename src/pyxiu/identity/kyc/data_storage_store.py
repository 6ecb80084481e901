"""Data storages in the database.

Invariant: one for each member and title. Limit: not sealed; it is not for secrets.
"""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.model import DataStorage
from pyxiu.identity.tables.kyc import data_storages


class DataStorageStore:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_user(self, user_id: int) -> list[DataStorage]:
        query = select(data_storages).where(data_storages.c.user_id == user_id).order_by(data_storages.c.id)
        return [_storage(row) for row in (await self._connection.execute(query)).mappings()]

    async def add(self, user_id: int, title: str, data: str) -> DataStorage | None:
        """None if there is one of this title."""
        written = await self._connection.execute(
            insert(data_storages)
            .values(user_id=user_id, title=title, data=data)
            .on_conflict_do_nothing(index_elements=["user_id", "title"])
            .returning(data_storages)
        )
        row = written.mappings().first()
        return None if row is None else _storage(row)

    async def remove(self, user_id: int, title: str) -> DataStorage | None:
        """What it was, None if there was none."""
        removed = await self._connection.execute(
            delete(data_storages)
            .where(data_storages.c.user_id == user_id, data_storages.c.title == title)
            .returning(data_storages)
        )
        row = removed.mappings().first()
        return None if row is None else _storage(row)


def _storage(row: RowMapping) -> DataStorage:
    return DataStorage(title=row["title"], data=row["data"], created_at=row["created_at"], updated_at=row["updated_at"])
