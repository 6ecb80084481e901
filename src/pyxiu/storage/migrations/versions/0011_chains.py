"""chains: the blocks that were scanned, the destinations that are ours, and what has paid them.

An amount has up to 78 digits, as a token's may be; what is credited is bounded elsewhere. Invariant in the tables: one
block a height and network; a payment once, whatever block it is in.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE chain_blocks (
        network text NOT NULL,
        height bigint NOT NULL CHECK (height >= 0),
        hash text NOT NULL,
        parent text NOT NULL,
        mined_at timestamptz NOT NULL,
        scanned_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (network, height)
    )
    """,
    """
    CREATE TABLE chain_destinations (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        network text NOT NULL,
        destination text NOT NULL,
        address text NOT NULL,
        owner text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (network, destination)
    )
    """,
    """
    CREATE TABLE chain_payments (
        network text NOT NULL,
        payment_id text NOT NULL,
        destination_id bigint NOT NULL REFERENCES chain_destinations (id),
        txid text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('output', 'native', 'token')),
        contract text NOT NULL,
        amount numeric(78, 0) NOT NULL CHECK (amount > 0),
        min_depth integer NOT NULL,
        block_height bigint,
        block_hash text,
        found_at timestamptz NOT NULL DEFAULT now(),
        orphaned_at timestamptz,
        PRIMARY KEY (network, payment_id),
        CHECK ((block_height IS NULL) = (block_hash IS NULL)),
        CHECK ((block_height IS NULL) = (orphaned_at IS NOT NULL))
    )
    """,
    "CREATE INDEX chain_payments_in_block ON chain_payments (network, block_height)",
    "CREATE INDEX chain_payments_to ON chain_payments (destination_id)",
    """
    CREATE TABLE chain_spends (
        network text NOT NULL,
        payment_id text NOT NULL,
        spender text NOT NULL,
        block_height bigint NOT NULL,
        PRIMARY KEY (network, payment_id),
        FOREIGN KEY (network, payment_id) REFERENCES chain_payments (network, payment_id)
    )
    """,
    "CREATE INDEX chain_spends_in_block ON chain_spends (network, block_height)",
    """
    CREATE TABLE chain_alarms (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        network text NOT NULL,
        kind text NOT NULL,
        text text NOT NULL,
        raised_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now(),
        cleared_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX chain_alarms_open ON chain_alarms (network, kind) WHERE cleared_at IS NULL",
)
TABLES = ("chain_alarms", "chain_spends", "chain_payments", "chain_destinations", "chain_blocks")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
