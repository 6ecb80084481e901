"""The tables of deposits as SQLAlchemy sees them; migrations 0015 and 0020 make them, the stores beside this file query
them.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    FetchedValue,
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


deposits: Final = Table(
    "deposits",
    metadata,
    #: By default: a payment that was shown before it was in a block keeps its number.
    Column("id", BigInteger, Identity(), primary_key=True),
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
    moment("orphaned_since"),
    moment("withdrawable_at"),
    Column("refusal", Text),
    Column("sweep_state", Text),
    moment_now("created_at"),
    moment_now("updated_at"),
    moment("completed_at"),
)

#: What a node's pool has for members, which is no money. The columns that it shares with `deposits` mean the same.
pending_payments: Final = Table(
    "pending_payments",
    metadata,
    Column("network", Text, primary_key=True),
    Column("payment_id", Text, primary_key=True),
    Column("id", BigInteger, nullable=False, server_default=FetchedValue()),
    Column("tid", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("from_addresses", JSONB, nullable=False, server_default=FetchedValue()),
    Column("txid", Text, nullable=False),
    Column("txout", Integer),
    Column("chain_amount", Numeric(78, 0), nullable=False),
    Column("decimals", Integer, nullable=False),
    Column("amount", Numeric(39, 0), nullable=False),
    Column("credit_depth", Integer, nullable=False),
    Column("withdrawable_depth", Integer, nullable=False),
    #: The payments that its transaction spends, by their ids.
    Column("spends", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False),
    #: Since when the pool has it no more.
    moment("missing_since"),
    moment_now("created_at"),
    moment_now("updated_at"),
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
    moment_now("created_at"),
    moment("settled_at"),
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
    moment_now("created_at"),
    moment("resolved_at"),
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
    moment_now("raised_at"),
    Column("raised_by", Text, nullable=False),
    moment("lifted_at"),
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
    moment_now("at"),
)
