"""withdrawals: where members send to, what they asked for, and who approved it.

Invariants in the tables: a withdrawal takes only the steps of `custody/withdrawals/states.py` and none of what was
asked for changes afterwards; it is approved only with as many approvals as it needs, none of them its owner's; funds
are owed a command exactly as long as `owed` says so; what staff does is a chain of hashes. Amounts are the
engine's units.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE beneficiaries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        uid text NOT NULL,
        currency text NOT NULL,
        network text,
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
        description text CHECK (length(description) <= 255),
        data_sealed bytea NOT NULL,
        data_index bytea NOT NULL,
        internal_uid text,
        state text NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'active', 'archived')),
        usable_from timestamptz,
        sent_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((state = 'active') <= (usable_from IS NOT NULL))
    )
    """,
    """
    CREATE UNIQUE INDEX beneficiaries_once ON beneficiaries (uid, currency, coalesce(network, ''), data_index)
        WHERE state <> 'archived'
    """,
    """
    CREATE TABLE beneficiary_pins (
        beneficiary_id bigint PRIMARY KEY REFERENCES beneficiaries (id),
        pin_hash bytea NOT NULL,
        tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
        pins_sent integer NOT NULL DEFAULT 1 CHECK (pins_sent > 0),
        expires_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE withdrawal_settings (
        uid text PRIMARY KEY,
        allow_list boolean NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE withdrawals (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tid text NOT NULL UNIQUE,
        uid text NOT NULL,
        client_id text CHECK (length(client_id) BETWEEN 1 AND 64),
        request_hash text NOT NULL,
        currency text NOT NULL,
        network text,
        beneficiary_id bigint NOT NULL REFERENCES beneficiaries (id),
        rid text NOT NULL CHECK (length(rid) BETWEEN 1 AND 512),
        decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND 18),
        sum numeric(39, 0) NOT NULL,
        fee numeric(39, 0) NOT NULL CHECK (fee >= 0),
        amount numeric(39, 0) NOT NULL CHECK (amount > 0),
        value numeric NOT NULL CHECK (value >= 0),
        state text NOT NULL DEFAULT 'requested',
        owed text DEFAULT 'place' CHECK (owed IN ('place', 'release', 'settle')),
        hold_id text NOT NULL UNIQUE,
        hold_seq bigint,
        review text NOT NULL DEFAULT '',
        approvals_needed integer NOT NULL CHECK (approvals_needed BETWEEN 0 AND 2),
        proof_hash text NOT NULL CHECK (length(proof_hash) = 64),
        reason text,
        note text CHECK (length(note) <= 256),
        transfer_type text NOT NULL CHECK (transfer_type IN ('crypto', 'fiat')),
        txid text,
        block_height bigint,
        payout_id bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        state_since timestamptz NOT NULL DEFAULT now(),
        done_at timestamptz,
        UNIQUE (uid, client_id),
        CHECK (sum = amount + fee),
        CHECK ((network IS NULL) = (transfer_type = 'fiat')),
        CHECK ((review = '') = (approvals_needed = 0)),
        CHECK ((state = 'requested') = (owed IS NOT DISTINCT FROM 'place')),
        CHECK (owed IS DISTINCT FROM 'settle' OR state = 'confirmed'),
        CHECK (owed IS DISTINCT FROM 'release' OR state IN ('canceled', 'rejected', 'failed')),
        CHECK ((done_at IS NOT NULL) = (state IN ('confirmed', 'canceled', 'rejected', 'failed')))
    )
    """,
    "CREATE INDEX withdrawals_of ON withdrawals (uid, id)",
    "CREATE INDEX withdrawals_recent ON withdrawals (uid, created_at)",
    "CREATE INDEX withdrawals_owed ON withdrawals (id) WHERE owed IS NOT NULL",
    """
    CREATE INDEX withdrawals_under_way ON withdrawals (state, network, id)
        WHERE state IN ('requested', 'held', 'approved', 'paying', 'parked')
    """,
    """
    CREATE TABLE withdrawal_approvals (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        withdrawal_id bigint NOT NULL REFERENCES withdrawals (id),
        approver_uid text NOT NULL CHECK (approver_uid <> ''),
        decision text NOT NULL CHECK (decision IN ('approve', 'reject')),
        payload_hash text NOT NULL,
        reason text NOT NULL CHECK (reason <> ''),
        at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (withdrawal_id, approver_uid, decision)
    )
    """,
    """
    CREATE TABLE withdrawal_alarms (
        withdrawal_id bigint NOT NULL REFERENCES withdrawals (id),
        state text NOT NULL,
        raised_at timestamptz NOT NULL DEFAULT now(),
        cleared_at timestamptz
    )
    """,
    """
    CREATE UNIQUE INDEX withdrawal_alarms_open ON withdrawal_alarms (withdrawal_id) WHERE cleared_at IS NULL
    """,
    """
    CREATE TABLE internal_transfers (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tid text NOT NULL UNIQUE,
        sender_uid text NOT NULL,
        receiver_uid text NOT NULL,
        client_id text CHECK (length(client_id) BETWEEN 1 AND 64),
        request_hash text NOT NULL,
        currency text NOT NULL,
        decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND 18),
        amount numeric(39, 0) NOT NULL CHECK (amount > 0),
        value numeric NOT NULL CHECK (value >= 0),
        state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'completed', 'rejected')),
        reason text,
        moved_seq bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (sender_uid, client_id),
        CHECK (sender_uid <> receiver_uid)
    )
    """,
    "CREATE INDEX internal_transfers_sent ON internal_transfers (sender_uid, id)",
    "CREATE INDEX internal_transfers_received ON internal_transfers (receiver_uid, id)",
    "CREATE INDEX internal_transfers_owed ON internal_transfers (id) WHERE state = 'requested'",
    """
    CREATE FUNCTION withdrawal_steps() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'withdrawal %: is never deleted', OLD.tid;
        END IF;
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'requested' THEN
                RAISE EXCEPTION 'withdrawal %: begins as requested, not %', NEW.tid, NEW.state;
            END IF;
            RETURN NEW;
        END IF;
        IF (NEW.id, NEW.tid, NEW.uid, NEW.client_id, NEW.request_hash, NEW.currency, NEW.network, NEW.beneficiary_id,
                NEW.rid, NEW.decimals, NEW.sum, NEW.fee, NEW.amount, NEW.value, NEW.hold_id, NEW.review,
                NEW.approvals_needed,
                NEW.proof_hash, NEW.note, NEW.transfer_type, NEW.created_at)
            IS DISTINCT FROM
           (OLD.id, OLD.tid, OLD.uid, OLD.client_id, OLD.request_hash, OLD.currency, OLD.network, OLD.beneficiary_id,
                OLD.rid, OLD.decimals, OLD.sum, OLD.fee, OLD.amount, OLD.value, OLD.hold_id, OLD.review,
                OLD.approvals_needed,
                OLD.proof_hash, OLD.note, OLD.transfer_type, OLD.created_at) THEN
            RAISE EXCEPTION 'withdrawal %: what was asked for does not change', OLD.tid;
        END IF;
        IF NEW.owed IS NOT NULL AND NEW.owed IS DISTINCT FROM OLD.owed AND NEW.state = OLD.state THEN
            RAISE EXCEPTION 'withdrawal %: owes the engine one command a state', OLD.tid;
        END IF;
        NEW.updated_at := now();
        IF NEW.state = OLD.state THEN
            RETURN NEW;
        END IF;
        IF (OLD.state, NEW.state) NOT IN (
            ('requested', 'held'), ('requested', 'canceled'),
            ('held', 'approved'), ('held', 'canceled'), ('held', 'rejected'),
            ('approved', 'paying'), ('approved', 'rejected'),
            ('paying', 'confirmed'), ('paying', 'failed'), ('paying', 'parked'),
            ('parked', 'paying'), ('parked', 'failed')
        ) THEN
            RAISE EXCEPTION 'withdrawal %: no step from % to %', OLD.tid, OLD.state, NEW.state;
        END IF;
        IF NEW.state = 'approved' AND OLD.approvals_needed > (
            SELECT count(*) FROM withdrawal_approvals a
            WHERE a.withdrawal_id = OLD.id AND a.decision = 'approve' AND a.payload_hash = OLD.proof_hash
                AND a.approver_uid <> OLD.uid
        ) THEN
            RAISE EXCEPTION 'withdrawal %: needs % approvals', OLD.tid, OLD.approvals_needed;
        END IF;
        NEW.state_since := now();
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER withdrawals_take_steps BEFORE INSERT OR UPDATE OR DELETE ON withdrawals
        FOR EACH ROW EXECUTE FUNCTION withdrawal_steps()
    """,
    """
    CREATE FUNCTION withdrawal_four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE asked withdrawals%ROWTYPE;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            RAISE EXCEPTION 'approval %: is never changed', OLD.id;
        END IF;
        SELECT * INTO asked FROM withdrawals WHERE id = NEW.withdrawal_id FOR UPDATE;
        IF asked.state <> 'held' AND NOT (asked.state = 'approved' AND NEW.decision = 'reject') THEN
            RAISE EXCEPTION 'withdrawal %: is %, there is nothing to decide', asked.tid, asked.state;
        END IF;
        IF NEW.approver_uid = asked.uid THEN
            RAISE EXCEPTION 'withdrawal %: is not decided by its owner', asked.tid;
        END IF;
        IF NEW.payload_hash <> asked.proof_hash THEN
            RAISE EXCEPTION 'withdrawal %: the decision is about something else', asked.tid;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER withdrawal_approvals_by_others BEFORE INSERT OR UPDATE OR DELETE ON withdrawal_approvals
        FOR EACH ROW EXECUTE FUNCTION withdrawal_four_eyes()
    """,
    # Staff's trail becomes a chain: each row holds the hash of the one before, and the end is kept beside it.
    """
    ALTER TABLE custody_activities
        ADD COLUMN prev_hash bytea NOT NULL DEFAULT '',
        ADD COLUMN hash bytea NOT NULL DEFAULT ''
    """,
    """
    CREATE TABLE custody_activity_chain (
        id integer PRIMARY KEY CHECK (id = 1),
        links bigint NOT NULL,
        hash bytea NOT NULL
    )
    """,
    "INSERT INTO custody_activity_chain VALUES (1, 0, decode(repeat('00', 32), 'hex'))",
    """
    CREATE FUNCTION custody_activity_hash(before bytea, a custody_activities) RETURNS bytea LANGUAGE sql STABLE AS $$
        SELECT sha256(before || convert_to(jsonb_build_array(
            a.id, a.actor, a.action, a.object, a.reason, a.data,
            to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
        )::text, 'UTF8'))
    $$
    """,
    # As the tables' owner: whoever may add to the trail cannot touch its end by another way.
    """
    CREATE FUNCTION custody_activity_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            RAISE EXCEPTION 'custody_activities: the trail is only added to';
        END IF;
        SELECT hash INTO NEW.prev_hash FROM custody_activity_chain WHERE id = 1 FOR UPDATE;
        NEW.hash := custody_activity_hash(NEW.prev_hash, NEW);
        UPDATE custody_activity_chain SET links = links + 1, hash = NEW.hash WHERE id = 1;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER custody_activities_are_chained BEFORE INSERT OR UPDATE OR DELETE ON custody_activities
        FOR EACH ROW EXECUTE FUNCTION custody_activity_link()
    """,
    """
    CREATE TRIGGER custody_activities_no_truncate BEFORE TRUNCATE ON custody_activities
        FOR EACH STATEMENT EXECUTE FUNCTION custody_activity_link()
    """,
)
TABLES: tuple[str, ...] = (
    "internal_transfers",
    "withdrawal_alarms",
    "withdrawal_approvals",
    "withdrawals",
    "withdrawal_settings",
    "beneficiary_pins",
    "beneficiaries",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER custody_activities_no_truncate ON custody_activities")
    op.execute("DROP TRIGGER custody_activities_are_chained ON custody_activities")
    op.execute("DROP FUNCTION custody_activity_link()")
    op.execute("DROP FUNCTION custody_activity_hash(bytea, custody_activities)")
    op.execute("DROP TABLE custody_activity_chain")
    op.execute("ALTER TABLE custody_activities DROP COLUMN prev_hash, DROP COLUMN hash")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION withdrawal_four_eyes()")
    op.execute("DROP FUNCTION withdrawal_steps()")
