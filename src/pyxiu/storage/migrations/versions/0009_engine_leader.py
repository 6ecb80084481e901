"""engine_leader: who leads, and when it last said so."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE engine_leader (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        backend_pid integer NOT NULL,
        name text NOT NULL,
        beat_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE engine_leader")
