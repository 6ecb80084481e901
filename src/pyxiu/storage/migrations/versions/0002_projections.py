"""The tables of the projections: everything in here can be emptied and made again from the journal.

Prices are ticks and quantities lots, both 64-bit; amounts are numeric, whole numbers of an asset's smallest unit.
Checks repeat what the core guarantees, so that a damaged row is refused where it is written. Text is compared by its
bytes (COLLATE "C"): the order is then the same on every server, and index entries cost half.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """
    CREATE TABLE proj_assets (
        asset text COLLATE "C" PRIMARY KEY,
        decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 18)
    )
    """,
    """
    CREATE TABLE proj_markets (
        market text COLLATE "C" PRIMARY KEY,
        base text COLLATE "C" NOT NULL,
        quote text COLLATE "C" NOT NULL,
        price_precision smallint NOT NULL,
        amount_precision smallint NOT NULL,
        min_price bigint NOT NULL,
        max_price bigint NOT NULL,
        min_quantity bigint NOT NULL,
        min_notional numeric NOT NULL,
        base_lot numeric NOT NULL CHECK (base_lot >= 1),
        quote_lot numeric NOT NULL CHECK (quote_lot >= 1),
        state smallint NOT NULL
    )
    """,
    """
    CREATE TABLE proj_members (
        member text COLLATE "C" PRIMARY KEY,
        member_group text COLLATE "C" NOT NULL,
        enabled boolean NOT NULL
    )
    """,
    """
    CREATE TABLE proj_fee_rules (
        member_group text COLLATE "C" NOT NULL,
        market text COLLATE "C" NOT NULL,
        maker_ppm integer NOT NULL,
        taker_ppm integer NOT NULL,
        PRIMARY KEY (member_group, market)
    )
    """,
    # filled_quote has no bound of digits: an order may turn the same funds over many times.
    """
    CREATE TABLE orders (
        id bigint PRIMARY KEY,
        member text COLLATE "C" NOT NULL,
        market text COLLATE "C" NOT NULL,
        side smallint NOT NULL,
        kind smallint NOT NULL,
        status smallint NOT NULL,
        price bigint NOT NULL,
        quantity bigint NOT NULL,
        remaining bigint NOT NULL,
        filled bigint NOT NULL,
        filled_quote numeric NOT NULL,
        trades_count integer NOT NULL,
        decremented bigint NOT NULL,
        maker_ppm integer NOT NULL,
        taker_ppm integer NOT NULL,
        time_in_force smallint NOT NULL,
        post_only boolean NOT NULL,
        stp smallint NOT NULL,
        client_order_id text COLLATE "C",
        quote_amount numeric,
        cancel_reason smallint,
        created_ns bigint NOT NULL,
        updated_ns bigint NOT NULL,
        seq bigint NOT NULL,
        CONSTRAINT orders_arithmetic CHECK (
            quantity = filled + remaining + decremented AND filled >= 0 AND remaining >= 0 AND decremented >= 0
        ),
        CONSTRAINT orders_status CHECK (
            CASE status WHEN 1 THEN remaining > 0 WHEN 2 THEN remaining = 0 WHEN 3 THEN cancel_reason IS NOT NULL
            ELSE false END
        )
    )
    """,
    # A member's orders by last change; the open ones again, because they are asked for all the time and are few.
    "CREATE INDEX orders_of_member ON orders (member, updated_ns, id)",
    "CREATE INDEX orders_open_of_member ON orders (member, updated_ns, id) WHERE status = 1",
    "CREATE INDEX orders_open_in_book ON orders (market, side, price, id) WHERE status = 1",
    "CREATE INDEX orders_by_client_id ON orders (member, client_order_id) WHERE client_order_id IS NOT NULL",
    """
    CREATE TABLE trades (
        id bigint PRIMARY KEY,
        market text COLLATE "C" NOT NULL,
        price bigint NOT NULL,
        quantity bigint NOT NULL CHECK (quantity > 0),
        taker_side smallint NOT NULL,
        maker_order_id bigint NOT NULL,
        taker_order_id bigint NOT NULL,
        maker text COLLATE "C" NOT NULL,
        taker text COLLATE "C" NOT NULL,
        base_amount numeric(40, 0) NOT NULL,
        quote_amount numeric(40, 0) NOT NULL,
        buyer_fee numeric(40, 0) NOT NULL CHECK (buyer_fee >= 0),
        seller_fee numeric(40, 0) NOT NULL CHECK (seller_fee >= 0),
        executed_ns bigint NOT NULL,
        seq bigint NOT NULL
    )
    """,
    "CREATE INDEX trades_of_market ON trades (market, id)",
    "CREATE INDEX trades_of_maker ON trades (maker, id)",
    "CREATE INDEX trades_of_taker ON trades (taker, id)",
    "CREATE INDEX trades_of_maker_order ON trades (maker_order_id)",
    "CREATE INDEX trades_of_taker_order ON trades (taker_order_id)",
    # Room in the page lets a changed row stay on it, without new index entries; so for candles.
    """
    CREATE TABLE accounts (
        owner text COLLATE "C" NOT NULL,
        asset text COLLATE "C" NOT NULL,
        available numeric(40, 0) NOT NULL,
        held numeric(40, 0) NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (owner, asset),
        CONSTRAINT accounts_not_negative CHECK (held >= 0 AND (available >= 0 OR owner = '@external'))
    ) WITH (fillfactor = 70)
    """,
    # One row per account that an event touches: what it adds to available and to held. Per seq and asset available and
    # held sum to zero.
    """
    CREATE TABLE entries (
        seq bigint NOT NULL,
        line integer NOT NULL,
        owner text COLLATE "C" NOT NULL,
        asset text COLLATE "C" NOT NULL,
        available numeric(40, 0) NOT NULL,
        held numeric(40, 0) NOT NULL,
        reason smallint NOT NULL,
        reference text COLLATE "C" NOT NULL,
        at_ns bigint NOT NULL,
        PRIMARY KEY (seq, line)
    )
    """,
    """
    CREATE TABLE holds (
        hold_id text COLLATE "C" PRIMARY KEY,
        member text COLLATE "C" NOT NULL,
        asset text COLLATE "C" NOT NULL,
        created numeric(40, 0) NOT NULL,
        spent numeric(40, 0) NOT NULL,
        released numeric(40, 0) NOT NULL,
        remaining numeric(40, 0) NOT NULL,
        seq bigint NOT NULL,
        CONSTRAINT holds_arithmetic CHECK (
            created = spent + released + remaining AND spent >= 0 AND released >= 0 AND remaining >= 0
        )
    )
    """,
    "CREATE INDEX holds_open_of_member ON holds (member) WHERE remaining > 0",
    """
    CREATE TABLE candles (
        market text COLLATE "C" NOT NULL,
        period smallint NOT NULL,
        start_s bigint NOT NULL,
        open bigint NOT NULL,
        high bigint NOT NULL,
        low bigint NOT NULL,
        close bigint NOT NULL,
        volume numeric NOT NULL,
        quote_volume numeric NOT NULL,
        trades bigint NOT NULL,
        first_trade_id bigint NOT NULL,
        last_trade_id bigint NOT NULL,
        PRIMARY KEY (market, period, start_s)
    ) WITH (fillfactor = 70)
    """,
    # Nobody corrects the ledger or a trade in place. A rebuild truncates, which this lets through on purpose.
    """
    CREATE FUNCTION projection_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries
        FOR EACH STATEMENT EXECUTE FUNCTION projection_is_append_only()
    """,
    """
    CREATE TRIGGER trades_append_only BEFORE UPDATE OR DELETE ON trades
        FOR EACH STATEMENT EXECUTE FUNCTION projection_is_append_only()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
