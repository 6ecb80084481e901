"""change_transactions: each notice of a change in identity says which db transaction wrote it.

Ids are given before commits, so whoever follows by them must guess how long a db transaction takes. By its number, and
a snapshot, PostgreSQL says which notices were not to be seen before. The rows that are there count as written now.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE identity_changes
        ADD COLUMN db_transaction bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)
        """
    )
    op.execute("CREATE INDEX identity_changes_db_transaction ON identity_changes (db_transaction)")


def downgrade() -> None:
    op.execute("ALTER TABLE identity_changes DROP COLUMN db_transaction")
