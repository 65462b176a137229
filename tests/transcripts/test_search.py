"""Full-text search: what a person types is words, and nothing is found that is not there."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.hits import Query
from transcripts.search import INDEX, quote_words, text_index, update_index
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Event, Session

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

Find = Callable[..., list[Any]]


@pytest.fixture
def write(new_script: "type[Script]", db: Db, tmp_path: Path, now: datetime) -> Callable[..., None]:
    """write("s-1", "words", "reply") imports a session of a message and a reply."""

    def writing(name: str, said: str, reply: str = "ok") -> None:
        script = new_script(name)
        script.human(said)
        script.says(reply)
        script.entry("summary", summary="hidden words", leafUuid="x")
        import_file(db, script.write(tmp_path / f"{name}.jsonl"), ImportOptions(), now)

    return writing


@pytest.fixture
def find(db: Db) -> Find:
    def finding(typed: str, **more: Any) -> list[Any]:
        update_index(db)
        hits = text_index(db).find(db, Query(quote_words(typed), **more))
        return [(hit.session, hit.kind) for hit in hits]

    return finding


def test_an_event_that_holds_every_word_is_found(write: Callable[..., None], find: Find) -> None:
    write("s-1", "why is the Loss high?", "the loss is fine")
    write("s-2", "all is well")
    assert find("HIGH loss") == [("s-1", "human")]
    assert sorted(find("loss")) == [("s-1", "agent"), ("s-1", "human")]
    assert find("absent") == []


def test_quotes_make_a_phrase(write: Callable[..., None], find: Find) -> None:
    write("s-1", "learning rate", "rate of learning")
    assert find('"learning rate"') == [("s-1", "human")]


def test_a_name_of_code_is_found_as_it_stands(write: Callable[..., None], find: Find) -> None:
    write("s-1", "look at train.loss_fn(x)", "loss and fn")
    assert find("loss_fn(x)") == [("s-1", "human")]


def test_kind_session_and_limit_narrow(write: Callable[..., None], find: Find) -> None:
    write("s-1", "loss", "loss")
    write("s-2", "loss", "loss")
    assert sorted(find("loss", kind="agent")) == [("s-1", "agent"), ("s-2", "agent")]
    assert {session for session, _ in find("loss", sessions=(2,))} == {"s-2"}
    assert find("loss", sessions=()) == []
    assert len(find("loss", limit=3)) == 3


def test_what_no_prefix_may_show_is_not_found(write: Callable[..., None], find: Find) -> None:
    write("s-1", "hello")
    assert find("hidden words") == []


def test_a_hit_says_where_it_is_and_shows_the_words_around(
    write: Callable[..., None], db: Db
) -> None:
    write("s-1", "before " * 40 + "needle" + " after" * 40)
    update_index(db)
    (hit,) = text_index(db).find(db, Query(quote_words("needle")))
    event = db.exec(select(Event).where(Event.event_id == hit.event)).one()
    assert (hit.position, hit.thread, hit.part) == (event.position, "main", 1)
    assert "before [needle] after" in hit.snippet
    assert len(hit.snippet) < 150


@pytest.mark.parametrize(
    "typed",
    [
        'a" OR "b',
        "a OR b",
        "text:a",
        "a*",
        "NEAR(a b)",
        "^a",
        "-a",
        "a NOT b",
        "{text}:a",
        "(a",
    ],
)
def test_nothing_typed_is_syntax(write: Callable[..., None], find: Find, typed: str) -> None:
    write("s-1", "alone")
    write("s-2", "a b or and not near text")
    assert {session for session, _ in find(typed)} <= {"s-2"}


@given(st.text())
def test_any_text_is_a_query_or_has_no_word(typed: str) -> None:
    try:
        query = quote_words(typed)
    except UserError:
        return
    inner = query[1:-1].split('" AND "')
    assert all(part and '"' not in part and "\0" not in part for part in inner)


@pytest.mark.parametrize("typed", ["", "  ", '""', "!? …", "\0"])
def test_a_query_without_a_word_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="there is no word to look for"):
        quote_words(typed)


@pytest.mark.parametrize("typed", ["nul\0byte", "half\ud800pair", "émigré 'or' 1=1; --", "%_"])
def test_odd_characters_are_looked_for(write: Callable[..., None], find: Find, typed: str) -> None:
    write("s-1", "nothing of the kind")
    if any(map(str.isalnum, typed)):
        assert find(typed) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("raw", ['"open', "a AND", "nosuch:a", "("])
def test_a_raw_query_that_is_none_is_one_sentence(
    write: Callable[..., None], db: Db, raw: str
) -> None:
    write("s-1", "a")
    update_index(db)
    with pytest.raises(UserError, match="is not a query of FTS5"):
        text_index(db).find(db, Query(raw))


def test_only_what_is_missing_is_indexed(write: Callable[..., None], find: Find, db: Db) -> None:
    write("s-1", "one")
    assert (update_index(db), update_index(db)) == (2, 0)
    write("s-2", "two")
    assert update_index(db) == 2
    assert find("two") == [("s-2", "human")]


@pytest.mark.sqlite
def test_a_forgotten_session_leaves_no_word(write: Callable[..., None], find: Find, db: Db) -> None:
    write("s-1", "needle one")
    write("s-2", "needle two")
    update_index(db)
    text_index(db).forget(db, 1)
    db.connection().execute(text("UPDATE event SET text = '' WHERE session_id = 1"))
    text_index(db).purge(db)
    assert find("needle") == [("s-2", "human")]
    vocabulary = f"CREATE VIRTUAL TABLE temp.w USING fts5vocab(main, {INDEX}, row)"
    db.connection().execute(text(vocabulary))
    words = set(db.connection().execute(text("SELECT term FROM temp.w")).scalars())
    assert "one" not in words
    assert "two" in words


def test_forgotten_words_are_not_found(write: Callable[..., None], find: Find, db: Db) -> None:
    write("s-1", "needle one")
    write("s-2", "needle two")
    update_index(db)
    text_index(db).forget(db, 1)
    db.connection().execute(text("UPDATE event SET text = '' WHERE session_id = 1"))
    assert find("needle") == [("s-2", "human")]


def test_a_word_far_into_a_long_text_is_found(write: Callable[..., None], find: Find) -> None:
    write("s-1", "straw " * 20_000 + "a sharp needle" + " straw" * 20_000)
    assert find('"sharp needle"') == [("s-1", "human")]


def test_forgetting_needs_no_index(write: Callable[..., None], db: Db) -> None:
    write("s-1", "one")
    text_index(db).forget(db, 1)
    text_index(db).purge(db)
    assert update_index(db) == 2


def test_sessions_with_words_are_found(write: Callable[..., None], db: Db) -> None:
    write("s-1", "loss")
    write("s-2", "gain", "loss")
    write("s-3", "gain")
    update_index(db)
    found = text_index(db).sessions_with(db, quote_words("loss"))
    assert {db.get_one(Session, number).external_id for number in found} == {"s-1", "s-2"}
