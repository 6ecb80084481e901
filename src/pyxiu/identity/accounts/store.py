"""The SQL of users. Invariant: a password's hash leaves it only for the check of that password."""

import datetime
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Select, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.model import LIVE_STATES, User
from pyxiu.identity.tables.accounts import users

SUPERADMIN: Final = "superadmin"
_COLUMNS: Final = tuple(users.c[name] for name in User.__struct_fields__)


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """What an account begins with."""

    uid: str
    email: str
    password_hash: str
    username: str | None = None
    role: str = "member"
    state: str = "pending"
    level: int = 0
    otp: bool = False
    language: str = "en"
    fee_group: str = "vip-0"
    data: str | None = None
    referral_id: int | None = None


class Standing(NamedTuple):
    """What state and level are computed from, beside labels."""

    user: User
    staff_state: str | None


async def insert_user(connection: AsyncConnection, new: NewUser) -> User | str:
    """The user, or which of `email`, `username`, `uid` is somebody's already."""
    statement = insert(users).values(msgspec.structs.asdict(new)).returning(*_COLUMNS)
    try:
        async with connection.begin_nested():
            return _user((await connection.execute(statement)).one())
    except IntegrityError as error:
        for column in ("email", "username", "uid"):
            if f"users_{column}_key" in str(error.orig):
                return column
        raise


async def user_by_id(connection: AsyncConnection, user_id: int) -> User | None:
    return await _one(connection, select(*_COLUMNS).where(users.c.id == user_id))


async def user_by_uid(connection: AsyncConnection, uid: str) -> User | None:
    return await _one(connection, select(*_COLUMNS).where(users.c.uid == uid))


async def user_by_username(connection: AsyncConnection, username: str) -> User | None:
    return await _one(connection, select(*_COLUMNS).where(users.c.username == username))


async def usernames_of(connection: AsyncConnection, uids: Sequence[str]) -> dict[str, str | None]:
    """By uid; None of those who have none."""
    query = select(users.c.uid, users.c.username).where(users.c.uid.in_(list(uids)))
    return {row.uid: row.username for row in await connection.execute(query)}


async def user_by_email(connection: AsyncConnection, email: str) -> User | None:
    return await _one(connection, select(*_COLUMNS).where(users.c.email == email))


async def lock_user(connection: AsyncConnection, user_id: int) -> User:
    """The user, whom nobody else changes before this db transaction ends."""
    return (await lock_standing(connection, user_id)).user


async def lock_standing(connection: AsyncConnection, user_id: int) -> Standing:
    # Not the strongest lock: others may write rows that refer to this user meanwhile, or they would wait in a circle.
    query = select(*_COLUMNS, users.c.staff_state).where(users.c.id == user_id).with_for_update(key_share=True)
    row = (await connection.execute(query)).one()
    return Standing(_user(row[:-1]), row[-1])


async def with_password(connection: AsyncConnection, email: str) -> tuple[User, str] | None:
    """The user of an e-mail and the hash to check."""
    row = (await connection.execute(select(*_COLUMNS, users.c.password_hash).where(users.c.email == email))).first()
    return None if row is None else (_user(row[:-1]), row[-1])


async def password_hash_of(connection: AsyncConnection, user_id: int) -> str:
    query = select(users.c.password_hash).where(users.c.id == user_id)
    password_hash: str = (await connection.execute(query)).scalar_one()
    return password_hash


async def update_user(connection: AsyncConnection, user_id: int, values: dict[str, Any]) -> User:
    statement = update(users).where(users.c.id == user_id).values(values)
    return _user((await connection.execute(statement.returning(*_COLUMNS))).one())


async def set_password(connection: AsyncConnection, user_id: int, password_hash: str) -> None:
    await connection.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


async def replace_hash(connection: AsyncConnection, user_id: int, *, old: str, new: str) -> None:
    """Keep a better hash of the same password, unless the password was changed meanwhile."""
    where = (users.c.id == user_id, users.c.password_hash == old)
    await connection.execute(update(users).where(*where).values(password_hash=new))


async def withdraw_from(connection: AsyncConnection, user_id: int) -> datetime.datetime | None:
    """When withdrawals may begin again; None or a time that is over: now."""
    moment: datetime.datetime | None = await connection.scalar(
        select(users.c.withdraw_from).where(users.c.id == user_id)
    )
    return moment


async def has_superadmin(connection: AsyncConnection) -> bool:
    """Whether there is one who can log in."""
    live = users.c.state.in_([state.value for state in LIVE_STATES])
    found: bool = (await connection.execute(select(exists().where(users.c.role == SUPERADMIN, live)))).scalar_one()
    return found


async def _one(connection: AsyncConnection, query: Select[Any]) -> User | None:
    row = (await connection.execute(query)).first()
    return None if row is None else _user(row)


def _user(row: Any) -> User:
    return msgspec.convert(
        dict(zip(User.__struct_fields__, row, strict=True)), User, builtin_types=(datetime.datetime,)
    )
