"""Tables of wallets and deposit addresses as SQLAlchemy sees them; migration 0014 makes them."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, Numeric, Table, Text, func, text

from pyxiu.custody.tables import metadata

wallets: Final = Table(
    "wallets",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("network", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'active'")),
    Column("key_id", Text),
    Column("xpub", Text),
    Column("address", Text),
    Column("max_balance", Numeric(38, 18)),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)

wallet_indexes: Final = Table(
    "wallet_indexes",
    metadata,
    Column("wallet_id", BigInteger, primary_key=True),
    #: The next receiving address; 0 is the wallet's own.
    Column("next_index", Integer, nullable=False, server_default=text("1")),
)

wallet_currencies: Final = Table(
    "wallet_currencies",
    metadata,
    Column("wallet_id", BigInteger, primary_key=True),
    Column("currency_id", Text, primary_key=True),
)

deposit_addresses: Final = Table(
    "deposit_addresses",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("wallet_id", BigInteger, nullable=False),
    Column("network", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
