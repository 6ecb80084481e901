"""Columns that many of custody's tables have.

Limit: types and defaults as SQLAlchemy needs to know them; the migrations make the columns.
"""

from typing import Any

from sqlalchemy import Column, DateTime, func


def moment(name: str) -> Column[Any]:
    """A point in time that may not have come."""
    return Column(name, DateTime(timezone=True))


def moment_now(name: str) -> Column[Any]:
    """A point in time; of the row's insertion if none is given."""
    return Column(name, DateTime(timezone=True), server_default=func.now(), nullable=False)
