"""Alembic's entry point: migrates over the connection that `taste.database` hands in."""

from alembic import context

import taste.tables  # noqa: F401
from transcripts.tables import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
