"""Phones in the database.

Invariant: numbers are sealed; a number is found by its fingerprint and then compared itself, and only one member can
have it verified, by a unique index and, across a key rotation, by a lock on the number. Limit: codes are kept as keyed
hashes only.
"""

import datetime
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.model import Phone
from pyxiu.identity.kyc.purposes import PHONE, number_index, pii
from pyxiu.identity.ports import Sealer
from pyxiu.identity.tables.kyc import phones


class PhoneStore:
    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def lock(self, number: str) -> None:
        """Until the end of the transaction nobody else decides about this number."""
        key = int.from_bytes(number_index(self._sealer, number)[-1][:8], "big", signed=True)
        await self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    async def of_user(self, user_id: int) -> list[Phone]:
        return await self._found(select(phones).where(phones.c.user_id == user_id).order_by(phones.c.id))

    async def holders(self, number: str, *, user_id: int) -> list[Phone]:
        """This member's row of the number, and anybody's who has it verified; rows are locked."""
        query = (
            select(phones)
            .where(
                phones.c.number_index.in_(number_index(self._sealer, number)),
                or_(phones.c.user_id == user_id, phones.c.validated_at.is_not(None)),
            )
            .with_for_update()
        )
        # A fingerprint only finds candidates; the number itself decides.
        return [phone for phone in await self._found(query) if phone.number == number]

    async def add(self, user_id: int, number: str, country: str) -> Phone | None:
        """None if the member has it."""
        written = await self._connection.execute(
            insert(phones)
            .values(
                user_id=user_id,
                number=self._sealer.seal(number.encode(), pii(user_id, PHONE)),
                number_index=number_index(self._sealer, number)[0],
                country=country,
            )
            .on_conflict_do_nothing(index_elements=["user_id", "number_index"])
            .returning(phones)
        )
        row = written.mappings().first()
        return None if row is None else self._phone(row)

    async def remove(self, phone: Phone) -> None:
        await self._connection.execute(delete(phones).where(phones.c.id == phone.id))

    async def set_code(self, phone: Phone, code_hash: bytes, expires_at: datetime.datetime) -> None:
        await self._update(phone, code_hash=code_hash, code_expires_at=expires_at, code_tries=0)

    async def count_try(self, phone: Phone) -> None:
        await self._update(phone, code_tries=phones.c.code_tries + 1)

    async def set_validated(self, phone: Phone, at: datetime.datetime) -> None:
        await self._update(phone, code_hash=None, code_expires_at=None, validated_at=at)

    async def _update(self, phone: Phone, **values: Any) -> None:
        changed = update(phones).where(phones.c.id == phone.id).values(updated_at=func.now(), **values)
        await self._connection.execute(changed)

    async def _found(self, query: Select[Any]) -> list[Phone]:
        return [self._phone(row) for row in (await self._connection.execute(query)).mappings()]

    def _phone(self, row: RowMapping) -> Phone:
        return Phone(
            id=row["id"],
            user_id=row["user_id"],
            number=self._sealer.open(row["number"], pii(row["user_id"], PHONE)).decode(),
            country=row["country"],
            validated_at=row["validated_at"],
            code_hash=row["code_hash"],
            code_expires_at=row["code_expires_at"],
            code_tries=row["code_tries"],
        )
