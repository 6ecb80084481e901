"""pnl: what members have gained and lost, in the currencies that are asked for; a projection of the journal.

Amounts are whole units of their asset; values are in a hundred-millionth of the smallest unit of the currency that is
counted in. A database that has a journal already begins where its accounts are, with no currency to count in: nothing
was counted, so nothing has to be read for it.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE pnl_currencies (currency text PRIMARY KEY)",
    """
    CREATE TABLE pnl (
        member text NOT NULL,
        pnl_currency text NOT NULL,
        currency text NOT NULL,
        total_credit numeric NOT NULL CHECK (total_credit >= 0),
        total_debit numeric NOT NULL CHECK (total_debit >= 0),
        total_debit_fees numeric NOT NULL CHECK (total_debit_fees >= 0),
        total_credit_value numeric NOT NULL CHECK (total_credit_value >= 0),
        total_debit_value numeric NOT NULL CHECK (total_debit_value >= 0),
        balance_value numeric NOT NULL CHECK (balance_value >= 0),
        seq bigint NOT NULL,
        PRIMARY KEY (member, pnl_currency, currency),
        CHECK (total_credit >= total_debit + total_debit_fees)
    )
    """,
    """
    CREATE TABLE pnl_prices (
        base text NOT NULL,
        quote text NOT NULL,
        base_amount numeric NOT NULL CHECK (base_amount > 0),
        quote_amount numeric NOT NULL CHECK (quote_amount > 0),
        PRIMARY KEY (base, quote)
    )
    """,
    "INSERT INTO projection_cursors (name, seq) SELECT 'pnl', seq FROM projection_cursors WHERE name = 'accounts'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DELETE FROM projection_cursors WHERE name = 'pnl'")
    for table in ("pnl_prices", "pnl", "pnl_currencies"):
        op.execute(f"DROP TABLE {table}")
