"""reserved_again: a payout may hold the coin again that it has given back.

A payout that was parked before it was signed gives back its coins, and the row that says so stays; when it is taken up
again it may choose the same ones, which is another row. What counts is as before that a coin is held once, which the
index reserved_inputs_held sees to.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE reserved_inputs DROP CONSTRAINT reserved_inputs_pkey",
    "ALTER TABLE reserved_inputs ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
)
#: A coin that was held twice by one payout has one row again: the one that is held, otherwise the last.
BACK: tuple[str, ...] = (
    "ALTER TABLE reserved_inputs DISABLE TRIGGER reserved_inputs_kept",
    """
    DELETE FROM reserved_inputs r USING reserved_inputs later
    WHERE (later.network, later.payment_id, later.payout_id) = (r.network, r.payment_id, r.payout_id)
        AND later.id > r.id
    """,
    "ALTER TABLE reserved_inputs ENABLE TRIGGER reserved_inputs_kept",
    "ALTER TABLE reserved_inputs DROP COLUMN id",
    "ALTER TABLE reserved_inputs ADD PRIMARY KEY (network, payment_id, payout_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement)
