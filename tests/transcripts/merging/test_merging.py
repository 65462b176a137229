"""Merging: what another database knows comes in once, and nothing here is replaced."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text
from sqlmodel import col

from transcripts.annotations import EvidenceSpan, Label, annotate, current_annotations, withdraw
from transcripts.db import Db, open_engine
from transcripts.finding.screening import Finding, list_screened, screen
from transcripts.merging.sessions import Merged, merge_sessions
from transcripts.points import export_points
from transcripts.queries import get_session, read_prefix
from transcripts.removal import delete_sessions, withdraw_sessions
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Entry, Event, Session, Source, Table, Tombstone

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

Fill = Callable[..., "Script"]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Db]:
    """A colleague's database."""
    engine = open_engine(str(tmp_path / "other.db"))
    Table.metadata.create_all(engine)
    with Db(engine) as handle:
        yield handle
    engine.dispose()


@pytest.fixture
def fill(new_script: "type[Script]", tmp_path: Path, now: datetime) -> Fill:
    """fill(db, "s-1", acts=3, lines=5) imports (the first lines of) a session."""

    def filling(db: Db, name: str, acts: int = 3, lines: int | None = None) -> "Script":
        script = new_script(name)
        script.human(f"start {name}")
        for number in range(acts):
            script.says(f"reply {number}")
            script.human(f"act {number}")
        script.rewind(1, "another act")
        script.says("the last reply")
        import_file(db, script.write(tmp_path / f"{name}.jsonl", lines), ImportOptions("Ada"), now)
        return script

    return filling


@pytest.fixture
def merge(db: Db, other: Db, now: datetime) -> Callable[[], Merged]:
    def merging() -> Merged:
        merged = merge_sessions(db, other, now + timedelta(days=9))
        db.commit()
        return merged

    return merging


def label(db: Db, before: str, who: str, now: datetime, **more: Any) -> int:
    values = {"kind": "strong", "codebook": "1.0", **more}
    row = annotate(db, get_session(db, "s-1"), before, who, Label(**values), now)
    assert row.id is not None
    return row.id


def counts(db: Db) -> dict[str, int]:
    return {
        name: int(db.execute(select(func.count()).select_from(table)).scalar_one())
        for name, table in Table.metadata.tables.items()
    }


def content(db: Db, table: Any) -> list[Any]:
    columns = [c for c in table.__table__.columns if c.name not in {"id", "session_id"}]
    return list(db.execute(select(*columns).order_by(table.id)).all())


def test_a_session_comes_in_as_it_is(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged]
) -> None:
    fill(other, "s-1")
    assert merge().outcomes == {"new": 1}
    assert content(db, Event) == content(other, Event)
    assert content(db, Entry) == content(other, Entry)
    mine, theirs = get_session(db, "s-1"), get_session(other, "s-1")
    kept = {"id", "imported_at"}
    assert mine.model_dump(exclude=kept) == theirs.model_dump(exclude=kept)


def test_a_files_place_stays_with_its_machine(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged]
) -> None:
    fill(other, "s-1")
    merge()
    (source,) = db.execute(select(Source)).scalars().all()
    assert (source.place, source.mtime_ns) == (None, None)
    assert source.sha256 == other.execute(select(col(Source.sha256))).scalar_one()


def test_twice_does_no_harm(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    label(other, fill(other, "s-1").prompts[1][0], "ada", now)
    screen(other, get_session(other, "s-1"), Finding("yes", True, "why"), "ada", now)
    first, before = merge(), counts(db)
    again = merge()
    assert (first.labels, first.screenings) == (1, 1)
    assert (again.outcomes, again.labels, again.screenings) == ({"unchanged": 1}, 0, 0)
    assert counts(db) == before


def test_a_longer_recording_adds_its_further_entries(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], tmp_path: Path, now: datetime
) -> None:
    fill(db, "s-1", lines=4)
    fill(other, "s-1")
    (told,) = merge().sessions
    assert told.outcome == "grown"
    assert content(db, Event) == content(other, Event)
    mine, theirs = get_session(db, "s-1"), get_session(other, "s-1")
    assert (mine.entry_count, mine.event_count) == (theirs.entry_count, theirs.event_count)
    (again,) = import_file(db, tmp_path / "s-1.jsonl", ImportOptions("Ada"), now)
    assert again.outcome == "unchanged"


def test_a_shorter_recording_changes_nothing_and_brings_its_labels(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    fill(db, "s-1")
    label(other, fill(other, "s-1", lines=6).prompts[2][0], "ada", now)
    before = content(db, Event)
    (told,) = merge().sessions
    assert (told.outcome, told.labels.labels) == ("shorter", 1)
    assert content(db, Event) == before


def test_a_session_with_other_entries_is_reported_and_left_out(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], tmp_path: Path, now: datetime
) -> None:
    fill(db, "s-1")
    script = fill(other, "s-2")
    lines = [line.replace(b"s-2", b"s-1").replace(b"act 1", b"ACT 1") for line in script.lines]
    (tmp_path / "x.jsonl").write_bytes(b"".join(lines))
    import_file(other, tmp_path / "x.jsonl", ImportOptions("Ada"), now)
    before = content(db, Event)
    told = {one.session: one for one in merge().sessions}
    assert (told["s-1"].outcome, told["s-2"].outcome) == ("refused", "new")
    assert "with other entries" in (told["s-1"].reason or "")
    assert content(db, Event)[: len(before)] == before


def test_a_file_of_the_session_that_shares_nothing_is_a_further_part(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged]
) -> None:
    fill(db, "s-1")
    theirs = get_session(other, fill(other, "s-2").session)
    theirs.external_id = "s-1"
    other.add(theirs)
    other.commit()
    (told,) = merge().sessions
    assert (told.outcome, told.part) == ("part", 2)
    assert len(content(db, Event)) == 2 * len(content(other, Event))
    assert merge().outcomes == {"unchanged": 1}


def test_a_session_that_is_redacted_otherwise_cannot_be_compared(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged]
) -> None:
    fill(db, "s-1")
    fill(other, "s-1")
    other.connection().execute(text("UPDATE session SET redactor = 'another'"))
    other.connection().execute(text("UPDATE entry SET digest = 'x' || digest"))
    other.commit()
    (told,) = merge().sessions
    assert told.outcome == "refused"
    assert "and there with 'another', so its lines cannot be compared" in (told.reason or "")


def test_points_with_another_prefix_stay_out(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    for handle in (db, other):
        label(handle, fill(handle, "s-1").prompts[1][0], "ada", now)
    other.connection().execute(text("UPDATE decision_point SET prefix_hash = 'another'"))
    other.commit()
    (told,) = merge().sessions
    assert (told.labels.refused, told.labels.labels) == (1, 0)
    assert len(current_annotations(db)) == 1


def test_labels_come_under_their_names_with_their_evidence(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    fill(db, "s-1")
    script = fill(other, "s-1")
    span = EvidenceSpan(event=script.prompts[0][0], start=0, end=5)
    label(other, script.prompts[2][0], "bob", now, evidence_knowable=(span,), rationale="so")
    merge()
    assert list(export_points(db)) == list(export_points(other))


def test_corrections_and_withdrawals_keep_their_order(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    script = fill(other, "s-1")
    for number, kind in enumerate(("strong", "neither", "strong")):
        label(other, script.prompts[1][0], "ada", now + timedelta(hours=number), kind=kind)
    withdraw(other, label(other, script.prompts[2][0], "ada", now), now)
    merge()
    assert [row.kind for row in current_annotations(db)] == ["strong"]
    assert list(export_points(db)) == list(export_points(other))


def test_of_one_persons_labels_here_and_there_the_later_one_stands(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    for handle, kind, hour in ((db, "neither", 5), (other, "strong", 1)):
        before = fill(handle, "s-1").prompts[1][0]
        label(handle, before, "ada", now + timedelta(hours=hour), kind=kind)
    assert merge().labels == 1
    assert [row.kind for row in current_annotations(db)] == ["neither"]


def test_prefixes_are_the_same_here_as_there(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged]
) -> None:
    fill(db, "s-0")
    fill(other, "s-1")
    merge()
    mine, theirs = get_session(db, "s-1").id or 0, get_session(other, "s-1").id or 0
    for cut in range(1, 10):
        assert read_prefix(db, mine, "main", cut) == read_prefix(other, theirs, "main", cut)


def test_what_was_withdrawn_here_does_not_come_back(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    for handle in (db, other):
        fill(handle, "s-1")
    withdraw_sessions(db, [get_session(db, "s-1")], None, now)
    (told,) = merge().sessions
    assert (told.outcome, told.reason) == ("refused", "was withdrawn here on 2026-03-01")
    assert set(db.execute(select(col(Event.text))).scalars()) == {""}


def test_what_was_deleted_here_comes_back_by_its_file_only(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    for handle in (db, other):
        fill(handle, "s-1")
    delete_sessions(db, [get_session(db, "s-1")], None, now)
    db.commit()
    assert merge().sessions[0].reason == "was deleted here on 2026-03-01"
    fill(db, "s-1")
    assert merge().outcomes == {"unchanged": 1}


def test_what_was_withdrawn_there_is_reported_and_never_imported(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    fill(db, "s-1")
    fill(other, "s-1")
    withdraw_sessions(other, [get_session(other, "s-1")], None, now)
    merged = merge()
    assert "was withdrawn there on 2026-03-01" in (merged.sessions[0].reason or "")
    assert merged.tombstones == 1
    assert db.execute(select(col(Tombstone.what))).scalars().all() == ["withdrawn"]


def test_screenings_come_with_their_sessions(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], now: datetime
) -> None:
    fill(other, "s-1")
    screen(other, get_session(other, "s-1"), Finding("no", False, "a chore"), "bob", now)
    merge()
    assert list_screened(db) == list_screened(other)


def test_sessions_that_share_work_become_one_lineage(
    db: Db, other: Db, fill: Fill, merge: Callable[[], Merged], tmp_path: Path, now: datetime
) -> None:
    script = fill(db, "s-1")
    copied = script.data.replace(b'"sessionId": "s-1"', b'"sessionId": "s-9"')
    (tmp_path / "s-9.jsonl").write_bytes(copied)
    import_file(other, tmp_path / "s-9.jsonl", ImportOptions("Ada"), now)
    assert merge().outcomes == {"new": 1}
    assert len(set(db.execute(select(col(Session.lineage))).scalars())) == 1


@pytest.mark.sqlite
def test_the_other_database_is_only_read(
    other: Db, fill: Fill, merge: Callable[[], Merged]
) -> None:
    fill(other, "s-1")
    changes = text("SELECT total_changes()")
    before = other.connection().execute(changes).scalar_one()
    merge()
    assert other.connection().execute(changes).scalar_one() == before
