"""payouts: payment-attempt groups, what they reserve, and what the signer has signed.

Invariants in the tables: a state changes only as PAYOUT_STATES of `custody/payouts/states.py` says; a payload, its
approval and signed bytes are written once; an output that is still meant is in one payout only (W-4); a coin or a nonce
is held by one payout only (W-5). Schema `signer` is the signer's own: nothing in its log, in what it has paid and in
what it has spent is ever changed or removed.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_PAYOUTS = (
    """
    CREATE TABLE payouts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        network text NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('withdrawal', 'sweep', 'gas', 'treasury')),
        wallet_id bigint NOT NULL REFERENCES wallets (id),
        source_ids bigint[] NOT NULL DEFAULT '{}',
        coins text[] NOT NULL DEFAULT '{}',
        currency text NOT NULL,
        subtract_fee boolean NOT NULL DEFAULT false,
        state text NOT NULL DEFAULT 'planned'
            CHECK (state IN ('planned', 'reserved', 'signed', 'broadcast', 'confirmed', 'failed', 'parked')),
        parked_from text,
        reason text,
        txid text,
        block_height bigint,
        chain_fee numeric(78, 0),
        settled_at timestamptz,
        tries integer NOT NULL DEFAULT 0,
        next_try_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        state_since timestamptz NOT NULL DEFAULT now(),
        CHECK (state NOT IN ('failed', 'parked') OR reason IS NOT NULL),
        CHECK ((state = 'parked') = (parked_from IS NOT NULL)),
        CHECK (state <> 'confirmed' OR (txid IS NOT NULL AND block_height IS NOT NULL))
    )
    """,
    "CREATE INDEX payouts_open ON payouts (network, state) WHERE state NOT IN ('confirmed', 'failed')",
    "CREATE INDEX payouts_to_settle ON payouts (id) WHERE settled_at IS NULL AND state IN ('confirmed', 'failed')",
    "CREATE INDEX payouts_confirmed ON payouts (network, block_height) WHERE state = 'confirmed'",
    """
    CREATE TABLE payout_outputs (
        payout_id bigint NOT NULL REFERENCES payouts (id),
        ordinal integer NOT NULL CHECK (ordinal >= 0),
        address text NOT NULL,
        destination text NOT NULL,
        currency text NOT NULL,
        chain_amount numeric(78, 0) NOT NULL CHECK (chain_amount > 0),
        withdrawal_id bigint,
        sweep_id bigint,
        dropped_at timestamptz,
        PRIMARY KEY (payout_id, ordinal)
    )
    """,
    """
    CREATE UNIQUE INDEX payout_outputs_withdrawal ON payout_outputs (withdrawal_id)
    WHERE withdrawal_id IS NOT NULL AND dropped_at IS NULL
    """,
    """
    CREATE TABLE payout_attempts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        payout_id bigint NOT NULL REFERENCES payouts (id),
        attempt integer NOT NULL CHECK (attempt >= 1),
        kind text NOT NULL DEFAULT 'payment' CHECK (kind IN ('payment', 'cancel', 'adopted')),
        payload jsonb NOT NULL,
        payload_hash bytea NOT NULL UNIQUE,
        approval bytea,
        signed bytea,
        txid text,
        chain_fee numeric(78, 0) NOT NULL,
        state text NOT NULL DEFAULT 'requested'
            CHECK (state IN ('requested', 'refused', 'signed', 'broadcast')),
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        signed_at timestamptz,
        broadcast_at timestamptz,
        UNIQUE (payout_id, attempt),
        CHECK (state NOT IN ('signed', 'broadcast') OR txid IS NOT NULL),
        CHECK (state <> 'broadcast' OR signed IS NOT NULL OR kind = 'adopted')
    )
    """,
    "CREATE INDEX payout_attempts_requested ON payout_attempts (id) WHERE state = 'requested'",
    "CREATE INDEX payout_attempts_txid ON payout_attempts (txid)",
    """
    CREATE TABLE reserved_inputs (
        network text NOT NULL,
        payment_id text NOT NULL,
        payout_id bigint NOT NULL REFERENCES payouts (id),
        released_at timestamptz,
        PRIMARY KEY (network, payment_id, payout_id)
    )
    """,
    "CREATE UNIQUE INDEX reserved_inputs_held ON reserved_inputs (network, payment_id) WHERE released_at IS NULL",
    "CREATE INDEX reserved_inputs_of ON reserved_inputs (payout_id)",
    """
    CREATE TABLE reserved_nonces (
        network text NOT NULL,
        address text NOT NULL,
        nonce bigint NOT NULL CHECK (nonce >= 0),
        payout_id bigint REFERENCES payouts (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (network, address, nonce)
    )
    """,
    "CREATE INDEX reserved_nonces_of ON reserved_nonces (payout_id)",
    """
    CREATE TABLE adopted_facts (
        network text NOT NULL,
        fact text NOT NULL,
        actor text NOT NULL,
        reason text NOT NULL,
        adopted_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (network, fact)
    )
    """,
)

_TRIGGERS = (
    """
    CREATE FUNCTION payouts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.network, NEW.purpose, NEW.wallet_id, NEW.source_ids, NEW.coins, NEW.currency, NEW.subtract_fee)
            IS DISTINCT FROM
            (OLD.network, OLD.purpose, OLD.wallet_id, OLD.source_ids, OLD.coins, OLD.currency, OLD.subtract_fee) THEN
            RAISE EXCEPTION 'payout %: what is to be paid does not change', OLD.id;
        END IF;
        IF OLD.settled_at IS NOT NULL AND NEW.settled_at IS DISTINCT FROM OLD.settled_at THEN
            RAISE EXCEPTION 'payout %: it is settled once', OLD.id;
        END IF;
        NEW.updated_at := now();
        IF NEW.state = OLD.state THEN
            RETURN NEW;
        END IF;
        IF NOT (OLD.state || '>' || NEW.state) = ANY (ARRAY[
            'planned>reserved', 'planned>failed', 'planned>parked',
            'reserved>signed', 'reserved>failed', 'reserved>parked',
            'signed>broadcast', 'signed>confirmed', 'signed>failed', 'signed>parked',
            'broadcast>confirmed', 'broadcast>failed', 'broadcast>parked',
            'parked>planned', 'parked>reserved', 'parked>signed', 'parked>broadcast', 'parked>confirmed',
            'parked>failed'
        ]) THEN
            RAISE EXCEPTION 'payout %: from % to % is no legal step', OLD.id, OLD.state, NEW.state;
        END IF;
        NEW.state_since := now();
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER payouts_guard BEFORE UPDATE ON payouts FOR EACH ROW EXECUTE FUNCTION payouts_guard()",
    """
    CREATE FUNCTION payout_outputs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - 'dropped_at' <> to_jsonb(OLD) - 'dropped_at' THEN
            RAISE EXCEPTION 'payout %: an output does not change', OLD.payout_id;
        END IF;
        IF NEW.dropped_at IS NULL OR EXISTS (
            SELECT FROM payout_attempts WHERE payout_id = OLD.payout_id AND (signed IS NOT NULL OR kind = 'adopted')
        ) THEN
            RAISE EXCEPTION 'payout %: what has been signed for is not dropped', OLD.payout_id;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER payout_outputs_guard BEFORE UPDATE ON payout_outputs
    FOR EACH ROW EXECUTE FUNCTION payout_outputs_guard()
    """,
    """
    CREATE FUNCTION payout_attempts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.payout_id, NEW.attempt, NEW.kind, NEW.payload, NEW.payload_hash, NEW.chain_fee) IS DISTINCT FROM
            (OLD.payout_id, OLD.attempt, OLD.kind, OLD.payload, OLD.payload_hash, OLD.chain_fee)
            OR (OLD.approval IS NOT NULL AND NEW.approval IS DISTINCT FROM OLD.approval)
            OR (OLD.signed IS NOT NULL AND NEW.signed IS DISTINCT FROM OLD.signed)
            OR (OLD.txid IS NOT NULL AND NEW.txid IS DISTINCT FROM OLD.txid) THEN
            RAISE EXCEPTION 'payout %: what was approved or signed does not change', OLD.payout_id;
        END IF;
        IF NEW.signed IS NOT NULL AND NEW.approval IS NULL THEN
            RAISE EXCEPTION 'payout %: signed without an approval', OLD.payout_id;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER payout_attempts_guard BEFORE UPDATE ON payout_attempts
    FOR EACH ROW EXECUTE FUNCTION payout_attempts_guard()
    """,
    """
    CREATE FUNCTION reserved_inputs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
            OR (NEW.network, NEW.payment_id, NEW.payout_id) <> (OLD.network, OLD.payment_id, OLD.payout_id) THEN
            RAISE EXCEPTION 'payout %: a reservation is released once', OLD.payout_id;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER reserved_inputs_guard BEFORE UPDATE ON reserved_inputs
    FOR EACH ROW EXECUTE FUNCTION reserved_inputs_guard()
    """,
    """
    CREATE FUNCTION payouts_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%: nothing here is changed or removed', TG_TABLE_NAME;
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION payouts_kept()"
        for table in ("payouts", "payout_outputs", "payout_attempts", "reserved_inputs")
    ),
    *(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION payouts_kept()"
        for table in ("adopted_facts",)
    ),
)

_SIGNER = (
    "CREATE SCHEMA signer",
    """
    CREATE TABLE signer.limits (
        network text NOT NULL,
        currency text NOT NULL,
        period_s bigint NOT NULL CHECK (period_s > 0),
        amount_max numeric(78, 0) NOT NULL CHECK (amount_max >= 0),
        PRIMARY KEY (network, currency, period_s)
    )
    """,
    """
    CREATE TABLE signer.fee_caps (
        network text PRIMARY KEY,
        fee_max numeric(78, 0) NOT NULL CHECK (fee_max >= 0)
    )
    """,
    """
    CREATE TABLE signer.allowed (
        network text NOT NULL,
        destination text NOT NULL,
        note text NOT NULL,
        PRIMARY KEY (network, destination)
    )
    """,
    """
    CREATE TABLE signer.log (
        id bigint PRIMARY KEY,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        network text NOT NULL,
        payout_id bigint,
        payload_hash bytea,
        detail jsonb NOT NULL,
        prev_hash bytea NOT NULL,
        hash bytea NOT NULL UNIQUE
    )
    """,
    """
    CREATE TABLE signer.requests (
        payload_hash bytea PRIMARY KEY,
        payout_id bigint NOT NULL,
        attempt_id bigint NOT NULL,
        txid text NOT NULL,
        log_id bigint NOT NULL REFERENCES signer.log (id)
    )
    """,
    "CREATE INDEX requests_of ON signer.requests (payout_id)",
    """
    CREATE TABLE signer.groups (
        payout_id bigint PRIMARY KEY,
        outputs_hash bytea NOT NULL,
        locks text[] NOT NULL
    )
    """,
    "CREATE TABLE signer.paid (withdrawal text PRIMARY KEY, payout_id bigint NOT NULL)",
    """
    CREATE TABLE signer.spending (
        payout_id bigint NOT NULL,
        network text NOT NULL,
        currency text NOT NULL,
        amount numeric(78, 0) NOT NULL,
        signed_at timestamptz NOT NULL,
        PRIMARY KEY (payout_id, currency)
    )
    """,
    "CREATE INDEX spending_since ON signer.spending (network, currency, signed_at)",
    """
    CREATE FUNCTION signer.kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'signer.%: nothing here is changed or removed', TG_TABLE_NAME;
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON signer.{table} "
        "FOR EACH ROW EXECUTE FUNCTION signer.kept()"
        for table in ("log", "requests", "groups", "paid", "spending")
    ),
    *(
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON signer.{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION signer.kept()"
        for table in ("log", "requests", "groups", "paid", "spending")
    ),
)

STATEMENTS: tuple[str, ...] = (*_PAYOUTS, *_TRIGGERS, *_SIGNER)
TABLES: tuple[str, ...] = (
    "adopted_facts",
    "reserved_nonces",
    "reserved_inputs",
    "payout_attempts",
    "payout_outputs",
    "payouts",
)
FUNCTIONS: tuple[str, ...] = (
    "payouts_guard",
    "payout_outputs_guard",
    "payout_attempts_guard",
    "reserved_inputs_guard",
    "payouts_kept",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP SCHEMA signer CASCADE")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
