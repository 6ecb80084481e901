"""outbox_mail: the outbox and the mails made from it."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event text NOT NULL,
        aggregate text NOT NULL,
        record jsonb NOT NULL,
        changes jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        position bigint UNIQUE
    )
    """,
    "CREATE INDEX outbox_unnumbered ON outbox (id) WHERE position IS NULL",
    """
    CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('pyxiu_outbox', '');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER outbox_notifies AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox()
    """,
    """
    CREATE TABLE outbox_cursors (
        name text PRIMARY KEY,
        position bigint NOT NULL
    )
    """,
    """
    CREATE TABLE mails (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        outbox_id bigint NOT NULL,
        event text NOT NULL,
        recipient text NOT NULL,
        language text NOT NULL,
        message_id text NOT NULL UNIQUE,
        state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed', 'abandoned')),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL,
        give_up_at timestamptz NOT NULL,
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        sent_at timestamptz,
        UNIQUE (outbox_id, recipient),
        CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
        CHECK (state NOT IN ('failed', 'abandoned') OR reason IS NOT NULL)
    )
    """,
    "CREATE INDEX mails_due ON mails (next_attempt_at, id) WHERE state = 'queued'",
    """
    CREATE TABLE mailbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        message_id text NOT NULL UNIQUE,
        recipient text NOT NULL,
        sender text NOT NULL,
        subject text NOT NULL,
        text text NOT NULL,
        html text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)
TABLES: tuple[str, ...] = ("mailbox", "mails", "outbox_cursors", "outbox")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION notify_outbox()")
