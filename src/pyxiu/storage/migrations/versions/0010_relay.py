"""relay: how far each sink has come, and what it refused."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE relay_cursors (
        sink text NOT NULL,
        source text NOT NULL,
        position bigint NOT NULL,
        moved_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (sink, source)
    )
    """,
    """
    CREATE TABLE relay_refused (
        sink text NOT NULL,
        event_id text NOT NULL,
        name text NOT NULL,
        payload jsonb NOT NULL,
        reason text NOT NULL,
        refused_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (sink, event_id)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("relay_refused", "relay_cursors"):
        op.execute(f"DROP TABLE {table}")
