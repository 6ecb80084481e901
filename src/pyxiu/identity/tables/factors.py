"""Second factors, passkeys and their challenges, approvals, service accounts and API keys; migration 0005 makes them.

Invariant: no secret is in the clear: sealed, hashed, or a public key. Limit: queried by the stores of factors/ and
api_keys/ alone.
"""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, ForeignKey, LargeBinary, SmallInteger, Table, Text

from pyxiu.identity.tables.columns import created_at, id_column, metadata, updated_at

totp_secrets = Table(
    "totp_secrets",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True),
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("enabled", Boolean, nullable=False),
    #: The period of the last code that was let through: this one and all before it are used up.
    Column("last_step", BigInteger, nullable=False),
    created_at(),
    updated_at(),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("used_at", DateTime(timezone=True)),
    created_at(),
)
passkeys = Table(
    "passkeys",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("credential_id", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("aaguid", Text, nullable=False),
    Column("transports", ARRAY(Text), nullable=False),
    Column("backed_up", Boolean, nullable=False),
    #: `active`, or `flagged` when its counter went back: somebody has a copy of it.
    Column("state", Text, nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    created_at(),
    updated_at(),
)
#: What an authenticator is asked to sign. Consumed by deleting it.
passkey_challenges = Table(
    "passkey_challenges",
    metadata,
    Column("challenge", LargeBinary, primary_key=True),
    Column("flow", Text, nullable=False),
    #: Whose it is: a session, or the client of somebody who is not logged in.
    Column("bound_to", Text, nullable=False),
    Column("user_id", BigInteger, ForeignKey("users.id")),
    Column("action", Text),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
#: Proofs made ahead for one action; only hashes of their tokens are kept. Consumed by deleting them.
factor_approvals = Table(
    "factor_approvals",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("factor", Text, nullable=False),
    Column("bound_to", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
service_accounts = Table(
    "service_accounts",
    metadata,
    id_column(),
    Column("uid", Text, nullable=False),
    Column("owner_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    created_at(),
    updated_at(),
)
#: Keys of users and of service accounts: `service_account_id` is None for a user's own.
api_keys = Table(
    "api_keys",
    metadata,
    id_column(),
    Column("kid", Text, nullable=False),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("service_account_id", BigInteger, ForeignKey("service_accounts.id")),
    Column("algorithm", Text, nullable=False),
    #: Of HS256 keys the secret, sealed for `api_key:<kid>`; of Ed25519 keys the public key.
    Column("secret_sealed", LargeBinary),
    Column("public_key", LargeBinary),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("label", Text, nullable=False),
    #: Networks it may be used from, as text; empty for all.
    Column("networks", ARRAY(Text), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Column("legacy_signature", Boolean, nullable=False),
    #: Put in by whoever runs the exchange and not by the user: needs no second factor of the account.
    Column("operator_made", Boolean, nullable=False, server_default="false"),
    #: Written now and then, not with each use.
    Column("last_used_at", DateTime(timezone=True)),
    created_at(),
    updated_at(),
)
