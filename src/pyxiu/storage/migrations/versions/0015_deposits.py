"""deposits: what was credited or waits to be, what was refused and why, and who may not withdraw.

Invariant in the tables: a coin on a chain has one deposit; a deposit takes only the steps that the trigger names; what
the books have for it (`booked`) is its amount exactly when it is credited; one command at a time is owed for it, and
its key is used for nothing else. `chain_payments.unread` marks payments that came, moved or went since deposits looked.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE chain_payments ADD COLUMN unread boolean NOT NULL DEFAULT true",
    "CREATE INDEX chain_payments_unread ON chain_payments (network, found_at) WHERE unread",
    "CREATE INDEX chain_spends_by ON chain_spends (network, spender)",
    """
    CREATE TABLE deposits (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tid text NOT NULL UNIQUE,
        uid text NOT NULL,
        currency text NOT NULL,
        network text,
        payment_id text,
        address text,
        from_addresses jsonb NOT NULL DEFAULT '[]',
        txid text,
        txout integer,
        chain_amount numeric(78, 0),
        decimals integer NOT NULL,
        amount numeric(39, 0) NOT NULL CHECK (amount > 0),
        fee numeric(39, 0) NOT NULL DEFAULT 0 CHECK (fee >= 0),
        booked numeric(39, 0) NOT NULL DEFAULT 0 CHECK (booked >= 0),
        rounds integer NOT NULL DEFAULT 0,
        state text NOT NULL CHECK (
            state IN ('submitted', 'confirming', 'orphaned', 'credited', 'clawed_back', 'canceled', 'rejected')
        ),
        transfer_type text NOT NULL,
        block_height bigint,
        block_hash text,
        credit_depth integer,
        withdrawable_depth integer,
        credited_seq bigint,
        credit_key text,
        orphaned_since timestamptz,
        withdrawable_at timestamptz,
        refusal text,
        sweep_state text CHECK (sweep_state IN ('collected')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        completed_at timestamptz,
        UNIQUE (network, payment_id),
        CHECK ((network IS NULL) = (payment_id IS NULL)),
        CHECK (network IS NULL OR (address IS NOT NULL AND txid IS NOT NULL AND chain_amount IS NOT NULL
            AND credit_depth IS NOT NULL AND withdrawable_depth IS NOT NULL AND fee = 0)),
        CHECK (network IS NOT NULL OR state IN ('submitted', 'credited', 'canceled', 'rejected')),
        CHECK ((block_height IS NULL) = (block_hash IS NULL)),
        CHECK (state <> 'confirming' OR block_height IS NOT NULL),
        CHECK (state <> 'orphaned' OR (block_height IS NULL AND booked = 0)),
        CHECK ((state = 'credited' AND network IS NOT NULL AND block_height IS NULL)
            = (orphaned_since IS NOT NULL)),
        CHECK (state <> 'credited' OR booked = amount),
        CHECK (state NOT IN ('submitted', 'canceled', 'rejected') OR booked = 0),
        CHECK (withdrawable_at IS NULL OR (state = 'credited' AND orphaned_since IS NULL))
    )
    """,
    "CREATE INDEX deposits_of ON deposits (uid, id DESC)",
    "CREATE INDEX deposits_by_transaction ON deposits (txid)",
    "CREATE INDEX deposits_confirming ON deposits (network, block_height) WHERE state = 'confirming'",
    "CREATE INDEX deposits_unripe ON deposits (uid, currency) WHERE withdrawable_at IS NULL AND booked > 0",
    "CREATE INDEX deposits_gone ON deposits (network) WHERE orphaned_since IS NOT NULL OR state = 'clawed_back'",
    (
        "CREATE INDEX deposits_ripening ON deposits (network, block_height)"
        " WHERE state = 'credited' AND withdrawable_at IS NULL"
    ),
    """
    CREATE FUNCTION deposits_take_legal_steps() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (OLD.tid, OLD.uid, OLD.currency, OLD.network, OLD.payment_id)
                IS DISTINCT FROM (NEW.tid, NEW.uid, NEW.currency, NEW.network, NEW.payment_id) THEN
            RAISE EXCEPTION 'deposit %: what it is about cannot change', OLD.tid USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
            ('submitted', 'credited'), ('submitted', 'canceled'), ('submitted', 'rejected'),
            ('confirming', 'orphaned'), ('confirming', 'credited'), ('confirming', 'clawed_back'),
            ('orphaned', 'confirming'), ('orphaned', 'clawed_back'),
            ('credited', 'clawed_back'), ('credited', 'confirming'), ('clawed_back', 'confirming')
        ) THEN
            RAISE EXCEPTION 'deposit %: no step from % to %', OLD.tid, OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.amount <> NEW.amount AND (NEW.state <> 'confirming' OR OLD.chain_amount = NEW.chain_amount) THEN
            RAISE EXCEPTION 'deposit %: its amount changes only with the chain', OLD.tid
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    (
        "CREATE TRIGGER deposits_steps BEFORE UPDATE ON deposits"
        " FOR EACH ROW EXECUTE FUNCTION deposits_take_legal_steps()"
    ),
    """
    CREATE TABLE deposit_bookings (
        deposit_id bigint NOT NULL REFERENCES deposits (id),
        round integer NOT NULL,
        kind text NOT NULL CHECK (kind IN ('credit', 'debit')),
        key text NOT NULL UNIQUE,
        amount numeric(39, 0) NOT NULL CHECK (amount > 0),
        command bytea NOT NULL,
        state text NOT NULL CHECK (state IN ('owed', 'done', 'void')),
        seq bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        settled_at timestamptz,
        PRIMARY KEY (deposit_id, round),
        CHECK ((state = 'done') = (seq IS NOT NULL))
    )
    """,
    "CREATE UNIQUE INDEX deposit_bookings_owed ON deposit_bookings (deposit_id) WHERE state = 'owed'",
    """
    CREATE FUNCTION deposit_bookings_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.state <> 'owed'
                OR (OLD.deposit_id, OLD.round, OLD.kind, OLD.key, OLD.amount, OLD.command)
                IS DISTINCT FROM (NEW.deposit_id, NEW.round, NEW.kind, NEW.key, NEW.amount, NEW.command) THEN
            RAISE EXCEPTION 'booking %: it is settled once and never changed', OLD.key
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    (
        "CREATE TRIGGER deposit_bookings_kept BEFORE UPDATE OR DELETE ON deposit_bookings"
        " FOR EACH ROW EXECUTE FUNCTION deposit_bookings_are_kept()"
    ),
    """
    CREATE TABLE deposit_exceptions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        network text NOT NULL,
        payment_id text NOT NULL,
        reason text NOT NULL,
        text text NOT NULL,
        owner text NOT NULL,
        currency text,
        created_at timestamptz NOT NULL DEFAULT now(),
        resolved_at timestamptz,
        resolved_by text,
        resolution text CHECK (resolution IN ('credited', 'dismissed', 'own')),
        UNIQUE (network, payment_id),
        FOREIGN KEY (network, payment_id) REFERENCES chain_payments (network, payment_id),
        CHECK ((resolved_at IS NULL) = (resolution IS NULL)),
        CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
    )
    """,
    "CREATE INDEX deposit_exceptions_open ON deposit_exceptions (network, reason) WHERE resolved_at IS NULL",
    """
    CREATE TABLE member_freezes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        uid text NOT NULL,
        reason text NOT NULL,
        deposit_id bigint REFERENCES deposits (id),
        raised_at timestamptz NOT NULL DEFAULT now(),
        raised_by text NOT NULL,
        lifted_at timestamptz,
        lifted_by text,
        lift_reason text,
        CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
        CHECK ((lifted_at IS NULL) = (lift_reason IS NULL))
    )
    """,
    "CREATE INDEX member_freezes_open ON member_freezes (uid) WHERE lifted_at IS NULL",
    (
        "CREATE UNIQUE INDEX member_freezes_of_deposit ON member_freezes (deposit_id)"
        " WHERE lifted_at IS NULL AND deposit_id IS NOT NULL"
    ),
    """
    CREATE TABLE custody_activities (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        actor text NOT NULL CHECK (actor <> ''),
        action text NOT NULL,
        object text NOT NULL,
        reason text NOT NULL CHECK (reason <> ''),
        data jsonb NOT NULL DEFAULT '{}',
        at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX custody_activities_of ON custody_activities (object, id)",
)
TABLES: tuple[str, ...] = (
    "custody_activities",
    "member_freezes",
    "deposit_exceptions",
    "deposit_bookings",
    "deposits",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION deposit_bookings_are_kept()")
    op.execute("DROP FUNCTION deposits_take_legal_steps()")
    op.execute("DROP INDEX chain_spends_by")
    op.execute("DROP INDEX chain_payments_unread")
    op.execute("ALTER TABLE chain_payments DROP COLUMN unread")
