"""Only the owner makes tables, as it must be before modules connect by roles of their own.

The roles and what each may do are in `storage/roles.py`; `storage/grant_roles.py` holds the database to that after
every migration, and not here, because that table speaks of the newest schema.
"""

from alembic import op

revision = "0019"
down_revision = "0018"

# A database that was made before PostgreSQL 15 lets everybody make tables; only the schema's owner can change that.
STATEMENT = """
    DO $$ BEGIN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'the schema public is not ours: see that only we may make tables in it';
    END $$
"""


def upgrade() -> None:
    op.execute(STATEMENT)


def downgrade() -> None:
    """Nothing: nobody needs that right."""
