"""The SQL of outside identities and of their used tokens.

Invariant: a token is spent once, however many show it at once.
"""

import datetime

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.ports import IdentityClaims
from pyxiu.identity.tables.external import external_identities, used_identity_tokens


class ExternalIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A link: who has this identity at `issuer` may log in to the account."""

    id: int
    issuer: str
    subject: str
    created_at: datetime.datetime


async def owner_of(connection: AsyncConnection, claims: IdentityClaims) -> int | None:
    """The id of the user that an identity is linked to."""
    mine = (external_identities.c.issuer == claims.issuer, external_identities.c.subject == claims.subject)
    owner: int | None = await connection.scalar(select(external_identities.c.user_id).where(*mine))
    return owner


async def identities_of(connection: AsyncConnection, user_id: int) -> list[ExternalIdentity]:
    columns = [external_identities.c[name] for name in ExternalIdentity.__struct_fields__]
    query = select(*columns).where(external_identities.c.user_id == user_id).order_by(external_identities.c.id)
    return [ExternalIdentity(**row) for row in (await connection.execute(query)).mappings()]


async def add_link(connection: AsyncConnection, claims: IdentityClaims, user_id: int) -> ExternalIdentity | None:
    """None if the identity is linked already, or the user has another one of this issuer."""
    row = {"issuer": claims.issuer, "subject": claims.subject, "user_id": user_id}
    columns = [external_identities.c[name] for name in ExternalIdentity.__struct_fields__]
    statement = insert(external_identities).values(row).on_conflict_do_nothing().returning(*columns)
    made = (await connection.execute(statement)).mappings().first()
    return None if made is None else ExternalIdentity(**made)


async def drop_link(connection: AsyncConnection, user_id: int, link_id: int) -> ExternalIdentity | None:
    """What it was; None if the user has no such link."""
    mine = (external_identities.c.id == link_id, external_identities.c.user_id == user_id)
    columns = [external_identities.c[name] for name in ExternalIdentity.__struct_fields__]
    gone = (await connection.execute(delete(external_identities).where(*mine).returning(*columns))).mappings().first()
    return None if gone is None else ExternalIdentity(**gone)


async def spend_token(connection: AsyncConnection, claims: IdentityClaims) -> bool:
    """Whether this is the token's first use. Who comes at the same time waits for the end of this db transaction."""
    row = {
        "fingerprint": claims.fingerprint,
        "expires_at": datetime.datetime.fromtimestamp(claims.expires_s, datetime.UTC),
    }
    statement = insert(used_identity_tokens).values(row).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def forget_expired(connection: AsyncConnection, now: datetime.datetime) -> None:
    await connection.execute(delete(used_identity_tokens).where(used_identity_tokens.c.expires_at < now))
