"""The tables of payouts as SQLAlchemy sees them; migration 0017 makes them, the stores beside this file query them."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata: Final = MetaData()


def _time(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True))


def _now(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), server_default=func.now(), nullable=False)


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
    _time("settled_at"),
    Column("tries", Integer, nullable=False),
    _time("next_try_at"),
    _now("created_at"),
    _now("updated_at"),
    _now("state_since"),
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
    _time("dropped_at"),
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
    _now("created_at"),
    _time("signed_at"),
    _time("broadcast_at"),
)

reserved_inputs: Final = Table(
    "reserved_inputs",
    metadata,
    Column("network", Text, primary_key=True),
    Column("payment_id", Text, primary_key=True),
    Column("payout_id", BigInteger, primary_key=True),
    _time("released_at"),
)

reserved_nonces: Final = Table(
    "reserved_nonces",
    metadata,
    Column("network", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("nonce", BigInteger, primary_key=True),
    Column("payout_id", BigInteger),
    _now("created_at"),
)

adopted_facts: Final = Table(
    "adopted_facts",
    metadata,
    Column("network", Text, primary_key=True),
    Column("fact", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _now("adopted_at"),
)
