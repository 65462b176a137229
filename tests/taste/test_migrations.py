"""A database of an earlier version is brought up to date whole, or left as it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError

from taste.database import HEAD, open_database
from transcripts.db import open_engine

# No earlier version ran on PostgreSQL.
pytestmark = pytest.mark.sqlite

WHEN = "2026-01-01 00:00:00"
ROWS = (
    "insert into session (id, external_id, part, lineage, format, thread, agent_models, warnings,"
    " cuts_reliable, may_send, entry_count, event_count, imported_at) values"
    f" (1, 's', 1, 's', 'claude-code', 'main', '[]', '[]', 1, 'none', 0, 0, '{WHEN}')",
    "insert into annotator (id, name) values (1, 'Ada')",
    "insert into decision_point (id, session_id, thread, cut, before, actor, prefix_hash)"
    " values (1, 1, 'main', 4, 'e4', 'human', 'h')",
    "insert into annotation (id, decision_point_id, annotator_id, withdrawn, digest, kind,"
    " human_move_source, hidden_context, codebook, created_at) values"
    f" (1, 1, 1, 0, 'd', 'detour', 'recorded', 0, '1.0', '{WHEN}')",
    *(
        "insert into run (id, study, study_text, study_hash, plan_hash, simulated, seed, status,"
        f" started_at) values ({number}, 's', '', '', '', 1, 1, '{status}', '{WHEN}')"
        for number, status in ((1, "done"), (2, "running"))
    ),
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the first version, with a label that hangs on a point on a session."""
    path = tmp_path / "old.db"
    engine = open_engine(str(path))
    config = Config()
    config.set_main_option("script_location", "taste:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in ROWS:
            connection.exec_driver_sql(statement)
    engine.dispose()
    return path


def ask(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_labels_of_an_earlier_version_are_there_after_the_migration(old: Path) -> None:
    engine = open_database(str(old))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("pragma foreign_keys").scalar() == 1
    engine.dispose()
    assert ask(old, "select version_num from alembic_version") == [(HEAD,)]
    joined = "annotation join decision_point p on p.id = decision_point_id join session"
    assert ask(old, f"select kind, cut from {joined} on session.id = session_id") == [("detour", 4)]
    assert ask(old, "pragma foreign_key_check") == []


def test_a_run_that_an_earlier_version_left_says_that_it_does_not_go_on(old: Path) -> None:
    open_database(str(old)).dispose()
    left = "an earlier version began it; run the same command again for a run of its own"
    assert ask(old, "select status, reason from run order by id") == [
        ("done", None), ("stopped", left)
    ]  # fmt: skip


def test_a_migration_that_fails_changes_nothing(old: Path) -> None:
    ask(old, "create table draw (id integer)")
    before = ask(old, "select name, sql from sqlite_master order by name")
    with pytest.raises(SQLAlchemyError):
        open_database(str(old))
    assert ask(old, "select name, sql from sqlite_master order by name") == before
    assert ask(old, "select version_num from alembic_version") == [("0001",)]
