"""The SQL of mailed tokens and of requests for them."""

import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.command_store import wake
from pyxiu.identity.model import Client
from pyxiu.identity.tables.accounts import mail_requests, mail_tokens


class MailRequest(msgspec.Struct, frozen=True):
    """Somebody wants a mail to an address, which may be nobody's."""

    id: int
    purpose: str
    email: str
    client: Client


async def put_token(
    connection: AsyncConnection, user_id: int, purpose: str, *, token_hash: bytes, expires_at: datetime.datetime
) -> None:
    new: dict[str, Any] = {"token_hash": token_hash, "expires_at": expires_at}
    statement = upsert(mail_tokens).values(user_id=user_id, purpose=purpose, **new)
    await connection.execute(statement.on_conflict_do_update(index_elements=["user_id", "purpose"], set_=new))


async def take_token(
    connection: AsyncConnection, purpose: str, *, token_hash: bytes, now: datetime.datetime
) -> int | None:
    table = mail_tokens
    where = (table.c.purpose == purpose, table.c.token_hash == token_hash, table.c.expires_at > now)
    found: int | None = (await connection.execute(delete(table).where(*where).returning(table.c.user_id))).scalar()
    return found


async def token_owner(
    connection: AsyncConnection, purpose: str, *, token_hash: bytes, now: datetime.datetime
) -> int | None:
    table = mail_tokens
    where = (table.c.purpose == purpose, table.c.token_hash == token_hash, table.c.expires_at > now)
    found: int | None = await connection.scalar(select(table.c.user_id).where(*where))
    return found


async def drop_tokens(connection: AsyncConnection, user_id: int, purpose: str) -> None:
    where = (mail_tokens.c.user_id == user_id, mail_tokens.c.purpose == purpose)
    await connection.execute(delete(mail_tokens).where(*where))


async def add_request(connection: AsyncConnection, purpose: str, email: str, client: Client) -> None:
    values = {
        "purpose": purpose,
        "email": email,
        "ip": client.ip,
        "country": client.country,
        "user_agent": client.user_agent,
    }
    await connection.execute(insert(mail_requests).values(values))
    await wake(connection)


async def take_requests(connection: AsyncConnection, *, limit: int) -> list[MailRequest]:
    """Remove and return the oldest; if this transaction fails, they are there again."""
    table = mail_requests
    oldest = select(table.c.id).order_by(table.c.id).limit(limit).with_for_update(skip_locked=True)
    statement = delete(table).where(table.c.id.in_(oldest.scalar_subquery())).returning(*table.c)
    rows = sorted(await connection.execute(statement), key=lambda row: row.id)
    return [MailRequest(row.id, row.purpose, row.email, Client(row.ip, row.user_agent, row.country)) for row in rows]
