"""staff_writes: what only staff decides is refused to the roles of the public processes, row by row.

Tables are granted whole (`storage/roles.py`), and these three are written by the public as well: whoever signs up is a
user, whoever has a whitelink lets an address in, whoever logs in is in the trail. The names of roles stand here because
a trigger knows who writes only by name; they need not be there.
"""

from alembic import op

revision = "0022"
down_revision = "0021"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE FUNCTION only_staff_writes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_user IN ('pyxiu_api', 'pyxiu_stream') THEN
            RAISE EXCEPTION 'permission denied: only staff writes this of %', TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER users_are_made_members BEFORE INSERT ON users
    FOR EACH ROW WHEN (NEW.role <> 'member' OR NEW.staff_state IS NOT NULL) EXECUTE FUNCTION only_staff_writes()
    """,
    """
    CREATE TRIGGER users_are_promoted_by_staff BEFORE UPDATE ON users
    FOR EACH ROW WHEN (NEW.role IS DISTINCT FROM OLD.role OR NEW.staff_state IS DISTINCT FROM OLD.staff_state)
    EXECUTE FUNCTION only_staff_writes()
    """,
    """
    CREATE TRIGGER restrictions_are_made_by_staff BEFORE INSERT ON restrictions
    FOR EACH ROW WHEN (NEW.category <> 'whitelist' OR NEW.scope <> 'ip') EXECUTE FUNCTION only_staff_writes()
    """,
    """
    CREATE TRIGGER restrictions_are_changed_by_staff BEFORE UPDATE ON restrictions
    FOR EACH ROW WHEN (
        OLD.category <> 'whitelist' OR OLD.scope <> 'ip' OR NEW.category <> 'whitelist' OR NEW.scope <> 'ip'
    ) EXECUTE FUNCTION only_staff_writes()
    """,
    """
    CREATE TRIGGER activities_of_staff_are_its_own BEFORE INSERT ON activities
    FOR EACH ROW WHEN (NEW.category = 'admin') EXECUTE FUNCTION only_staff_writes()
    """,
)
TRIGGERS: tuple[tuple[str, str], ...] = (
    ("users_are_made_members", "users"),
    ("users_are_promoted_by_staff", "users"),
    ("restrictions_are_made_by_staff", "restrictions"),
    ("restrictions_are_changed_by_staff", "restrictions"),
    ("activities_of_staff_are_its_own", "activities"),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for trigger, table in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION only_staff_writes()")
