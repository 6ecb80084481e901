"""sweeps: from deposit addresses to the treasury, the gas that they need, and what the treasury owes to the books.

Invariants in the tables: a sweep changes its state only as TRANSITIONS of `custody/sweeps/states.py` says; an address
has one sweep under way, a UTXO network one for each asset; what chains have charged and what was paid into wallets from
outside is entered into the ledger once, by key (W-7).
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE sweeps (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        network text NOT NULL,
        currency text NOT NULL,
        wallet_id bigint NOT NULL REFERENCES wallets (id),
        deposit_address_id bigint REFERENCES deposit_addresses (id),
        coins text[] NOT NULL DEFAULT '{}',
        chain_amount numeric(78, 0) NOT NULL CHECK (chain_amount > 0),
        height bigint NOT NULL,
        state text NOT NULL DEFAULT 'planned'
            CHECK (state IN ('planned', 'waiting_gas', 'paying', 'done', 'failed', 'parked')),
        gas_payout_id bigint REFERENCES payouts (id),
        gas_tries integer NOT NULL DEFAULT 0 CHECK (gas_tries >= 0),
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        state_since timestamptz NOT NULL DEFAULT now(),
        done_at timestamptz,
        CHECK ((deposit_address_id IS NULL) = (coins <> '{}')),
        CHECK (state NOT IN ('failed', 'parked') OR reason IS NOT NULL),
        CHECK (state <> 'waiting_gas' OR gas_payout_id IS NOT NULL),
        CHECK ((state = 'done') = (done_at IS NOT NULL))
    )
    """,
    """
    CREATE UNIQUE INDEX sweeps_live_address ON sweeps (deposit_address_id)
    WHERE deposit_address_id IS NOT NULL AND state NOT IN ('done', 'failed')
    """,
    """
    CREATE UNIQUE INDEX sweeps_live_outputs ON sweeps (network, currency)
    WHERE deposit_address_id IS NULL AND state NOT IN ('done', 'failed')
    """,
    "CREATE INDEX sweeps_open ON sweeps (network, state) WHERE state NOT IN ('done', 'failed')",
    "CREATE INDEX sweeps_of_address ON sweeps (deposit_address_id, currency, id)",
    """
    CREATE TABLE sweep_parts (
        sweep_id bigint NOT NULL REFERENCES sweeps (id),
        ordinal integer NOT NULL CHECK (ordinal >= 0),
        wallet_id bigint NOT NULL REFERENCES wallets (id),
        chain_amount numeric(78, 0) NOT NULL CHECK (chain_amount > 0),
        payout_id bigint REFERENCES payouts (id),
        PRIMARY KEY (sweep_id, ordinal)
    )
    """,
    "CREATE INDEX sweep_parts_payout ON sweep_parts (payout_id)",
    """
    CREATE TABLE sweep_dust (
        network text NOT NULL,
        currency text NOT NULL,
        deposit_address_id bigint NOT NULL REFERENCES deposit_addresses (id),
        chain_amount numeric(78, 0) NOT NULL CHECK (chain_amount > 0),
        coins integer NOT NULL CHECK (coins > 0),
        reason text NOT NULL,
        height bigint NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (network, currency, deposit_address_id)
    )
    """,
    """
    CREATE TABLE wallet_balances (
        wallet_id bigint NOT NULL REFERENCES wallets (id),
        currency text NOT NULL,
        chain_amount numeric(78, 0) NOT NULL CHECK (chain_amount >= 0),
        height bigint NOT NULL,
        block_hash text NOT NULL,
        read_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (wallet_id, currency)
    )
    """,
    """
    CREATE TABLE treasury_entries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('network_fee', 'inflow')),
        network text NOT NULL,
        reference text NOT NULL,
        currency text NOT NULL,
        chain_amount numeric(78, 0) NOT NULL CHECK (chain_amount > 0),
        amount numeric(39, 0) CHECK (amount >= 0),
        key text NOT NULL UNIQUE,
        state text NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'booked')),
        actor text,
        reason text NOT NULL,
        held_up text,
        seq bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        booked_at timestamptz,
        UNIQUE (kind, network, reference),
        CHECK ((state = 'booked') = (booked_at IS NOT NULL)),
        CHECK (state <> 'booked' OR amount IS NOT NULL),
        CHECK (kind <> 'inflow' OR actor IS NOT NULL)
    )
    """,
    "CREATE INDEX treasury_entries_owed ON treasury_entries (id) WHERE state = 'owed'",
    """
    CREATE TABLE treasury_moves (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        network text NOT NULL,
        currency text NOT NULL,
        from_wallet_id bigint NOT NULL REFERENCES wallets (id),
        to_wallet_id bigint NOT NULL REFERENCES wallets (id),
        chain_amount numeric(78, 0) NOT NULL CHECK (chain_amount > 0),
        payout_id bigint REFERENCES payouts (id),
        txid text,
        actor text NOT NULL CHECK (actor <> ''),
        reason text NOT NULL CHECK (reason <> ''),
        created_at timestamptz NOT NULL DEFAULT now(),
        CHECK (from_wallet_id <> to_wallet_id),
        CHECK (payout_id IS NULL OR txid IS NULL)
    )
    """,
    "CREATE INDEX treasury_moves_txid ON treasury_moves (network, txid) WHERE txid IS NOT NULL",
    # The solvency check reads what has come from outside and gone there, and nothing of the market.
    "CREATE INDEX entries_external ON entries (asset, reason) WHERE owner = '@external'",
    """
    CREATE TABLE solvency_checks (
        asset text PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        seq bigint NOT NULL,
        decimals integer NOT NULL,
        holdings numeric NOT NULL,
        ledger numeric NOT NULL,
        members numeric NOT NULL,
        unexplained numeric NOT NULL,
        items jsonb NOT NULL,
        heights jsonb NOT NULL,
        differs_since timestamptz
    )
    """,
    """
    CREATE FUNCTION sweep_steps() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'sweep %: is never deleted', OLD.id;
        END IF;
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'planned' THEN
                RAISE EXCEPTION 'sweep %: begins as planned, not %', NEW.id, NEW.state;
            END IF;
            RETURN NEW;
        END IF;
        NEW.updated_at := now();
        IF NEW.state = OLD.state THEN
            RETURN NEW;
        END IF;
        IF (OLD.state, NEW.state) NOT IN (
            ('planned', 'waiting_gas'), ('planned', 'paying'), ('planned', 'failed'), ('planned', 'parked'),
            ('waiting_gas', 'planned'), ('waiting_gas', 'failed'), ('waiting_gas', 'parked'),
            ('paying', 'done'), ('paying', 'failed'), ('paying', 'planned'),
            ('parked', 'planned'), ('parked', 'failed')
        ) THEN
            RAISE EXCEPTION 'sweep %: no step from % to %', OLD.id, OLD.state, NEW.state;
        END IF;
        NEW.state_since := now();
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER sweeps_take_steps BEFORE INSERT OR UPDATE OR DELETE ON sweeps
        FOR EACH ROW EXECUTE FUNCTION sweep_steps()
    """,
)
TABLES: tuple[str, ...] = (
    "solvency_checks",
    "treasury_moves",
    "treasury_entries",
    "wallet_balances",
    "sweep_dust",
    "sweep_parts",
    "sweeps",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION sweep_steps()")
    op.execute("DROP INDEX entries_external")
