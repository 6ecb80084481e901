"""The tables of sweeps as SQLAlchemy sees them; migration 0018 makes them, `store.py` beside this file queries them."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, Numeric, Table, Text, func
from sqlalchemy.dialects.postgresql import ARRAY

from pyxiu.custody.tables import metadata

sweeps: Final = Table(
    "sweeps",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("network", Text, nullable=False),
    Column("currency", Text, nullable=False),
    #: The deposit wallet whose keys sign.
    Column("wallet_id", BigInteger, nullable=False),
    #: The address that is emptied, on chains with accounts; None where `coins` are spent together.
    Column("deposit_address_id", BigInteger),
    Column("coins", ARRAY(Text), nullable=False),
    Column("chain_amount", Numeric(78, 0), nullable=False),
    #: At which it was seen that the coins are there.
    Column("height", BigInteger, nullable=False),
    Column("state", Text, server_default="planned", nullable=False),
    Column("gas_payout_id", BigInteger),
    Column("gas_tries", Integer, server_default="0", nullable=False),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("updated_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("state_since", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("done_at", DateTime(timezone=True)),
)

sweep_parts: Final = Table(
    "sweep_parts",
    metadata,
    Column("sweep_id", BigInteger, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("wallet_id", BigInteger, nullable=False),
    Column("chain_amount", Numeric(78, 0), nullable=False),
    Column("payout_id", BigInteger),
)

sweep_dust: Final = Table(
    "sweep_dust",
    metadata,
    Column("network", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("deposit_address_id", BigInteger, primary_key=True),
    Column("chain_amount", Numeric(78, 0), nullable=False),
    Column("coins", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("height", BigInteger, nullable=False),
    Column("seen_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
