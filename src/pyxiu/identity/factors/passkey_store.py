"""The SQL of passkeys and of the challenges that they sign.

Invariant: a challenge is consumed by deleting it, and a counter only rises: each by one statement. Limit: nothing is
verified here.
"""

import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.factors.model import PASSKEY_ACTIVE, PASSKEY_FLAGGED, Passkey
from pyxiu.identity.factors.store import forget_expired
from pyxiu.identity.tables.factors import passkey_challenges, passkeys


class Challenge(NamedTuple):
    """What was asked to be signed, of whom, and for what."""

    challenge: bytes
    flow: str
    bound_to: str
    user_id: int | None
    action: str | None
    expires_at: datetime.datetime


async def put_challenge(connection: AsyncConnection, challenge: Challenge, now: datetime.datetime) -> None:
    """Keep a challenge; those that nobody answered in time go."""
    await forget_expired(connection, passkey_challenges.c.challenge, now)
    await connection.execute(insert(passkey_challenges).values(challenge._asdict()))


async def take_challenge(connection: AsyncConnection, challenge: bytes) -> Challenge | None:
    """A challenge, which is gone with that."""
    table = passkey_challenges
    row = (await connection.execute(delete(table).where(table.c.challenge == challenge).returning(table))).first()
    return None if row is None else Challenge(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


async def add_passkey(connection: AsyncConnection, values: dict[str, Any]) -> Passkey | None:
    """A new passkey; None when its credential is registered, with whomever."""
    statement = upsert(passkeys).values(values).on_conflict_do_nothing(index_elements=["credential_id"])
    row = (await connection.execute(statement.returning(passkeys))).first()
    return None if row is None else _passkey(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


async def passkeys_of(connection: AsyncConnection, user_id: int) -> list[Passkey]:
    """All of them, flagged ones too, oldest first."""
    rows = await connection.execute(select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.id))
    return [_passkey(row) for row in rows.mappings()]


async def find_passkey(connection: AsyncConnection, credential_id: bytes) -> Passkey | None:
    rows = await connection.execute(select(passkeys).where(passkeys.c.credential_id == credential_id))
    row = rows.mappings().first()
    return None if row is None else _passkey(row)


async def raise_counter(connection: AsyncConnection, passkey_id: int, count: int, *, backed_up: bool) -> bool:
    """Note a use; False when the counter did not rise or the passkey is not active any more.

    Authenticators without a counter always say 0.
    """
    table = passkeys
    rises = or_(table.c.sign_count < count, (table.c.sign_count == 0) & (count == 0))
    statement = (
        update(table)
        .where(table.c.id == passkey_id, table.c.state == PASSKEY_ACTIVE, rises)
        .values(sign_count=count, backed_up=backed_up, last_used_at=func.now())
        .returning(table.c.id)
    )
    return (await connection.execute(statement)).first() is not None


async def flag_passkey(connection: AsyncConnection, passkey_id: int) -> bool:
    """False when it was flagged before."""
    table = passkeys
    active = (table.c.id == passkey_id, table.c.state == PASSKEY_ACTIVE)
    statement = update(table).where(*active).values(state=PASSKEY_FLAGGED, updated_at=func.now()).returning(table.c.id)
    return (await connection.execute(statement)).first() is not None


async def rename_passkey(connection: AsyncConnection, user_id: int, passkey_id: int, label: str) -> Passkey | None:
    table = passkeys
    own = (table.c.id == passkey_id, table.c.user_id == user_id)
    statement = update(table).where(*own).values(label=label, updated_at=func.now()).returning(table)
    row = (await connection.execute(statement)).mappings().first()
    return None if row is None else _passkey(row)


async def delete_passkey(connection: AsyncConnection, user_id: int, passkey_id: int) -> bool:
    table = passkeys
    own = (table.c.id == passkey_id, table.c.user_id == user_id)
    return (await connection.execute(delete(table).where(*own).returning(table.c.id))).first() is not None


def _passkey(row: Any) -> Passkey:
    return Passkey(**{**row, "transports": tuple(row["transports"])})
