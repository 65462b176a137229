"""Files to rows: what is stored once stays, and a longer copy only adds."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from transcripts.cut import cut_prefix, prefix_hash
from transcripts.db import Db, open_engine
from transcripts.errors import BrokenFile, NotATranscript, UserError
from transcripts.formats.registry import replay
from transcripts.prefixes import Cuttable, find_candidates, list_prefixes
from transcripts.queries import get_session, read_prefix, read_stored_lines
from transcripts.records import SessionRecord
from transcripts.shipped import list_examples
from transcripts.storing.store import Imported, ImportOptions, import_file
from transcripts.tables import Entry, Event, Session, Source, Table

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

RELAXED = settings(max_examples=40, suppress_health_check=list(HealthCheck))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TABLES = (Session, Source, Entry, Event)
Import = Callable[[Path], Imported]


@pytest.fixture
def put(db: Db, now: datetime) -> Import:
    return lambda path: import_file(db, path, ImportOptions("Ada", "p", "none"), now)[0]


def memory() -> Engine:
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    return engine


def rows(db: Db, *tables: type[Any]) -> list[dict[str, Any]]:
    """All rows without what only tells when and in which order they were stored."""
    hidden = {"id", "session_id", "imported_at"}
    return [
        row.model_dump(exclude=hidden)
        for table in tables
        for row in db.exec(select(table).order_by(table.id))
    ]


def counts(db: Db) -> list[int]:
    return [db.exec(select(func.count()).select_from(table)).one() for table in TABLES]


def work(script: "Script", number: int) -> None:
    for n in range(number):
        script.human(f"ask {n}")
        script.gets(script.does("Bash", {"n": n}), f"output {n}")


def test_a_session_is_stored_with_its_sums_and_who_did_the_work(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 2)
    found = put(script.write(tmp_path / "a.jsonl"))
    session = get_session(db, "session-1")
    assert (found.outcome, found.entries, found.events) == ("new", 6, 6)
    assert (session.entry_count, session.event_count, session.researcher) == (6, 6, "Ada")
    assert (session.agent_models, session.version, session.may_send) == (
        ["model-x"], "2.1.114", "none",
    )  # fmt: skip


def test_the_same_file_twice_changes_nothing(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 2)
    path = script.write(tmp_path / "a.jsonl")
    put(path)
    before = rows(db, *TABLES)
    assert put(path).outcome == "unchanged"
    assert rows(db, *TABLES) == before


@RELAXED
@given(data=st.data())
def test_a_grown_file_leaves_the_rows_of_a_fresh_import(
    scripts: "st.SearchStrategy[Script]", data: st.DataObject, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("grown")
    script = data.draw(scripts)
    part = script.write(folder / "part.jsonl", data.draw(st.integers(1, len(script.lines))))
    whole = script.write(folder / "whole.jsonl")
    with Db(memory()) as fresh, Db(memory()) as grown:
        import_file(fresh, whole, ImportOptions(), NOW)
        import_file(grown, part, ImportOptions(), NOW)
        outcome = import_file(grown, whole, ImportOptions(), NOW)[0].outcome
        assert outcome in {"grown", "unchanged", "shorter"}
        assert rows(grown, Session, Entry, Event) == rows(fresh, Session, Entry, Event)


def shown_from_lines(db: Db, cut: int) -> str:
    """The prefix hash from the stored lines before the cut, as the last check makes it."""
    lines = io.BytesIO(b"\n".join(read_stored_lines(db, 1, cut)))
    try:
        record: SessionRecord = replay("claude-code", lines)
    except NotATranscript:
        return prefix_hash(())
    gone = record.abandoned_from()
    events = [Cuttable.of(event, gone.get(event.position)) for event in record.events]
    return prefix_hash(e.content for e in events if e.shown and e.abandoned_from is None
                       and e.thread == record.thread)  # fmt: skip


def check_wall(path: Path, every: int) -> None:
    with Db(memory()) as db:
        import_file(db, path, ImportOptions(), NOW)
        session = db.get_one(Session, 1)
        record = replay(session.format, io.BytesIO(b"\n".join(read_stored_lines(db, 1, 1 << 60))))
        hashes = [line.prefix_hash for line in list_prefixes(record, "")]
        for point, expected in list(zip(find_candidates(record), hashes, strict=False))[::every]:
            assert prefix_hash(read_prefix(db, 1, session.thread, point.cut)) == expected
            assert shown_from_lines(db, point.cut) == expected


@RELAXED
@given(data=st.data())
def test_rows_and_replayed_lines_give_the_same_prefix_at_every_point(
    scripts: "st.SearchStrategy[Script]", data: st.DataObject, tmp_path_factory: Any
) -> None:
    check_wall(data.draw(scripts).write(tmp_path_factory.mktemp("wall") / "a.jsonl"), every=1)


@pytest.mark.parametrize("path", [e.path for e in list_examples()], ids=lambda path: path.stem[:8])
def test_rows_and_replayed_lines_agree_on_the_examples(path: Path) -> None:
    check_wall(path, every=5)


def test_rows_and_replayed_lines_agree_on_recorded_sessions(corpus: Path) -> None:
    for path in sorted((corpus / "claude-code").rglob("*.jsonl")):
        check_wall(path, every=70)


def test_a_shorter_copy_changes_nothing_but_the_list_of_sources(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 3)
    put(script.write(tmp_path / "a.jsonl"))
    before = rows(db, Session, Entry, Event)
    found = put(script.write(tmp_path / "b.jsonl", 4))
    assert (found.outcome, found.entries, found.events) == ("shorter", 0, 0)
    assert rows(db, Session, Entry, Event) == before
    assert [source.name for source in db.exec(select(Source))] == ["a.jsonl", "b.jsonl"]


def test_a_grown_file_loses_the_warning_that_its_end_was_torn(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 2)
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(script.data[:-30])
    assert "torn" in put(torn).warnings[0]
    assert "torn" not in str(put(script.write(tmp_path / "a.jsonl")).warnings)
    assert get_session(db, "session-1").entry_count == 6


def test_disjoint_files_of_one_session_become_parts(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 2)
    put(script.write(tmp_path / "a.jsonl"))
    script.lines.clear()
    script.parent = None
    work(script, 1)
    found = put(script.write(tmp_path / "b.jsonl"))
    assert (found.outcome, found.part) == ("part", 2)
    assert "overlaps" not in str(found.warnings)
    assert [s.cuts_reliable for s in db.exec(select(Session))] == [True, True]


def test_an_overlap_is_warned_of_and_stays_when_the_part_grows(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 3)
    put(script.write(tmp_path / "a.jsonl"))
    del script.lines[:4]
    found = put(script.write(tmp_path / "b.jsonl"))
    assert "overlaps part 1 of the session in 5 entries" in found.warnings[-1]
    work(script, 1)
    grown = put(script.write(tmp_path / "c.jsonl"))
    assert (grown.outcome, grown.part) == ("grown", 2)
    assert "overlaps part 1" in grown.warnings[-1]
    assert [s.cuts_reliable for s in db.exec(select(Session))] == [True, False]


def test_copies_that_went_different_ways_are_parts_that_overlap(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 2)
    put(script.write(tmp_path / "a.jsonl"))
    del script.lines[4:]
    script.human("another way")
    found = put(script.write(tmp_path / "b.jsonl"))
    assert (found.outcome, found.part) == ("part", 2)
    assert "overlaps part 1" in found.warnings[-1]
    assert [s.entry_count for s in db.exec(select(Session))] == [6, 5]


def test_a_part_is_found_again_when_it_grows(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 1)
    put(script.write(tmp_path / "a.jsonl"))
    script.lines.clear()
    work(script, 1)
    put(script.write(tmp_path / "b.jsonl"))
    work(script, 1)
    found = put(script.write(tmp_path / "c.jsonl"))
    assert (found.outcome, found.part, found.entries) == ("grown", 2, 3)
    assert counts(db)[0] == 2


@pytest.mark.parametrize(
    ("line", "error"),
    [
        pytest.param(b"broken\n{}\n", BrokenFile, id="a broken line"),
        pytest.param(b'{"type":"user","uuid":"L1","message":"x"}\n', UserError, id="a forged id"),
    ],
)
def test_a_file_that_fails_leaves_the_database_as_it_was(
    script: "Script", put: Import, db: Db, tmp_path: Path, line: bytes, error: type[UserError]
) -> None:
    script.raw(b'{"type":"user","message":"an entry without a uuid"}\n')
    put(script.write(tmp_path / "good.jsonl"))
    before = rows(db, *TABLES)
    script.raw(line)
    with pytest.raises(error):
        put(script.write(tmp_path / "bad.jsonl"))
    assert rows(db, *TABLES) == before


@pytest.mark.parametrize("data", [b"", b"\n", b"not JSON", b'{"a":1}'], ids=ascii)
def test_a_file_that_is_no_transcript_is_refused(
    put: Import, db: Db, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "a.jsonl").write_bytes(data)
    with pytest.raises(NotATranscript, match=r"'a\.jsonl' is not a recorded session"):
        put(tmp_path / "a.jsonl")
    assert counts(db) == [0, 0, 0, 0]


def test_after_a_failure_the_next_file_is_imported(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 1)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(script.lines[0] + b"broken\n" + script.lines[1])
    with pytest.raises(BrokenFile):
        put(bad)
    put(script.write(tmp_path / "good.jsonl"))
    assert counts(db) == [1, 1, 3, 3]


def test_a_new_database_file_is_private_to_its_owner(engine: Engine, tmp_path: Path) -> None:
    with engine.connect():
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file or directory"):
        open_engine(str(tmp_path / "missing" / "taste.db"))


def test_foreign_keys_are_enforced(db: Db) -> None:
    db.add(Source(session_id=77, name="x", sha256="x", size=1, imported_at=NOW))
    with pytest.raises(IntegrityError):
        db.commit()


def test_the_number_of_statements_does_not_grow_with_the_session(
    script: "Script", put: Import, engine: Engine, tmp_path: Path
) -> None:
    work(script, 1500)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert put(script.write(tmp_path / "a.jsonl")).events == 4500
    assert len(statements) < 45


def test_a_rewind_in_the_grown_part_marks_what_was_stored_before(
    script: "Script", new_script: "type[Script]", put: Import, db: Db, tmp_path: Path
) -> None:
    other = new_script("other")
    work(other, 2)
    put(other.write(tmp_path / "other.jsonl"))
    for word in ("start", "A"):
        script.human(word)
        script.says(f"re {word}")
    put(script.write(tmp_path / "a.jsonl"))
    script.rewind(1, "B")
    put(script.write(tmp_path / "b.jsonl"))
    query = select(Event.abandoned_from).order_by(col(Event.session_id), col(Event.position))
    assert list(db.exec(query)) == [None] * 6 + [None, None, 4, 4, None]


def test_the_cut_of_rows_and_of_records_is_one_function(
    script: "Script", put: Import, db: Db, tmp_path: Path
) -> None:
    work(script, 2)
    put(script.write(tmp_path / "a.jsonl"))
    events = db.exec(select(Event)).all()
    assert cut_prefix(events, 4, "main").events == read_prefix(db, 1, "main", 4).events
