"""external_identities: who logs in here by what an outside provider says, and which of its tokens have been used."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE external_identities (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        issuer text NOT NULL,
        subject text NOT NULL,
        user_id bigint NOT NULL REFERENCES users (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (issuer, subject),
        UNIQUE (user_id, issuer)
    )
    """,
    """
    CREATE TABLE used_identity_tokens (
        fingerprint bytea PRIMARY KEY,
        expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX used_identity_tokens_expires_at ON used_identity_tokens (expires_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE used_identity_tokens")
    op.execute("DROP TABLE external_identities")
