import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from taste.database import HEAD, open_database
from taste.tables import Item
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.search import INDEX, update_index
from transcripts.tables import Session, Table

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new.db"


@pytest.fixture
def engine(target: Path) -> Iterator[Engine]:
    opened = open_database(str(target))
    yield opened
    opened.dispose()


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", "taste:migrations")
    return made


def run_sql(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_new_database_has_every_table(engine: Engine) -> None:
    assert set(inspect(engine).get_table_names()) == {*Table.metadata.tables, "alembic_version"}


def test_an_empty_file_is_migrated(target: Path) -> None:
    target.touch()
    engine = open_database(str(target))
    assert inspect(engine).has_table("verdict")
    engine.dispose()


@pytest.mark.sqlite
def test_the_file_and_its_siblings_are_their_owners_alone(engine: Engine, target: Path) -> None:
    with engine.connect() as connection:
        connection.execute(text("insert into annotator (name) values ('a')"))
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in target.parent.iterdir()}
    assert files == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}


@pytest.mark.sqlite
def test_migrations_and_tables_agree(engine: Engine) -> None:
    made = config()
    with engine.begin() as connection:
        made.attributes["connection"] = connection
        command.check(made)


def test_the_known_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_opening_again_changes_nothing(engine: Engine, target: Path) -> None:
    engine.dispose()
    before = target.read_bytes()
    open_database(str(target)).dispose()
    assert target.read_bytes() == before


@pytest.mark.sqlite
def test_a_newer_database_is_refused_and_stays_as_it_was(engine: Engine, target: Path) -> None:
    engine.dispose()
    run_sql(target, "update alembic_version set version_num = '9999'")
    before = target.read_bytes()
    with pytest.raises(UserError, match=r"revision '9999', which this version .* newer"):
        open_database(str(target))
    assert target.read_bytes() == before


def test_another_programs_database_is_refused_and_stays_as_it_was(target: Path) -> None:
    run_sql(target, "create table recipe (name text)")
    before = target.read_bytes()
    with pytest.raises(UserError, match="is not a taste database"):
        open_database(str(target))
    assert target.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_stays_as_it_was(target: Path) -> None:
    target.write_text("# Notes\n" * 1000, encoding="utf-8")
    before = target.read_bytes()
    with pytest.raises(UserError, match="cannot open the database"):
        open_database(str(target))
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("nosuch://somewhere/taste", id="unknown kind"),
        pytest.param("sqlite://:bad:port/x", id="not a URL"),
        pytest.param("/nowhere/at/all/taste.db", id="no folder"),
    ],
)
def test_a_place_that_cannot_be_opened_is_one_sentence(url: str) -> None:
    with pytest.raises(UserError, match="cannot open the database"):
        open_database(url)


def test_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot open the database"):
        open_database(str(tmp_path))


@pytest.mark.sqlite
def test_foreign_keys_hold(engine: Engine) -> None:
    item = Item(
        set_id=7, number=1, decision_point_id=7, lineage="l", thread="t", cut=1, prefix_hash="h"
    )
    with Db(engine) as db:
        db.add(item)
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            db.commit()


@pytest.mark.sqlite
def test_the_index_of_words_is_no_matter_of_migrations(engine: Engine) -> None:
    with Db(engine) as db:
        db.add(Session(external_id="s", lineage="s", format="f", thread="t", imported_at=NOW))
        update_index(db)
    test_migrations_and_tables_agree(engine)
    assert INDEX in inspect(engine).get_table_names()
