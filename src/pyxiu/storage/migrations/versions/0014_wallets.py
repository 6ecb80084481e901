"""wallets: whose keys pay and receive on a chain, and the deposit addresses that were given.

A wallet has public keys only; `key_id` names the private one in the signer's key store. What gives addresses may count
`wallet_indexes` up and change nothing of a wallet, or it could lead deposits elsewhere; index 0 is the wallet's own.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE wallets (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        network text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('deposit', 'fee', 'hot', 'warm', 'cold')),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'retired')),
        key_id text,
        xpub text,
        address text,
        max_balance numeric(38, 18) CHECK (max_balance >= 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        CHECK (kind <> 'deposit' OR xpub IS NOT NULL),
        CHECK (kind = 'deposit' OR address IS NOT NULL),
        CHECK (key_id IS NULL OR xpub IS NOT NULL)
    )
    """,
    # One key may serve several networks of the same addresses, as all EVM chains are, and one wallet of each of them.
    "CREATE UNIQUE INDEX wallets_xpub ON wallets (network, xpub)",
    "CREATE UNIQUE INDEX wallets_address ON wallets (network, address)",
    """
    CREATE TABLE wallet_indexes (
        wallet_id bigint PRIMARY KEY REFERENCES wallets (id),
        next_index integer NOT NULL DEFAULT 1 CHECK (next_index >= 1)
    )
    """,
    """
    CREATE TABLE wallet_currencies (
        wallet_id bigint NOT NULL REFERENCES wallets (id),
        currency_id text NOT NULL,
        PRIMARY KEY (wallet_id, currency_id)
    )
    """,
    """
    CREATE TABLE deposit_addresses (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        wallet_id bigint NOT NULL REFERENCES wallets (id),
        network text NOT NULL,
        uid text NOT NULL,
        idx integer NOT NULL CHECK (idx >= 1),
        address text NOT NULL,
        destination text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (wallet_id, idx),
        UNIQUE (network, destination)
    )
    """,
    "CREATE INDEX deposit_addresses_uid ON deposit_addresses (uid, wallet_id, id)",
)
TABLES: tuple[str, ...] = ("deposit_addresses", "wallet_currencies", "wallet_indexes", "wallets")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
