"""Users, labels, levels, sessions and what their flows need; migration 0004 makes them.

Invariant: passwords and tokens are hashes only. Limit: queried by the stores of accounts/, labels/ and sessions/, by
`throttle_store.py` and `command_store.py`; other capabilities join `users`, and change it through `change_user`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    func,
)

from pyxiu.identity.tables.columns import created_at, id_column, metadata, updated_at

users = Table(
    "users",
    metadata,
    id_column(),
    Column("uid", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("username", Text),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("otp", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("fee_group", Text, nullable=False),
    Column("data", Text),
    Column("referral_id", BigInteger, ForeignKey("users.id")),
    #: What staff has decided, None where nothing: `state` follows from it and from private labels.
    Column("staff_state", Text),
    #: Withdrawals wait until then: set by every change that lowers security.
    Column("withdraw_from", DateTime(timezone=True)),
    created_at(),
    updated_at(),
)
labels = Table(
    "labels",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("description", Text),
    created_at(),
    updated_at(),
)
#: The id is the level: whoever has the private labels of levels 1 to n is on level n.
levels = Table(
    "levels",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("description", Text),
    created_at(),
    updated_at(),
)
sessions = Table(
    "sessions",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("csrf_token", Text, nullable=False),
    #: What it was opened with: `password`, `totp`, `passkey`, `signup`, `confirmation`, …
    Column("factor", Text, nullable=False),
    Column("ip", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    #: When it was last used; up to a minute ago it may not say so.
    Column("seen_at", DateTime(timezone=True), nullable=False),
    #: The end of it, however much it is used.
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_because", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
#: The newest token of a purpose; what was mailed before does not count any more.
mail_tokens = Table(
    "mail_tokens",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
#: Requests for a mail to an address that may be nobody's: looked up when nobody waits for the answer.
mail_requests = Table(
    "mail_requests",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("ip", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    created_at(),
)
throttles = Table(
    "throttles",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("key_hash", LargeBinary, primary_key=True),
    Column("taken", Integer, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
)
#: At most one row: what makes the first superadmin.
bootstrap_tokens = Table(
    "bootstrap_tokens",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
#: What the engine has not confirmed yet.
identity_commands = Table(
    "identity_commands",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("command", LargeBinary, nullable=False),
    Column("rejection", Text),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
