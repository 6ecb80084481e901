"""The SQL of sessions. Rows of ended ones stay for a while: they say which devices a user has."""

import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.model import Client, User
from pyxiu.identity.sessions.model import Device
from pyxiu.identity.tables.accounts import sessions, users

_USER_COLUMNS: Final = tuple(users.c[name].label(f"user_{name}") for name in User.__struct_fields__)
_DEVICE_COLUMNS: Final = tuple(sessions.c[name] for name in Device.__struct_fields__)
_OPEN: Final = sessions.c.ended_at.is_(None)


class Found(msgspec.Struct, frozen=True):
    """An open session with its owner."""

    id: int
    csrf_token: str
    ip: str
    user_agent: str
    seen_at: datetime.datetime
    expires_at: datetime.datetime
    user: User

    def __repr__(self) -> str:
        return f"Found(id={self.id})"


async def insert_session(connection: AsyncConnection, values: dict[str, Any]) -> int:
    row = await connection.execute(insert(sessions).values(values).returning(sessions.c.id))
    session_id: int = row.scalar_one()
    return session_id


async def open_session_of(connection: AsyncConnection, token_hash: bytes) -> Found | None:
    """The session of a token, unless it was ended; it may have expired."""
    return await _open_session(connection, sessions.c.token_hash == token_hash)


async def open_session_with(connection: AsyncConnection, session_id: int) -> Found | None:
    """The same, of an id."""
    return await _open_session(connection, sessions.c.id == session_id)


async def _open_session(connection: AsyncConnection, which: ColumnElement[bool]) -> Found | None:
    names = ("id", "csrf_token", "ip", "user_agent", "seen_at", "expires_at")
    query = (
        select(*(sessions.c[name] for name in names), *_USER_COLUMNS)
        .join(users, users.c.id == sessions.c.user_id)
        .where(which, _OPEN)
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    fields = dict(zip(User.__struct_fields__, row[len(names) :], strict=True))
    user = msgspec.convert(fields, User, builtin_types=(datetime.datetime,))
    return Found(**dict(zip(names, row[: len(names)], strict=True)), user=user)


async def was_ended(connection: AsyncConnection, session_id: int | None) -> bool:
    """Whether the session of a request was ended since it came in. None: it came without one."""
    return session_id is not None and await _exists(connection, sessions.c.id == session_id, ~_OPEN)


async def touch(connection: AsyncConnection, session_id: int, now: datetime.datetime) -> None:
    await connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))


async def end(connection: AsyncConnection, session_id: int, *, now: datetime.datetime, reason: str) -> bool:
    """Whether it was open."""
    statement = update(sessions).where(sessions.c.id == session_id, _OPEN).values(ended_at=now, ended_because=reason)
    return (await connection.execute(statement)).rowcount == 1


async def open_ids(connection: AsyncConnection, user_id: int) -> list[int]:
    """Of one user's open sessions, the oldest first."""
    query = select(sessions.c.id).where(sessions.c.user_id == user_id, _OPEN).order_by(sessions.c.id)
    return list((await connection.execute(query)).scalars())


async def end_all(
    connection: AsyncConnection, user_id: int | None, except_id: int | None, *, now: datetime.datetime, reason: str
) -> list[int]:
    """End all sessions that are open, of one user or of everybody, but one; which they were."""
    wanted: list[ColumnElement[bool]] = [_OPEN]
    if user_id is not None:
        wanted.append(sessions.c.user_id == user_id)
    if except_id is not None:
        wanted.append(sessions.c.id != except_id)
    # Locked in one order, so that whoever ends some of them at the same time waits, and not each for the other.
    ids = select(sessions.c.id).where(*wanted).order_by(sessions.c.id).with_for_update()
    statement = update(sessions).where(sessions.c.id.in_(ids), _OPEN).values(ended_at=now, ended_because=reason)
    return list((await connection.execute(statement.returning(sessions.c.id))).scalars())


async def devices(connection: AsyncConnection, user_id: int, *, seen_after: datetime.datetime) -> list[Device]:
    """One user's open sessions that are not idle for too long, the one that was used last first."""
    query = (
        select(*_DEVICE_COLUMNS)
        .where(sessions.c.user_id == user_id, _OPEN, sessions.c.seen_at > seen_after)
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
    )
    rows = (await connection.execute(query)).mappings()
    return [Device(**{str(name): value for name, value in row.items()}) for row in rows]


async def has_any(connection: AsyncConnection, user_id: int) -> bool:
    """Whether this user was ever logged in, as far as rows are kept."""
    return await _exists(connection, sessions.c.user_id == user_id)


async def has_device(connection: AsyncConnection, user_id: int, client: Client) -> bool:
    """Whether this browser was logged in before from this country (where that is known)."""
    same = (
        sessions.c.user_id == user_id,
        sessions.c.user_agent == client.user_agent,
        sessions.c.country == client.country,
    )
    return await _exists(connection, *same)


async def has_device_of(connection: AsyncConnection, email: str, client: Client) -> bool:
    """Whether this browser was logged in before, from this address, to the account of this e-mail."""
    owner = select(users.c.id).where(users.c.email == email).scalar_subquery()
    same = (
        sessions.c.user_id == owner,
        sessions.c.user_agent == client.user_agent,
        sessions.c.ip == client.ip,
        sessions.c.factor.not_in(("signup", "confirmation")),
    )
    return await _exists(connection, *same)


async def forget_older(connection: AsyncConnection, before: datetime.datetime) -> int:
    """Delete what expired before; how many that were."""
    return (await connection.execute(delete(sessions).where(sessions.c.expires_at < before))).rowcount


async def _exists(connection: AsyncConnection, *where: Any) -> bool:
    found: bool = (await connection.execute(select(exists().where(*where)))).scalar_one()
    return found
