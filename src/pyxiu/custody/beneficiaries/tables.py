"""The tables of beneficiaries as SQLAlchemy sees them; migration 0016 makes them."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, LargeBinary, Table, Text, func

from pyxiu.custody.tables import metadata

beneficiaries: Final = Table(
    "beneficiaries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("uid", Text, nullable=False),
    Column("currency", Text, nullable=False),
    #: None of fiat.
    Column("network", Text),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("data_sealed", LargeBinary, nullable=False),
    #: Finds the same address or account again.
    Column("data_index", LargeBinary, nullable=False),
    #: Whose deposit address it is, where it is one of ours.
    Column("internal_uid", Text),
    Column("state", Text, server_default="pending", nullable=False),
    Column("usable_from", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("updated_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)

beneficiary_pins: Final = Table(
    "beneficiary_pins",
    metadata,
    Column("beneficiary_id", BigInteger, primary_key=True),
    Column("pin_hash", LargeBinary, nullable=False),
    #: Wrong tries of the present PIN, and how many there were before it and with it.
    Column("tries", Integer, server_default="0", nullable=False),
    Column("pins_sent", Integer, server_default="1", nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
