"""Permissions, restrictions, whitelinks, used signatures and the list of changes; of 0006 and 0023."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, SmallInteger, Table, Text, func, text

from pyxiu.identity.tables.columns import created_at, id_column, metadata, updated_at

permissions = Table(
    "permissions",
    metadata,
    id_column(),
    Column("role", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("topic", Text),
    created_at(),
    updated_at(),
)
restrictions = Table(
    "restrictions",
    metadata,
    id_column(),
    Column("category", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("code", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    created_at(),
    updated_at(),
)
#: Tokens by which staff lets an address in; only their hashes are kept.
whitelinks = Table(
    "whitelinks",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    created_at(),
)
#: Signatures of requests with an effect, for as long as they could be accepted again.
used_signatures = Table(
    "used_signatures",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
identity_changes = Table(
    "identity_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", DateTime(timezone=True), server_default=func.clock_timestamp(), nullable=False),
    Column("db_transaction", BigInteger, server_default=text("pg_current_xact_id()::text::bigint"), nullable=False),
)
