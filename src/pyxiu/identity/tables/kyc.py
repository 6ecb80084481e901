"""Profiles, phones, documents, data storages and solved captchas; migration 0007 makes them.

`personal`, `number` and `doc_number` are sealed; columns that end in `_index` are their keyed fingerprints.
"""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, LargeBinary, SmallInteger, Table, Text

from pyxiu.identity.tables.columns import created_at, id_column, metadata, updated_at


def _user_id() -> Column[int]:
    return Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False)


profiles = Table(
    "profiles",
    metadata,
    id_column(),
    _user_id(),
    Column("author_uid", Text),
    #: The id that a provider of KYC knows it by.
    Column("applicant_id", Text),
    Column("personal", LargeBinary, nullable=False),
    Column("first_name_index", LargeBinary),
    Column("last_name_index", LargeBinary),
    Column("postcode", Text),
    Column("city", Text),
    Column("country", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("reviewed_by", Text),
    Column("metadata", Text),
    created_at(),
    updated_at(),
)
phones = Table(
    "phones",
    metadata,
    id_column(),
    _user_id(),
    Column("number", LargeBinary, nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("country", Text, nullable=False),
    Column("code_hash", LargeBinary),
    Column("code_expires_at", DateTime(timezone=True)),
    Column("code_tries", SmallInteger, nullable=False, server_default="0"),
    Column("validated_at", DateTime(timezone=True)),
    created_at(),
    updated_at(),
)
documents = Table(
    "documents",
    metadata,
    id_column(),
    _user_id(),
    Column("object_key", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("doc_type", Text, nullable=False),
    Column("doc_number", LargeBinary, nullable=False),
    Column("doc_number_index", LargeBinary, nullable=False),
    Column("doc_expire", Date),
    Column("doc_issue", Date),
    Column("doc_category", Text),
    #: Documents that were supplied together have the same.
    Column("identificator", Text, nullable=False),
    Column("metadata", Text),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("reason", Text),
    Column("reviewed_by", Text),
    created_at(),
    updated_at(),
)
data_storages = Table(
    "data_storages",
    metadata,
    id_column(),
    _user_id(),
    Column("title", Text, nullable=False),
    Column("data", Text, nullable=False),
    created_at(),
    updated_at(),
)
used_captchas = Table(
    "used_captchas",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
