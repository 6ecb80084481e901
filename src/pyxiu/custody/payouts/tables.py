"""The tables of payouts as SQLAlchemy sees them; migration 0017 makes them, the stores beside this file query them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from pyxiu.custody.columns import moment, moment_now

metadata: Final = MetaData()


payouts: Final = Table(
    "payouts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("network", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("wallet_id", BigInteger, nullable=False),
    Column("source_ids", ARRAY(BigInteger), nullable=False),
    Column("coins", ARRAY(Text), nullable=False),
    Column("currency", Text, nullable=False),
    Column("subtract_fee", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("parked_from", Text),
    Column("reason", Text),
    Column("txid", Text),
    Column("block_height", BigInteger),
    Column("chain_fee", Numeric(78, 0)),
    moment("settled_at"),
    Column("tries", Integer, nullable=False),
    moment("next_try_at"),
    moment_now("created_at"),
    moment_now("updated_at"),
    moment_now("state_since"),
)

payout_outputs: Final = Table(
    "payout_outputs",
    metadata,
    Column("payout_id", BigInteger, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("chain_amount", Numeric(78, 0), nullable=False),
    Column("withdrawal_id", BigInteger),
    Column("sweep_id", BigInteger),
    moment("dropped_at"),
)

payout_attempts: Final = Table(
    "payout_attempts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("payout_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("payload_hash", LargeBinary, nullable=False),
    Column("approval", LargeBinary),
    Column("signed", LargeBinary),
    Column("txid", Text),
    Column("chain_fee", Numeric(78, 0), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    moment_now("created_at"),
    moment("signed_at"),
    moment("broadcast_at"),
)

reserved_inputs: Final = Table(
    "reserved_inputs",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("network", Text),
    Column("payment_id", Text),
    Column("payout_id", BigInteger),
    moment("released_at"),
)

reserved_nonces: Final = Table(
    "reserved_nonces",
    metadata,
    Column("network", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("nonce", BigInteger, primary_key=True),
    Column("payout_id", BigInteger),
    moment_now("created_at"),
)

adopted_facts: Final = Table(
    "adopted_facts",
    metadata,
    Column("network", Text, primary_key=True),
    Column("fact", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    moment_now("adopted_at"),
)
