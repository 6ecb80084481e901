"""The mailer's tables as SQLAlchemy sees them; migration 0008 makes them."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, MetaData, Table, Text, func

_metadata: Final = MetaData()

mails = Table(
    "mails",
    _metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("outbox_id", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False),
    Column("give_up_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
)
mailbox = Table(
    "mailbox",
    _metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
