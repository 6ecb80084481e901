"""PostgreSQL: the journal, snapshots, cursors, migrations and the embedded server."""
