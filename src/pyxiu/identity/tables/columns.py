"""What identity's tables share: one MetaData and the columns that many have."""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, func

metadata: Final = MetaData()


def id_column() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True)


def created_at() -> Column[Any]:
    return Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False)


def updated_at() -> Column[Any]:
    return Column("updated_at", DateTime(timezone=True), server_default=func.now(), nullable=False)
