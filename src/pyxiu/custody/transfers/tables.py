"""The table of internal transfers as SQLAlchemy sees it; migration 0016 makes it."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, Numeric, Table, Text, func

from pyxiu.custody.tables import metadata

internal_transfers: Final = Table(
    "internal_transfers",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tid", Text, nullable=False),
    Column("sender_uid", Text, nullable=False),
    Column("receiver_uid", Text, nullable=False),
    Column("client_id", Text),
    Column("request_hash", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("decimals", Integer, nullable=False),
    Column("amount", Numeric(39, 0), nullable=False),
    Column("value", Numeric, nullable=False),
    Column("state", Text, server_default="requested", nullable=False),
    Column("reason", Text),
    Column("moved_seq", BigInteger),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("updated_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
