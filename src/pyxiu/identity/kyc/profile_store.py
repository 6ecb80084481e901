"""Profiles in the database.

Invariant: what is personal is sealed before it is written and opened after it is read; a member has at most one open
profile, by a unique index. Limit: names are found whole or not at all.
"""

import datetime
import secrets
from typing import Any

import msgspec
from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.model import OPEN_STATES, Profile, ProfileFields, ProfileState
from pyxiu.identity.kyc.purposes import PROFILE, name_index, pii
from pyxiu.identity.ports import Sealer
from pyxiu.identity.tables.kyc import profiles


class _Personal(msgspec.Struct, frozen=True, array_like=True):
    first_name: str | None
    last_name: str | None
    dob: datetime.date | None
    address: str | None


class ProfileStore:
    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def of_user(self, user_id: int) -> list[Profile]:
        """All that the member has had, the newest last."""
        return await self._found(select(profiles).where(profiles.c.user_id == user_id).order_by(profiles.c.id))

    async def latest(self, user_id: int) -> Profile | None:
        query = select(profiles).where(profiles.c.user_id == user_id).order_by(profiles.c.id.desc()).limit(1)
        found = await self._found(query)
        return found[0] if found else None

    async def page(self, user_id: int | None, *, limit: int, offset: int) -> tuple[list[Profile], int]:
        """Of one member or of all, the newest first; and how many there are."""
        query = select(profiles)
        if user_id is not None:
            query = query.where(profiles.c.user_id == user_id)
        total = await self._connection.execute(select(func.count()).select_from(query.subquery()))
        found = await self._found(query.order_by(profiles.c.id.desc()).limit(limit).offset(offset))
        return found, int(total.scalar_one())

    async def of_applicant(self, applicant_id: str) -> Profile | None:
        found = await self._found(select(profiles).where(profiles.c.applicant_id == applicant_id))
        return found[0] if found else None

    async def add(
        self, user_id: int, fields: ProfileFields, state: ProfileState, author_uid: str | None = None
    ) -> Profile | None:
        """None if the member has an open one."""
        written = await self._connection.execute(
            insert(profiles)
            .values(
                user_id=user_id,
                author_uid=author_uid,
                applicant_id=secrets.token_hex(16),
                state=state.value,
                **self._columns(user_id, fields),
            )
            .on_conflict_do_nothing(
                index_elements=["user_id"], index_where=profiles.c.state.in_([one.value for one in OPEN_STATES])
            )
            .returning(profiles)
        )
        row = written.mappings().first()
        return None if row is None else self._profile(row)

    async def write(self, profile: Profile, fields: ProfileFields, state: ProfileState) -> Profile:
        return await self._updated(profile, {"state": state.value, **self._columns(profile.user_id, fields)})

    async def decide(self, profile: Profile, state: ProfileState, *, reviewed_by: str, reason: str | None) -> Profile:
        return await self._updated(profile, {"state": state.value, "reviewed_by": reviewed_by, "reason": reason})

    async def _updated(self, profile: Profile, values: dict[str, Any]) -> Profile:
        written = await self._connection.execute(
            update(profiles)
            .where(profiles.c.id == profile.id)
            .values(updated_at=func.now(), **values)
            .returning(profiles)
        )
        return self._profile(written.mappings().one())

    async def _found(self, query: Select[Any]) -> list[Profile]:
        return [self._profile(row) for row in (await self._connection.execute(query)).mappings()]

    def _columns(self, user_id: int, fields: ProfileFields) -> dict[str, Any]:
        personal = _Personal(fields.first_name, fields.last_name, fields.dob, fields.address)
        return {
            "personal": self._sealer.seal(msgspec.json.encode(personal), pii(user_id, PROFILE)),
            **_indexes(self._sealer, personal),
            "postcode": fields.postcode,
            "city": fields.city,
            "country": fields.country,
            "metadata": fields.metadata,
        }

    def _profile(self, row: RowMapping) -> Profile:
        opened = self._sealer.open(row["personal"], pii(row["user_id"], PROFILE))
        personal = msgspec.json.decode(opened, type=_Personal)
        return Profile(
            id=row["id"],
            user_id=row["user_id"],
            author_uid=row["author_uid"],
            applicant_id=row["applicant_id"],
            fields=ProfileFields(
                first_name=personal.first_name,
                last_name=personal.last_name,
                dob=personal.dob,
                address=personal.address,
                postcode=row["postcode"],
                city=row["city"],
                country=row["country"],
                metadata=row["metadata"],
            ),
            state=ProfileState(row["state"]),
            reason=row["reason"],
            reviewed_by=row["reviewed_by"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )


def name_indexes(sealer: Sealer, opened: bytes) -> dict[str, Any]:
    """The columns that names are found by, for the opened value of `personal`."""
    return _indexes(sealer, msgspec.json.decode(opened, type=_Personal))


def _indexes(sealer: Sealer, personal: _Personal) -> dict[str, Any]:
    names = {"first_name": personal.first_name, "last_name": personal.last_name}
    return {
        f"{field}_index": None if name is None else name_index(sealer, name, field)[0] for field, name in names.items()
    }
