"""Alembic's entry: run revisions on the connection that `storage/migrate.py` passes, one db transaction each."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
