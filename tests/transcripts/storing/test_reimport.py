"""Importing again: what is known is told by stat, by content, by tombstone, and stays as it is."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import Engine, event
from sqlmodel import col, select

from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.errors import BrokenFile, UserError
from transcripts.formats import registry
from transcripts.formats.claude_code import session as claude_code
from transcripts.formats.lines import read_lines
from transcripts.formats.reading import Format, Recording
from transcripts.points import export_points, read_points, store_points
from transcripts.queries import get_session, read_prefix, read_stored_lines
from transcripts.redaction.redactor import NoRedaction
from transcripts.storing.sources import Refused, read_known
from transcripts.storing.store import Imported, ImportOptions, import_file
from transcripts.tables import (
    DecisionPoint,
    Entry,
    Event,
    PlaceName,
    Session,
    Source,
    Table,
    Thread,
    Tombstone,
)

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

Put = Callable[..., Imported]


class Censor(NoRedaction):
    """Replaces one word, as a redactor would."""

    def __init__(self, version: str = "censor 1", word: bytes = b"hunter2") -> None:
        super().__init__()
        self.version = version
        self.counts = Counter()
        self.word = word

    def redact_line(self, raw: bytes) -> bytes:
        found = raw.count(self.word)
        self.counts["word"] += found
        return raw.replace(self.word, b"[word]") if found else raw

    def redact_text(self, text: str) -> str:
        return text.replace(self.word.decode(), "[word]")


@pytest.fixture
def put(db: Db, now: datetime) -> Put:
    def put(path: Path, redactor: Any = NoRedaction, **more: Any) -> Imported:
        return import_file(db, path, ImportOptions(redactor=redactor), now, **more)[0]

    return put


def talk(script: "Script", number: int) -> None:
    for n in range(number):
        script.human(f"ask {n}")
        script.says(f"reply {n}")


def dump(db: Db) -> list[str]:
    """All rows of all tables of transcripts, as text."""
    tables = (Session, Source, Entry, Event, Thread, PlaceName)
    return [repr(row) for table in tables for row in db.exec(select(table))]


def tombstone(db: Db, what: str) -> None:
    """Remove a session and leave its tombstone, as withdrawing or deleting does."""
    digest = db.exec(select(Source.sha256)).one()
    for table in (Source, Event, Entry, Thread, PlaceName, Session):
        for row in db.exec(select(table)).all():
            db.delete(row)
        db.flush()
    at = datetime(2026, 5, 4, tzinfo=UTC)
    db.add(Tombstone(external_id="session-1", part=1, sha256=digest, what=what, entries=2,
                     events=2, at=at))  # fmt: skip
    db.commit()


def test_an_unchanged_file_is_told_by_stat_without_reading_or_asking(
    script: "Script", put: Put, db: Db, engine: Engine, tmp_path: Path
) -> None:
    talk(script, 2)
    path = script.write(tmp_path / "a.jsonl")
    put(path)
    known, before = read_known(db), path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert put(path, known=known).outcome == "unchanged"
    assert statements == []


def test_where_only_the_time_changed_the_content_decides(
    script: "Script", put: Put, db: Db, tmp_path: Path
) -> None:
    talk(script, 2)
    path = script.write(tmp_path / "a.jsonl")
    put(path)
    os.utime(path, ns=(1, 1))
    assert put(path).outcome == "unchanged"
    assert db.exec(select(Source.mtime_ns)).all() == [1]
    assert put(path, known=read_known(db)).outcome == "unchanged"


def test_a_copy_elsewhere_is_a_further_source_of_the_same_session(
    script: "Script", put: Put, db: Db, tmp_path: Path
) -> None:
    talk(script, 2)
    put(script.write(tmp_path / "a.jsonl"))
    copy = script.write(tmp_path / "b.jsonl")
    assert [put(copy).outcome, put(copy, known=read_known(db)).outcome] == ["unchanged"] * 2
    assert db.exec(select(Source.session_id)).all() == [1, 1]


def test_a_withdrawn_file_is_refused_with_the_date(
    script: "Script", put: Put, db: Db, tmp_path: Path
) -> None:
    talk(script, 1)
    path = script.write(tmp_path / "a.jsonl")
    put(path)
    tombstone(db, "withdrawn")
    with pytest.raises(Refused, match=r"'a.jsonl' was withdrawn on 2026-05-04; not imported"):
        put(path)
    talk(script, 1)
    with pytest.raises(Refused, match=r"'session-1' was withdrawn on 2026-05-04; not imported"):
        put(script.write(tmp_path / "longer.jsonl"))
    assert db.exec(select(Session)).all() == []


def test_a_deleted_file_comes_back_only_if_it_is_named(
    script: "Script", put: Put, db: Db, tmp_path: Path
) -> None:
    talk(script, 1)
    path = script.write(tmp_path / "a.jsonl")
    put(path)
    tombstone(db, "deleted")
    with pytest.raises(Refused, match="Name the file itself"):
        put(path, named=False)
    talk(script, 1)
    longer = script.write(tmp_path / "longer.jsonl")
    with pytest.raises(Refused, match="'session-1' was deleted"):
        put(longer, named=False)
    assert put(path).outcome == "new"
    assert put(longer, named=False).outcome == "grown"


def test_a_session_that_was_withdrawn_does_not_grow(
    script: "Script", put: Put, db: Db, tmp_path: Path, now: datetime
) -> None:
    talk(script, 1)
    put(script.write(tmp_path / "a.jsonl"))
    get_session(db, "session-1").withdrawn_at = now
    db.commit()
    talk(script, 1)
    with pytest.raises(Refused, match="was withdrawn on 2026-03-01"):
        put(script.write(tmp_path / "b.jsonl"))
    assert db.exec(select(Session.entry_count)).all() == [2]


def test_redaction_is_stored_with_its_version_and_counts_and_the_original_hash(
    script: "Script", put: Put, db: Db, tmp_path: Path
) -> None:
    script.human("my password is hunter2, hunter2!")
    found = put(script.write(tmp_path / "hunter2.jsonl"), Censor)
    session, source = db.exec(select(Session)).one(), db.exec(select(Source)).one()
    assert (found.redactions, session.redactions, session.redactor) == (
        {"word": 2}, {"word": 2}, "censor 1",
    )  # fmt: skip
    assert source.name == "[word].jsonl"
    assert "hunter2" not in str(dump(db)) + str(list(read_stored_lines(db, 1, 99)))


def test_a_session_grows_only_in_the_way_in_which_it_is_stored(
    script: "Script", put: Put, db: Db, tmp_path: Path
) -> None:
    talk(script, 1)
    put(script.write(tmp_path / "a.jsonl"), Censor)
    talk(script, 1)
    longer = script.write(tmp_path / "b.jsonl")
    before = dump(db)
    with pytest.raises(UserError, match="stored with redaction 'censor 1', not 'none'"):
        put(longer)
    assert dump(db) == before
    assert put(longer, lambda: Censor("censor 2")).outcome == "grown"
    assert get_session(db, "session-1").redactor == "censor 1; censor 2"


def test_another_redaction_of_the_same_lines_is_no_second_part(
    script: "Script", put: Put, tmp_path: Path
) -> None:
    script.human("hunter2 and swordfish")
    put(script.write(tmp_path / "a.jsonl"), Censor)
    talk(script, 1)
    with pytest.raises(UserError, match="import it in the same way, or delete"):
        put(script.write(tmp_path / "b.jsonl"), lambda: Censor("censor 2", b"swordfish"))


def test_consent_threads_and_places_are_stored(
    script: "Script", db: Db, now: datetime, tmp_path: Path
) -> None:
    script.human("start")
    call = script.does("Task", {"prompt": "look"})
    script.sidechain("looked")
    script.gets(call, "done")
    options = ImportOptions(usable_until=date(2027, 1, 1))
    import_file(db, script.write(tmp_path / "a.jsonl"), options, now)
    session = db.exec(select(Session)).one()
    assert session.usable_until == date(2027, 1, 1)
    assert "a1" in db.exec(select(Thread.name)).all()
    assert ("branch", "branch-1", 0) in db.exec(
        select(PlaceName.kind, PlaceName.name, PlaceName.position)
    ).all()


def toy() -> Format:
    """A format whose files hold several sessions, one of them broken."""

    @contextmanager
    def opened(path: Path) -> Iterator[Iterator[Recording]]:
        def recordings() -> Iterator[Recording]:
            for number, part in enumerate(path.read_bytes().split(b"=====\n")[1:]):
                (path.parent / f"{number}").write_bytes(part)
                with (path.parent / f"{number}").open("rb") as stream:
                    yield Recording(f"toy {number}", "stem", read_lines(stream, f"toy {number}"))

        yield recordings()

    return replace(
        claude_code.FORMAT, name="toy", recognise=lambda h: h.start[:5] == b"=====", open=opened
    )


def test_one_broken_session_of_a_file_is_told_and_the_others_are_stored(
    new_script: "type[Script]", db: Db, now: datetime, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(registry, "FORMATS", {"toy": toy(), **registry.FORMATS})
    one, two = new_script("one"), new_script("two")
    talk(one, 1)
    talk(two, 2)
    path = tmp_path / "many.log"
    path.write_bytes(b"".join([b"=====\n", one.data, b"=====\nbroken\n{}\n=====\n", two.data]))
    found = import_file(db, path, ImportOptions(), now)
    assert [i.outcome for i in found] == ["new", "new", "failed"]
    assert "no session" not in str(found[2].reason)
    assert [s.external_id for s in db.exec(select(Session))] == ["one", "two"]
    again = import_file(db, path, ImportOptions(), now, known=read_known(db))
    assert [i.outcome for i in again] == ["unchanged", "unchanged", "failed"]
    assert len(db.exec(select(Source)).all()) == 2


def test_a_file_none_of_whose_sessions_can_be_read_fails(
    db: Db, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FORMATS", {"toy": toy(), **registry.FORMATS})
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"=====\nbroken\n{}\n=====\nbroken\n{}\n")
    with pytest.raises(BrokenFile, match="'toy 0', line 1"):
        import_file(db, path, ImportOptions(), now)
    assert dump(db) == []


def test_points_of_an_earlier_import_fit_after_the_session_has_grown(
    script: "Script", put: Put, db: Db, now: datetime, tmp_path: Path
) -> None:
    talk(script, 4)
    put(script.write(tmp_path / "a.jsonl", 6))
    line = {"session": "session-1", "before": "session-1-e5", "kind": "detour", "annotator": "A"}
    (tmp_path / "p.jsonl").write_bytes(orjson.dumps(line))
    store_points(db, read_points(tmp_path / "p.jsonl", read_codebook()), None, now, partial=False)
    (tmp_path / "p.jsonl").write_bytes(b"\n".join(map(orjson.dumps, export_points(db))))
    before = db.exec(select(DecisionPoint.cut, DecisionPoint.prefix_hash)).all()
    put(script.write(tmp_path / "a.jsonl"))
    again = store_points(
        db, read_points(tmp_path / "p.jsonl", read_codebook()), None, now, partial=False
    )
    assert (again.stored, again.unchanged, again.refused) == (0, 1, ())
    assert db.exec(select(DecisionPoint.cut, DecisionPoint.prefix_hash)).all() == before
    assert len(read_prefix(db, 1, "main", before[0][0]).events) == 4


def test_ids_of_stored_rows_stay_when_a_session_grows(
    script: "Script", put: Put, db: Db, tmp_path: Path
) -> None:
    talk(script, 2)
    put(script.write(tmp_path / "a.jsonl"))
    rows = db.exec(select(Event.id, Event.event_id, Event.position)).all()
    talk(script, 2)
    put(script.write(tmp_path / "a.jsonl"))
    ids = db.exec(select(Event.id, Event.event_id, Event.position).order_by(col(Event.id))).all()
    assert ids[:4] == rows
    assert len(ids) == 8
    assert [row[2] for row in ids] == list(range(8))


@pytest.mark.parametrize("size", [10, 20_000, 1_000_000])
def test_a_stored_line_is_read_back_whether_or_not_it_was_worth_compressing(
    script: "Script", put: Put, db: Db, tmp_path: Path, size: int
) -> None:
    script.human("x" * size)
    put(script.write(tmp_path / "a.jsonl"))
    assert list(read_stored_lines(db, 1, 99)) == [script.data.rstrip(b"\n")]
    assert len(db.exec(select(Entry.raw)).one()) < 17_000


def test_the_database_and_its_side_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    from transcripts.db import open_engine

    before = os.umask(0)
    try:
        engine = open_engine(str(tmp_path / "x.db"))
        with engine.begin() as connection:
            Table.metadata.create_all(connection)
            assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
        engine.dispose()
    finally:
        os.umask(before)
