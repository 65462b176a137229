"""Alembic's entry point: migrates over the connection that `taste.database` hands in."""

from alembic import context

import taste.assignment_tables
import taste.probe_tables
import taste.run_tables
import taste.tables  # noqa: F401
from transcripts.search import INDEX
from transcripts.tables import Table


def include_name(name: str | None, type_: str, _parents: object) -> bool:
    """Leave the tables of the full-text index alone: they are derived, and made on first use."""
    return type_ != "table" or not (name or "").startswith(INDEX)


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    include_name=include_name,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
