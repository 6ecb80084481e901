"""The journal, its snapshots, the keys of money moves and the cursors of projections."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = [
    # One row per committed batch. Records are compact already and read whole: stored outside the row, uncompressed.
    """
    CREATE TABLE journal (
        seq_first bigint PRIMARY KEY CHECK (seq_first > 0),
        seq_last bigint NOT NULL,
        records bytea NOT NULL,
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        prev_hash bytea NOT NULL CHECK (octet_length(prev_hash) = 32),
        written_at timestamptz NOT NULL DEFAULT now(),
        CHECK (seq_last >= seq_first)
    )
    """,
    "ALTER TABLE journal ALTER COLUMN records SET STORAGE EXTERNAL",
    """
    CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
        FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()
    """,
    # A snapshot and its state in parts, because one value cannot exceed 1 GB. `journal_hash` is the hash of the row
    # that ends at `seq`, so that a snapshot is tied to one journal.
    """
    CREATE TABLE snapshots (
        seq bigint PRIMARY KEY,
        state_hash bytea NOT NULL CHECK (octet_length(state_hash) = 32),
        journal_hash bytea NOT NULL CHECK (octet_length(journal_hash) = 32),
        state_bytes bigint NOT NULL,
        written_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE snapshot_parts (
        seq bigint NOT NULL REFERENCES snapshots ON DELETE CASCADE,
        part integer NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (seq, part)
    )
    """,
    "ALTER TABLE snapshot_parts ALTER COLUMN data SET STORAGE EXTERNAL",
    # Every key that ever moved money. Written by a projection; the engine looks up what it has forgotten. Never pruned.
    """
    CREATE TABLE money_keys (
        key text PRIMARY KEY,
        content_hash bytea NOT NULL,
        seq bigint NOT NULL
    )
    """,
    """
    CREATE TABLE projection_cursors (
        name text PRIMARY KEY,
        seq bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
