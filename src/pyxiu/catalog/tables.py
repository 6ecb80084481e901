"""The catalog's tables as SQLAlchemy sees them; migrations 0003 and 0013 make them, `store.py` alone queries them."""

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
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
_AMOUNT = Numeric(38, 18)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True)


def _times() -> tuple[Column[object], Column[object]]:
    return (
        Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
        Column("updated_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    )


blockchains = Table(
    "blockchains",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("height", BigInteger, nullable=False),
    Column("min_confirmations", Integer, nullable=False),
    Column("explorer_address", Text),
    Column("explorer_transaction", Text),
    Column("status", Text, nullable=False),
    Column("protocol", Text),
    Column("warning", Text),
    Column("description", Text),
    Column("collection_gas_speed", Text, nullable=False),
    Column("withdrawal_gas_speed", Text, nullable=False),
    Column("min_deposit_amount", _AMOUNT, nullable=False),
    Column("withdraw_fee", _AMOUNT, nullable=False),
    Column("min_withdraw_amount", _AMOUNT, nullable=False),
    *_times(),
)

currencies = Table(
    "currencies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("precision", SmallInteger, nullable=False),
    Column("decimals", SmallInteger, nullable=False),
    Column("description", Text),
    Column("homepage", Text),
    Column("icon_url", Text),
    Column("withdraw_limit_24h", _AMOUNT, nullable=False),
    Column("withdraw_limit_72h", _AMOUNT, nullable=False),
    Column("price", _AMOUNT, nullable=False),
    Column("visible", Boolean, nullable=False),
    *_times(),
)

asset_networks = Table(
    "asset_networks",
    metadata,
    _id(),
    Column("currency_id", Text, nullable=False),
    Column("blockchain_key", Text),
    Column("parent_id", Text),
    Column("deposit_fee", _AMOUNT, nullable=False),
    Column("min_deposit_amount", _AMOUNT, nullable=False),
    Column("min_collection_amount", _AMOUNT, nullable=False),
    Column("withdraw_fee", _AMOUNT, nullable=False),
    Column("min_withdraw_amount", _AMOUNT, nullable=False),
    Column("deposit_enabled", Boolean, nullable=False),
    Column("withdrawal_enabled", Boolean, nullable=False),
    Column("subunits", SmallInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("depths", JSONB, nullable=False),
    *_times(),
)

engines = Table(
    "engines",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("driver", Text, nullable=False),
    Column("uid", Text),
    Column("url", Text),
    Column("state", Text, nullable=False),
    *_times(),
)

markets = Table(
    "markets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("base_unit", Text, nullable=False),
    Column("quote_unit", Text, nullable=False),
    Column("engine_name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("price_precision", SmallInteger, nullable=False),
    Column("amount_precision", SmallInteger, nullable=False),
    Column("min_price", _AMOUNT, nullable=False),
    Column("max_price", _AMOUNT, nullable=False),
    Column("min_amount", _AMOUNT, nullable=False),
    Column("state", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    *_times(),
)

trading_fees = Table(
    "trading_fees",
    metadata,
    _id(),
    Column("group", Text, nullable=False),
    Column("market_id", Text, nullable=False),
    Column("maker", Numeric(7, 6), nullable=False),
    Column("taker", Numeric(7, 6), nullable=False),
    *_times(),
)

withdraw_limits = Table(
    "withdraw_limits",
    metadata,
    _id(),
    Column("group", Text, nullable=False),
    Column("kyc_level", Text, nullable=False),
    Column("limit_24_hour", _AMOUNT, nullable=False),
    Column("limit_1_month", _AMOUNT, nullable=False),
    *_times(),
)

#: Commands that the engine owes an effect to rows written in the same database transaction.
catalog_commands = Table(
    "catalog_commands",
    metadata,
    _id(),
    Column("subject", Text, nullable=False),
    Column("command", LargeBinary, nullable=False),
    Column("applied_seq", BigInteger),
    Column("rejection", Text),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)

#: One row. Every writer of the catalog counts it up, so that readers need look no further while it stands.
catalog_version = Table("catalog_version", metadata, Column("version", BigInteger, nullable=False))
