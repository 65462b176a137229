"""A database on a server: opened, migrated once, and refused in one sentence."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import select

from taste.checkup import check_database
from taste.database import HEAD, open_database
from tests.on_postgres import Server, url_of
from transcripts.db import Db, database_url
from transcripts.errors import UserError
from transcripts.postgres import read_nul, write_nul
from transcripts.tables import Annotator

SECRET = "hunter2"


@pytest.fixture
def make(private_server: Server) -> Iterator[Callable[..., str]]:
    """make("name", "OPTIONS") makes an empty database and is its URL."""
    private_server.ensure_running()
    admin = create_engine(private_server.url, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def making(name: str, options: str = "") -> str:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} {options}"))
        made.append(name)
        return url_of(name, str(private_server.folder))

    yield making
    with admin.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def test_starts_at_once_migrate_once(make: Callable[..., str]) -> None:
    url, faults = make("at_once"), list[Exception]()

    def start() -> None:
        try:
            open_database(url).dispose()
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    engine = open_database(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [
            (HEAD,)
        ]
    engine.dispose()


def test_rows_come_in_the_order_of_bytes_and_with_their_nuls(make: Callable[..., str]) -> None:
    icu = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C.UTF-8'"
    engine = open_database(make("in_words", icu))
    names = ["B", "a", "A_b", "nul\0x", "\U0010fffe0", "Z"]
    with Db(engine) as db:
        db.add_all(Annotator(name=name) for name in names)
        db.commit()
        found = list(db.exec(select(Annotator.name).order_by(Annotator.name)).all())
        assert found == sorted(names, key=write_nul)
        assert db.exec(select(Annotator.name).where(Annotator.name == "nul\0x")).all() == ["nul\0x"]
    engine.dispose()


@pytest.mark.parametrize("value", ["", "\0", "\U0010fffe", "\U0010fffe0", "\01\U0010fffe1\0"])
def test_any_text_is_read_as_it_was_written(value: str) -> None:
    assert "\0" not in write_nul(value)
    assert read_nul(write_nul(value)) == value


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (f"postgresql://me:{SECRET}@127.0.0.1:1/taste", "cannot open the database"),
        (f"postgresql://me:{SECRET}@x@127.0.0.1/taste", "cannot be read"),
        (f"postgresql://me:{SECRET}@127.0.0.1", "cannot be read"),
        (f"postgresql://me:{SECRET}@127.0.0.1:port/taste", "cannot be read"),
        (f"postgresql://127.0.0.1:1/taste?user=me&password={SECRET}", "cannot open"),
    ],
)
def test_a_server_that_is_not_there_is_one_sentence_without_the_password(
    target: str, reason: str
) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        open_database(target)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_programs_database_is_refused(make: Callable[..., str]) -> None:
    url = make("anothers")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id int)"))
    engine.dispose()
    with pytest.raises(UserError, match="another program made it"):
        open_database(url)


def test_a_database_of_another_encoding_is_refused(make: Callable[..., str]) -> None:
    url = make("latin", "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(UserError, match="keeps its texts as LATIN1"):
        open_database(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_scheme_is_taken(scheme: str) -> None:
    assert database_url(f"{scheme}://host/name") == "postgresql+psycopg://host/name"


def test_doctor_says_whether_the_server_answers(make: Callable[..., str]) -> None:
    url = make("looked_at")
    (before,) = check_database(url)
    open_database(url).dispose()
    (after,) = check_database(url)
    (nobody,) = check_database(f"postgresql://me:{SECRET}@127.0.0.1:1/taste")
    assert [before.verdict, after.verdict, nobody.verdict] == ["warning", "ok", "fault"]
    assert SECRET not in nobody.said
