"""The tables of withdrawals and approvals as SQLAlchemy sees them; migration 0016 makes them."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, Numeric, Table, Text, func

from pyxiu.custody.tables import metadata

withdrawals: Final = Table(
    "withdrawals",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tid", Text, nullable=False),
    Column("uid", Text, nullable=False),
    #: The member's own id for it: asking again with it is harmless.
    Column("client_id", Text),
    Column("request_hash", Text, nullable=False),
    Column("currency", Text, nullable=False),
    #: None of fiat.
    Column("network", Text),
    Column("beneficiary_id", BigInteger, nullable=False),
    Column("rid", Text, nullable=False),
    #: Of the amounts.
    Column("decimals", Integer, nullable=False),
    Column("sum", Numeric(39, 0), nullable=False),
    Column("fee", Numeric(39, 0), nullable=False),
    Column("amount", Numeric(39, 0), nullable=False),
    #: `sum` in the platform currency when it was asked for.
    Column("value", Numeric, nullable=False),
    Column("state", Text, server_default="requested", nullable=False),
    #: The command that the engine is still owed.
    Column("owed", Text, server_default="place"),
    Column("hold_id", Text, nullable=False),
    #: The engine's record of what happened to the hold last.
    Column("hold_seq", BigInteger),
    #: Why staff has to look at it: words of `review.py`, separated by blanks.
    Column("review", Text, server_default="", nullable=False),
    Column("approvals_needed", Integer, nullable=False),
    Column("proof_hash", Text, nullable=False),
    Column("reason", Text),
    Column("note", Text),
    Column("transfer_type", Text, nullable=False),
    Column("txid", Text),
    Column("block_height", BigInteger),
    Column("payout_id", BigInteger),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("updated_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("state_since", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("done_at", DateTime(timezone=True)),
)

withdrawal_approvals: Final = Table(
    "withdrawal_approvals",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("withdrawal_id", BigInteger, nullable=False),
    Column("approver_uid", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)

withdrawal_alarms: Final = Table(
    "withdrawal_alarms",
    metadata,
    Column("withdrawal_id", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("raised_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("cleared_at", DateTime(timezone=True)),
)

withdrawal_settings: Final = Table(
    "withdrawal_settings",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("allow_list", Boolean, nullable=False),
    Column("updated_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
