"""Identities at outside providers and the tokens of theirs that were used; migration 0012 makes them.

Invariant: one identity opens one account. Limit: queried by the store of external/ alone; of a token there is a hash.
"""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, LargeBinary, Table, Text

from pyxiu.identity.tables.columns import created_at, id_column, metadata

external_identities = Table(
    "external_identities",
    metadata,
    id_column(),
    Column("issuer", Text, nullable=False),
    #: What the provider calls the person; it keeps this when the e-mail changes.
    Column("subject", Text, nullable=False),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    created_at(),
)
used_identity_tokens = Table(
    "used_identity_tokens",
    metadata,
    Column("fingerprint", LargeBinary, primary_key=True),
    #: When the token would be refused anyway.
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
