"""The trail of activities and the end of its chain; migration 0006 makes them."""

from sqlalchemy import JSON, BigInteger, Column, DateTime, ForeignKey, LargeBinary, SmallInteger, Table, Text

from pyxiu.identity.tables.accounts import users
from pyxiu.identity.tables.columns import created_at, id_column, metadata, updated_at

activities = Table(
    "activities",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey(users.c.id)),
    Column("target_uid", Text),
    Column("category", Text, nullable=False),
    Column("user_ip", Text, nullable=False),
    Column("user_ip_country", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("result", Text, nullable=False),
    #: `json` and not `jsonb`: what the hash was taken of must come back as it was written.
    Column("data", JSON(none_as_null=True)),
    Column("reason", Text),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("chain_seq", BigInteger, unique=True),
    Column("prev_hash", LargeBinary),
    Column("hash", LargeBinary),
)

#: One row: the last link of the chain. Its lock puts staff actions in line.
activity_chain = Table(
    "activity_chain",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

#: Staff's notes about a user.
comments = Table(
    "comments",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey(users.c.id), nullable=False),
    Column("author_uid", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("data", Text, nullable=False),
    created_at(),
    updated_at(),
)
