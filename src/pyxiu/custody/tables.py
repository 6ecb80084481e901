"""Custody's tables as SQLAlchemy sees them; migrations 0011, 0015 and 0020 make them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    text,
)

from pyxiu.custody.columns import moment_now

metadata: Final = MetaData()


chain_blocks: Final = Table(
    "chain_blocks",
    metadata,
    Column("network", Text, primary_key=True),
    Column("height", BigInteger, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("mined_at", DateTime(timezone=True), nullable=False),
    moment_now("scanned_at"),
)

chain_destinations: Final = Table(
    "chain_destinations",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("network", Text, nullable=False),
    #: The chain's canonical form to look up: a script in hex, an address in lower case.
    Column("destination", Text, nullable=False),
    Column("address", Text, nullable=False),
    #: A member's uid, or a wallet of ours.
    Column("owner", Text, nullable=False),
    moment_now("created_at"),
)

chain_payments: Final = Table(
    "chain_payments",
    metadata,
    Column("network", Text, primary_key=True),
    Column("payment_id", Text, primary_key=True),
    Column("destination_id", BigInteger, nullable=False),
    Column("txid", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("amount", Numeric(78, 0), nullable=False),
    Column("min_depth", Integer, nullable=False),
    Column("block_height", BigInteger),
    Column("block_hash", Text),
    moment_now("found_at"),
    Column("orphaned_at", DateTime(timezone=True)),
    #: It came, moved or went since deposits looked at it.
    Column("unread", Boolean, nullable=False, server_default=text("true")),
    #: `chain_spends` has it; a trigger sees to that.
    Column("spent", Boolean, nullable=False, server_default=text("false")),
    #: The address that has sent it, where a chain tells that.
    Column("source", Text, nullable=False, server_default=text("''")),
)

chain_spends: Final = Table(
    "chain_spends",
    metadata,
    Column("network", Text, primary_key=True),
    Column("payment_id", Text, primary_key=True),
    Column("spender", Text, nullable=False),
    Column("block_height", BigInteger, nullable=False),
)

chain_alarms: Final = Table(
    "chain_alarms",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("network", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    moment_now("raised_at"),
    moment_now("seen_at"),
    Column("cleared_at", DateTime(timezone=True)),
)
