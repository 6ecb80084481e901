"""The tables of deposits as SQLAlchemy sees them; migration 0015 makes them, the stores beside this file query them."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()


def _time(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True))


def _now(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), server_default=func.now(), nullable=False)


deposits: Final = Table(
    "deposits",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tid", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("network", Text),
    Column("payment_id", Text),
    Column("address", Text),
    Column("from_addresses", JSONB, nullable=False),
    Column("txid", Text),
    Column("txout", Integer),
    Column("chain_amount", Numeric(78, 0)),
    Column("decimals", Integer, nullable=False),
    Column("amount", Numeric(39, 0), nullable=False),
    Column("fee", Numeric(39, 0), nullable=False),
    Column("booked", Numeric(39, 0), nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("transfer_type", Text, nullable=False),
    Column("block_height", BigInteger),
    Column("block_hash", Text),
    Column("credit_depth", Integer),
    Column("withdrawable_depth", Integer),
    Column("credited_seq", BigInteger),
    Column("credit_key", Text),
    _time("orphaned_since"),
    _time("withdrawable_at"),
    Column("refusal", Text),
    Column("sweep_state", Text),
    _now("created_at"),
    _now("updated_at"),
    _time("completed_at"),
)

deposit_bookings: Final = Table(
    "deposit_bookings",
    metadata,
    Column("deposit_id", BigInteger, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("amount", Numeric(39, 0), nullable=False),
    Column("command", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("seq", BigInteger),
    _now("created_at"),
    _time("settled_at"),
)

deposit_exceptions: Final = Table(
    "deposit_exceptions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("network", Text, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("currency", Text),
    _now("created_at"),
    _time("resolved_at"),
    Column("resolved_by", Text),
    Column("resolution", Text),
)

member_freezes: Final = Table(
    "member_freezes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("uid", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("deposit_id", BigInteger),
    _now("raised_at"),
    Column("raised_by", Text, nullable=False),
    _time("lifted_at"),
    Column("lifted_by", Text),
    Column("lift_reason", Text),
)

custody_activities: Final = Table(
    "custody_activities",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    _now("at"),
)
