"""The SQL of the token that makes the first superadmin: one row at most."""

import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.tables.accounts import bootstrap_tokens

_ROW = 1


async def put_token(connection: AsyncConnection, token_hash: bytes, expires_at: datetime.datetime) -> None:
    new = {"token_hash": token_hash, "expires_at": expires_at}
    statement = upsert(bootstrap_tokens).values(id=_ROW, **new)
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=new))


async def lock_good(connection: AsyncConnection, token_hash: bytes, now: datetime.datetime) -> bool:
    """Whether this is the token; nobody else uses it before this db transaction ends."""
    table = bootstrap_tokens
    query = select(table.c.id).where(table.c.token_hash == token_hash, table.c.expires_at > now).with_for_update()
    return (await connection.execute(query)).first() is not None


async def drop_token(connection: AsyncConnection) -> None:
    await connection.execute(delete(bootstrap_tokens))
